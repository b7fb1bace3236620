import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";

type User = ReturnType<FakeDatadog["addUser"]>;

import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { currentUser, list, newFolder, profilesOf, runTool } from "./fixture.ts";

const datadog = useFakeDatadog();

it("reports each org and its connections, and only sends GETs", async () => {
  const fake = datadog();
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
  const env = profilesOf(fake, "hub", "payments");
  const { code, stdout, stderr } = await runTool(["doctor"], { env });
  expect(stdout).toBe(`profile hub
  API          ${fake.url}
  credentials  API key and application key
  org          Hub (${orgs.hub.id})
  user         ${orgs.hub.user.name}, a person
  roles        allow reading and writing; a key or token with scopes may allow less
  connections  0 as source, 1 as sink
  result       ok: the connections can be read

profile payments
  API          ${fake.url}
  credentials  API key and application key
  org          Payments (${orgs.payments.id})
  user         Ada, a person
  roles        allow reading and writing; a key or token with scopes may allow less
  connections  2 as source, 0 as sink
  created      2 by people (Ada)
  result       ok: the connections can be read
`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(fake.requestLines.sort()).toEqual([currentUser, currentUser, list, list]);
});

describe("says whose credentials they are", () => {
  /** Checks a token of Payments. */
  async function check(
    access: Parameters<FakeDatadog["addCredentials"]>[2],
    options: Parameters<FakeDatadog["addCredentials"]>[3] = {},
  ) {
    const fake = datadog();
    fake.addCredentials(orgs.payments, { token: "ddpat_1" }, access, options);
    const env = { DD_HOST: fake.url, DD_BEARER_TOKEN: "ddpat_1" };
    const { stdout } = await runTool(["doctor"], { env });
    const asJson = await runTool(["doctor", "--json"], { env });
    const { profiles } = JSON.parse(asJson.stdout);
    return { text: stdout, json: profiles[0] };
  }
  const ada = { id: orgs.payments.user.id, name: "Ada", isServiceAccount: false };

  it.each([
    ["write", true, true, "allow reading and writing; a key or token with scopes may allow less"],
    ["read", true, false, "allow reading, but not writing; a key or token with scopes may"],
    ["none", false, false, "allow neither reading nor writing; a key or token with scopes may"],
  ] as const)("and that its roles allow: %s", async (access, canRead, canWrite, roles) => {
    const { text, json } = await check(access);
    expect(text).toContain(`  org          Payments (${orgs.payments.id})\n`);
    expect(text).toContain(`  user         Ada, a person\n  roles        ${roles}`);
    const { id: orgId } = orgs.payments;
    expect(json).toMatchObject({ orgId, orgName: "Payments", user: ada, canRead, canWrite });
  });

  it("a service account's", async () => {
    const user = datadog().addUser(orgs.payments, { name: "ci", isServiceAccount: true });
    const { text, json } = await check("write", { user });
    expect(text).toContain("  user         ci, a service account\n");
    expect(json.user).toEqual({ id: user.id, name: "ci", isServiceAccount: true });
  });

  it("a person's without a name, who has a handle", async () => {
    const user = datadog().addUser(orgs.payments, { name: null, handle: "eve@example.com" });
    expect((await check("write", { user })).text).toContain(
      "user         eve@example.com, a person",
    );
  });

  it("but not if Datadog doesn't say it", async () => {
    datadog().connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const { text, json } = await check("read", { identifies: false });
    expect(text).toBe(`credentials without a profile
  API          ${datadog().url}
  credentials  bearer token
  user         unknown: Datadog doesn't say it for these credentials
  connections  1
  result       ok: the connections can be read
`);
    const unknown = { orgId: null, orgName: null, user: null, canRead: null, canWrite: null };
    expect(json).toMatchObject({ ok: true, ...unknown, connections: 1, creators: null });
  });
});

describe("says who created the connections of which the org is the source", () => {
  function connectTo(name: string, createdBy: User) {
    const fake = datadog();
    fake.connect({ source: orgs.payments, sink: fake.addOrg(name), types: ["logs"], createdBy });
  }

  function connectThree() {
    const fake = datadog();
    const ci = fake.addUser(orgs.payments, { name: "ci", isServiceAccount: true });
    const bob = fake.addUser(orgs.payments, { name: "Bob" });
    const eve = fake.addUser(orgs.payments, { name: "Eve", status: "Disabled" });
    for (const name of ["1", "2", "3"]) connectTo(name, ci);
    for (const name of ["4", "5"]) connectTo(name, bob);
    connectTo("6", eve);
    connectTo("7", orgs.payments.user);
    fake.connect({ source: orgs.shop, sink: orgs.payments, types: ["logs"] }); // not ours
    return { ci, bob, eve };
  }

  it("by service accounts, people and deactivated accounts; each is looked up once", async () => {
    const { ci, bob, eve } = connectThree();
    const env = environmentOf(datadog());
    const { code, stdout } = await runTool(["doctor"], { env });
    expect(code).toBe(0);
    expect(stdout).toContain(
      "  connections  7 as source, 1 as sink\n" +
        "  created      3 by service accounts, 3 by people (Ada, Bob), 1 by deactivated accounts (Eve)\n",
    );
    const lookups = [ci, bob, eve].map(({ id }) => `GET /api/v2/users/${id} 200`);
    expect(datadog().requestLines.sort()).toEqual([currentUser, list, ...lookups].sort());
    const json = JSON.parse((await runTool(["doctor", "--json"], { env })).stdout);
    const person = { isServiceAccount: false, isDisabled: false };
    const service = { isServiceAccount: true, isDisabled: false };
    expect(json.profiles[0].creators).toEqual([
      { id: ci.id, name: "ci", ...service, connections: 3 },
      { id: bob.id, name: "Bob", ...person, connections: 2 },
      { id: eve.id, name: "Eve", isServiceAccount: false, isDisabled: true, connections: 1 },
      { id: orgs.payments.user.id, name: "Ada", ...person, connections: 1 },
    ]);
  });

  it("as far as it may look accounts up", async () => {
    const { ci } = connectThree();
    const fake = datadog();
    const keys = { apiKey: orgs.payments.apiKey, appKey: "app-key-without-users" };
    fake.addCredentials(orgs.payments, keys, "read", { canReadUsers: false });
    const env = { ...environmentOf(fake), DD_APP_KEY: keys.appKey };
    const { code, stdout } = await runTool(["doctor"], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      / {2}created {6}1 by people \(Ada\), 6 by unknown accounts \(Bob, Eve, ci\); they can't be looked up: .*user_access_read permission: .*\n/,
    );
    const json = JSON.parse((await runTool(["doctor", "--json"], { env })).stdout);
    const unknown = { isServiceAccount: null, isDisabled: null };
    expect(json.profiles[0].creators[0]).toEqual({
      id: ci.id,
      name: "ci",
      ...unknown,
      connections: 3,
    });
  });

  it("and looks at most 100 accounts up", async () => {
    for (let index = 0; index < 103; index += 1) {
      connectTo(`sink ${index}`, datadog().addUser(orgs.payments, { isServiceAccount: true }));
    }
    const { stdout } = await runTool(["doctor"], { env: environmentOf(datadog()) });
    expect(stdout).toContain(
      "100 by service accounts, 3 by unknown accounts (New user); 3 accounts weren't looked up\n",
    );
    expect(datadog().requestLines.filter((line) => line.includes("/users/"))).toHaveLength(100);
  });
});

const forbidden = list.replace("200", "403");

describe("reports the first problem and sends nothing more", () => {
  it.each([
    [
      "a key is missing",
      { DD_APP_KEY: "" },
      "Missing Datadog credentials: DD_API_KEY is set, but DD_APP_KEY isn't.",
      [],
    ],
    [
      "the API key is wrong",
      { DD_API_KEY: "unknown-key" },
      'Cannot validate the API key: Datadog answered 403 Forbidden ("Forbidden"). Check the keys, and that they belong to this site.',
      ["GET /api/v2/current_user 403", "GET /api/v2/validate 403"],
    ],
    [
      "the application key is wrong",
      { DD_APP_KEY: "unknown-key" },
      "The API key is valid, but the org connections could not be listed: Datadog answered 403 Forbidden",
      ["GET /api/v2/current_user 403", "GET /api/v2/validate 200", forbidden],
    ],
    [
      "the permission is missing",
      { DD_APP_KEY: "no-permission" },
      "The application key or token is wrong, revoked or of another org, or it lacks the org_connections_read permission: check it in the org's settings.",
      [currentUser, forbidden],
    ],
  ])("%s", async (_what, env, problem, requests) => {
    const fake = datadog();
    const { apiKey } = orgs.payments;
    fake.addCredentials(orgs.payments, { apiKey, appKey: "no-permission" }, "none");
    const { code, stdout } = await runTool(["doctor"], { env: { ...environmentOf(fake), ...env } });
    expect(code).toBe(1);
    expect(stdout).toContain(`  problem      `);
    expect(stdout).toContain(problem);
    expect(fake.requestLines).toEqual(requests);
  });

  const configured = async (profile: string, args: string[] = []) => {
    const cwd = await newFolder();
    const yaml = `config:
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:profiles: { payments: { ${profile} } }
`;
    await writeFile(join(cwd, "Pulumi.dev.yaml"), yaml);
    const env = profilesOf(datadog(), "payments");
    return runTool(["doctor", "--stack-config", "Pulumi.dev.yaml", ...args], { cwd, env });
  };

  it("the keys belong to another org", async () => {
    const { code, stdout } = await configured(`orgId: ${orgs.shop.id}`);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `The org check failed: the credentials of the profile "payments" belong to the org ${orgs.payments.id}, but orgId is ${orgs.shop.id}`,
    );
    expect(datadog().requestLines).toEqual([currentUser, list]);
  });

  it("nothing is at the address", async () => {
    const { code, stdout } = await configured("apiUrl: http://127.0.0.1:1");
    expect(code).toBe(1);
    expect(stdout).toMatch(/127\.0\.0\.1:1 can't be reached: .* Check the network, the site or/);
  });

  it("something else is at the address", async () => {
    datadog().fault({ kind: "status", status: 403, body: "<html>no</html>" });
    const { code, stdout } = await configured("");
    expect(code).toBe(1);
    expect(stdout).toContain("This isn't an error in Datadog's format.");
  });
});

it("shows which org readProfile is, and how many connections it sees", async () => {
  const fake = datadog();
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["logs"] });
  const env = { ...profilesOf(fake, "payments", "hub"), DD_READ_PROFILE: "Hub" };
  const { code, stdout } = await runTool(["doctor"], { env });
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /profile hub\n.*\n.*\n {2}org {10}Hub .*\n.*\n.*\n {2}connections {2}0 as source, 2 as sink\n {2}readProfile {2}a refresh reads the connections above with these credentials\n/,
  );
  const { profiles } = JSON.parse((await runTool(["doctor", "--json"], { env })).stdout);
  expect(profiles).toMatchObject([
    { profile: "hub", readProfile: true, connectionsAsSink: 2 },
    { profile: "payments", readProfile: false },
  ]);
});

it("checks the other profiles if one has a problem", async () => {
  const fake = datadog();
  fake.revoke(orgs.shop.apiKey);
  const env = profilesOf(fake, "payments", "shop");
  const { code, stdout } = await runTool(["doctor", "--json"], { env });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    profiles: [
      { profile: "payments", ok: true },
      { profile: "shop", ok: false, credentials: "keys", orgId: null },
    ],
  });
});
