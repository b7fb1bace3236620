import { describe, expect, it } from "vitest";
import { takeRequests } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import * as fixture from "./fixture.ts";

const { connect, environmentOf, profilesOf, runJson, runTool, tokenOf } = fixture;
const datadog = useFakeDatadog();

/** What `doctor` prints of one profile, as text and as JSON. */
async function diagnosis(env: Record<string, string>) {
  const { code, stdout: text } = await runTool(["doctor"], { env });
  const asJson = await runJson(["doctor"], { env });
  expect(asJson.code).toBe(code);
  return { code, text, json: asJson.json.profiles[0] };
}

it("reports each org and its connections, and only sends GETs", async () => {
  const fake = datadog();
  connect(fake, "payments", "hub");
  connect(fake, "payments", "shop");
  const env = { ...profilesOf(fake, "hub", "payments"), DD_READ_PROFILE: "Hub" };
  const { code, stdout, stderr } = await runTool(["doctor"], { env });
  expect(stdout).toBe(`profile hub
  API          ${fake.url}
  credentials  API key and application key
  org          Hub (${orgs.hub.id})
  user         ${orgs.hub.user.name}, a person
  roles        allow reading and writing; a key or token with scopes may allow less
  connections  0 as source, 1 as sink
  readProfile  a refresh reads the connections above with these credentials
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
  expect(takeRequests(fake)).toEqual(
    ["Hub", "Payments"].flatMap((org) => [`${org}: GET current_user 200`, `${org}: GET list 200`]),
  );

  const ada = { id: orgs.payments.user.id, name: "Ada", isServiceAccount: false };
  const { json } = await runJson(["doctor"], { env });
  expect(json).toEqual({
    ok: true,
    profiles: [
      expect.objectContaining({ profile: "hub", readProfile: true, connectionsAsSink: 1 }),
      {
        profile: "payments",
        ok: true,
        problem: null,
        readProfile: false,
        apiUrl: fake.url,
        credentials: "keys",
        orgId: orgs.payments.id,
        orgName: "Payments",
        user: ada,
        canRead: true,
        canWrite: true,
        connections: 2,
        connectionsAsSource: 2,
        connectionsAsSink: 0,
        creators: [{ ...ada, isDisabled: false, connections: 2 }],
        creatorsProblem: null,
      },
    ],
  });
});

describe("names the user, if Datadog does:", () => {
  it.each([
    [{ name: "Ada" }, "Ada, a person", "write", "allow reading and writing; a key or token"],
    [
      { name: "ci", isServiceAccount: true },
      "ci, a service account",
      "read",
      "allow reading, but not writing; a key or token",
    ],
    [
      { name: null, handle: "eve@example.com" },
      "eve@example.com, a person",
      "none",
      "allow neither reading nor writing; a key or token",
    ],
  ] as const)("%j is %s, with roles that allow %s", async (seed, user, access, roles) => {
    const owner = datadog().addUser(orgs.payments, seed);
    const { text, json } = await diagnosis(tokenOf(datadog(), access, { user: owner }));
    expect(text).toContain(
      `  user         ${user}\n  roles        ${roles} with scopes may allow less\n`,
    );
    const [canRead, canWrite] = [access !== "none", access === "write"];
    expect(json).toMatchObject({ orgName: "Payments", canRead, canWrite });
  });

  it("nobody", async () => {
    connect(datadog(), "payments", "hub");
    const { text, json } = await diagnosis(tokenOf(datadog(), "read", { identifies: false }));
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

describe("counts who created the connections of which the org is the source", () => {
  function connectTo(name: string, createdBy: ReturnType<FakeDatadog["addUser"]>) {
    const sink = datadog().addOrg(name);
    datadog().connect({ source: orgs.payments, sink, types: ["logs"], createdBy });
  }

  function connectToServiceAccounts(count: number) {
    for (let index = 0; index < count; index += 1) {
      connectTo(`sink ${index}`, datadog().addUser(orgs.payments, { isServiceAccount: true }));
    }
  }

  const lookups = () => datadog().requestLines.filter((line) => line.includes("/users/"));

  function connectSeven() {
    const fake = datadog();
    const ci = fake.addUser(orgs.payments, { name: "ci", isServiceAccount: true });
    const bob = fake.addUser(orgs.payments, { name: "Bob" });
    const eve = fake.addUser(orgs.payments, { name: "Eve", status: "Disabled" });
    for (const name of ["1", "2", "3"]) connectTo(name, ci);
    for (const name of ["4", "5"]) connectTo(name, bob);
    connectTo("6", eve);
    connectTo("7", orgs.payments.user);
    connect(fake, "shop", "payments"); // not ours
    return { ci, bob, eve };
  }

  it("service accounts, people and deactivated accounts; each is looked up once", async () => {
    const { ci, bob, eve } = connectSeven();
    const { text, json } = await diagnosis(environmentOf(datadog()));
    expect(text).toContain(
      "  connections  7 as source, 1 as sink\n" +
        "  created      3 by service accounts, 3 by people (Ada, Bob), 1 by deactivated accounts (Eve)\n",
    );
    const lookups = [ci, bob, eve].map(({ id }) => `Payments: GET users/${id} 200`);
    const requests = ["Payments: GET current_user 200", "Payments: GET list 200", ...lookups];
    expect(takeRequests(datadog())).toEqual([...requests, ...requests].sort());
    const person = { isServiceAccount: false, isDisabled: false };
    expect(json.creators).toEqual([
      { id: ci.id, name: "ci", isServiceAccount: true, isDisabled: false, connections: 3 },
      { id: bob.id, name: "Bob", ...person, connections: 2 },
      { id: eve.id, name: "Eve", isServiceAccount: false, isDisabled: true, connections: 1 },
      { id: orgs.payments.user.id, name: "Ada", ...person, connections: 1 },
    ]);
  });

  it("as far as it may look accounts up", async () => {
    const { ci } = connectSeven();
    const keys = { apiKey: orgs.payments.apiKey, appKey: "app-key-without-users" };
    datadog().addCredentials(orgs.payments, keys, "read", { canReadUsers: false });
    const env = { ...environmentOf(datadog()), DD_APP_KEY: keys.appKey };
    const { code, text, json } = await diagnosis(env);
    expect(code).toBe(0);
    expect(text).toMatch(
      / {2}created {6}1 by people \(Ada\), 6 by unknown accounts \(Bob, Eve, ci\); some accounts can't be looked up: .*user_access_read permission: .*\n/,
    );
    const unknown = { isServiceAccount: null, isDisabled: null };
    expect(json.creators[0]).toEqual({ id: ci.id, name: "ci", ...unknown, connections: 3 });
    expect(json.creatorsProblem).toContain("user_access_read permission");
  });

  it("at most 100 accounts, and no user of another org", async () => {
    connectTo("of another org", datadog().addUser(orgs.shop, { isServiceAccount: true }));
    connectToServiceAccounts(100);
    const { stdout } = await runTool(["doctor"], { env: environmentOf(datadog()) });
    expect(stdout).toContain(
      "99 by service accounts, 2 by unknown accounts (New user); 1 account not looked up\n",
    );
    expect(lookups()).toHaveLength(100);
  });

  it.each([
    [401, 20, "20 by unknown accounts", 5],
    [500, 20, "20 by unknown accounts", 7],
    [500, 2, "18 by service accounts, 2 by unknown accounts", 20],
  ])("despite status %i for %i of 20 accounts: %s", async (status, times, counts, most) => {
    connectToServiceAccounts(20);
    const body = '{"errors":["No"]}';
    datadog().fault({ kind: "status", status, body, times, path: "/users/" });
    const stackConfig = "config: { datadog-org-connections:maxRetries: 0 }";
    const { stdout } = await runTool(["doctor"], { env: environmentOf(datadog()), stackConfig });
    expect(stdout).toContain(`${counts} (New user); some accounts can't be looked up: Datadog`);
    expect(lookups().length).toBeLessThanOrEqual(most);
  });
});

describe("reports the first problem, and sends nothing more:", () => {
  it.each<[string, Record<string, string>, string, string[]]>([
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
      ["?: GET current_user 403", "?: GET validate 403"],
    ],
    [
      "the application key is wrong",
      { DD_APP_KEY: "unknown-key" },
      "The API key is valid, but the org connections could not be listed: Datadog answered 403 Forbidden",
      ["Payments: GET current_user 403", "Payments: GET list 403", "Payments: GET validate 200"],
    ],
    [
      "the permission is missing",
      { DD_APP_KEY: "no-permission" },
      "The application key or token is wrong, revoked or of another org, or it lacks the org_connections_read permission: check it in the org's settings.",
      ["Payments: GET current_user 200", "Payments: GET list 403"],
    ],
    [
      "the token is wrong",
      { DD_BEARER_TOKEN: "ddpat_2" },
      "Cannot list the org connections: Datadog answered 401 Unauthorized",
      ["?: GET current_user 403", "?: GET list 401"],
    ],
    [
      "the keys belong to another org",
      { DD_API_KEY: orgs.shop.apiKey, DD_APP_KEY: orgs.shop.appKey },
      `The org check failed: the credentials belong to the org ${orgs.shop.id}, but orgId is ${orgs.payments.id}`,
      ["Shop: GET current_user 200", "Shop: GET list 200"],
    ],
    [
      "nothing is at the address",
      { DD_HOST: "http://127.0.0.1:1" },
      "127.0.0.1:1 can't be reached: ",
      [],
    ],
  ])("%s", async (_what, changes, problem, requests) => {
    const fake = datadog();
    const { id, apiKey } = orgs.payments;
    fake.addCredentials(orgs.payments, { apiKey, appKey: "no-permission" }, "none");
    const stackConfig = `config:
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:orgId: ${id}
`;
    const env = { ...environmentOf(fake), ...changes };
    const { code, stdout } = await runTool(["doctor"], { env, stackConfig });
    expect(code).toBe(1);
    expect(stdout).toContain("  problem      ");
    expect(stdout).toContain(problem);
    expect(stdout).not.toContain("  result ");
    expect(takeRequests(fake)).toEqual(requests);
  });
});

it("checks the other profiles if one has a problem", async () => {
  datadog().revoke(orgs.shop.apiKey);
  const env = { ...profilesOf(datadog(), "payments", "shop"), DD_READ_PROFILE: "hub" };
  const profiles = [
    { profile: "payments", ok: true },
    { profile: "shop", ok: false, credentials: "keys", orgId: null },
    { profile: "hub", ok: false, credentials: null, readProfile: true },
  ];
  expect(await runJson(["doctor"], { env })).toMatchObject({
    code: 1,
    json: { ok: false, profiles },
  });
});
