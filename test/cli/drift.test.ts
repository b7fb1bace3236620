import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { environmentOf, newStack } from "../end-to-end/fixture.ts";
import { programOf } from "../end-to-end/ways.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { currentUser, list, newFolder, profilesOf, runTool, stateOf } from "./fixture.ts";

type Org = ReturnType<FakeDatadog["addOrg"]>;

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

const program = `import { OrgConnection } from "pulumi-datadog-org-connections";
  for (const profile of ["payments", "shop"]) {
    const args = { profile, sinkOrgId: "${orgs.hub.id}", connectionTypes: ["logs", "metrics"] };
    new OrgConnection(profile + "-to-hub", args);
  }
  if (process.env.GET_ID) OrgConnection.get("read", process.env.GET_ID, { profile: "payments" });
`;

/** The state of a stack in which Payments and Shop share with Hub. */
async function exportedState(environment: Record<string, string> = {}): Promise<string> {
  const env = { ...profilesOf(fake, "payments", "shop"), ...environment };
  const stack = await newStack(fake, program, { env });
  expect(await stack.up()).toMatchObject({ code: 0 });
  fake.clearRequests();
  return (await stack.pulumi(["stack", "export"])).stdout;
}

const connectionOf = (source: { id: string }) =>
  fake.connections.find(({ sourceOrgId }) => sourceOrgId === source.id)?.id ?? "";

it("none: exit code 0, at the cost of one list for each org", async () => {
  const input = await exportedState();
  const env = profilesOf(fake, "payments", "shop");
  expect(await runTool(["drift"], { env, input })).toEqual({
    code: 0,
    stdout: "No drift: 2 connections as recorded.\n",
    stderr: "",
  });
  expect(fake.requestLines.sort()).toEqual([currentUser, currentUser, list, list]);
});

it("changed, deleted and unmanaged: exit code 7, with keys that may only read", async () => {
  const existing = fake.connect({ source: orgs.payments, sink: orgs.data, types: ["audit"] });
  const input = await exportedState({ GET_ID: existing.id });
  const changed = fake.connections.find(
    ({ sourceOrgId, sinkOrgId }) => sourceOrgId === orgs.payments.id && sinkOrgId === orgs.hub.id,
  );
  fake.setTypes(changed?.id ?? "", ["audit", "metrics"]);
  const deleted = connectionOf(orgs.shop);
  fake.remove(deleted);
  fake.connect({ source: orgs.security, sink: orgs.payments, types: ["logs"] }); // not ours
  const env = profilesOf(fake, "payments", "shop");
  for (const org of [orgs.payments, orgs.shop]) {
    const appKey = `read-only of ${org.name}`.replaceAll(" ", "-");
    fake.addCredentials(org, { apiKey: org.apiKey, appKey }, "read");
    env[`DD_APP_KEY_${org.name.toUpperCase()}`] = appKey;
  }

  const { code, stdout, stderr } = await runTool(["drift"], { env, input });
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
  expect(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["DRIFT", "RESOURCE", "SOURCE", "SINK", "RECORDED", "ACTUAL", "ID"],
    [
      "changed",
      "payments-to-hub",
      "Payments",
      "Hub",
      "logs, metrics",
      "audit, metrics",
      changed?.id,
    ],
    ["deleted", "shop-to-hub", "Shop", "Hub", "logs, metrics", deleted],
    ["unmanaged", "Payments", "Data", "audit", existing.id],
  ]);
  const between = `${list.replace(" 200", "")}&sink_org_id=${orgs.hub.id}&source_org_id=${orgs.shop.id} 200`;
  expect(fake.requestLines.sort()).toEqual([currentUser, currentUser, list, list, between].sort());

  const asJson = await runTool(["drift", "--json"], { env, input });
  expect(asJson).toMatchObject({ code: 7, stderr: "" });
  const json = JSON.parse(asJson.stdout);
  expect(json).toMatchObject({ compared: 2 });
  expect(json.drift).toEqual([
    {
      kind: "changed",
      id: changed?.id,
      urn: "urn:pulumi:test::test::pulumi-nodejs:dynamic/datadog:OrgConnection::payments-to-hub",
      profile: "payments",
      sourceOrgId: orgs.payments.id,
      sourceOrgName: "Payments",
      sinkOrgId: orgs.hub.id,
      sinkOrgName: "Hub",
      recordedTypes: ["logs", "metrics"],
      actualTypes: ["audit", "metrics"],
    },
    expect.objectContaining({ kind: "deleted", id: deleted, actualTypes: null }),
    expect.objectContaining({ kind: "unmanaged", id: existing.id, urn: null, recordedTypes: null }),
  ]);
});

it("an old connection that the update couldn't delete is managed: the next update deletes it", async () => {
  const declared = (sinkOrgId: string) =>
    programOf({ hub: { sinkOrgId, connectionTypes: ["logs"] } });
  const stack = await newStack(fake, declared(orgs.hub.id));
  expect(await stack.up()).toMatchObject({ code: 0 });
  const old = connectionOf(orgs.payments);
  await stack.write("index.ts", declared(orgs.shop.id));
  const body = JSON.stringify({ errors: ["no"] });
  fake.fault({ kind: "status", status: 403, body, method: "DELETE" });
  expect(await stack.up()).toMatchObject({ code: 1 });
  const input = (await stack.pulumi(["stack", "export"])).stdout;
  expect(await runTool(["drift"], { env: environmentOf(fake), input })).toEqual({
    code: 0,
    stdout: "No drift: 1 connection as recorded.\n",
    stderr: `The connection ${old} is pending deletion in the state: the next \`pulumi up\` deletes it.\n`,
  });
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(fake.connections.map(({ id }) => id)).not.toContain(old);
});

describe("of a state that", () => {
  const connected = () => fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  const gone = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
  const run = (input: string, ...args: string[]) =>
    runTool(["drift", ...args], { env: profilesOf(fake, "payments"), input });

  /** One state of several. */
  const merged = (...states: string[]): string => {
    const resources = states.flatMap((state) => JSON.parse(state).deployment.resources);
    return JSON.stringify({ version: 3, deployment: { resources } });
  };

  it.each([{ delete: true }, { external: true }, { pendingReplacement: true }])(
    "marks the resource as %j, it isn't compared",
    async (mark) => {
      const { id } = connected();
      expect(await run(merged(stateOf(id), stateOf(gone, mark)))).toEqual({
        code: 0,
        stdout: "No drift: 1 connection as recorded.\n",
        stderr: "",
      });
      expect(await run(merged(stateOf(id), stateOf(gone)))).toMatchObject({ code: 7 });
    },
  );

  describe("waits for a deletion, the connection is managed", () => {
    const pending = { delete: true };

    it("and a note says that the next update deletes it", async () => {
      const { id } = connected();
      expect(await run(stateOf(id, pending))).toEqual({
        code: 0,
        stdout: "No drift: 0 connections as recorded.\n",
        stderr: `The connection ${id} is pending deletion in the state: the next \`pulumi up\` deletes it.\n`,
      });
      const { code, stdout } = await run(stateOf(id, pending), "--json");
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        compared: 0,
        drift: [],
        pendingDeletion: [expect.objectContaining({ id, profile: "payments" })],
      });
    });

    it("unless another resource has adopted it, which is compared", async () => {
      const { id } = connected();
      const state = merged(stateOf(id, pending), stateOf(id));
      expect(await run(state)).toEqual({
        code: 0,
        stdout: "No drift: 1 connection as recorded.\n",
        stderr: "",
      });
    });

    it("but what was deleted already and exists again isn't", async () => {
      const { id } = connected();
      const state = merged(stateOf(gone), stateOf(id, { pendingReplacement: true }));
      const { code, stdout } = await run(state);
      expect(code).toBe(7);
      expect(stdout).toMatch(/\nunmanaged +Payments +Hub/);
    });
  });

  describe("has connections of the plugin", () => {
    const providers = "urn:pulumi:test::test::pulumi:providers:datadog-org-connections";
    const ofPlugin = (id: string, provider: string, org: { id: string }, profile?: string) => {
      const more = {
        urn: `urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::by ${provider}`,
        type: "datadog-org-connections:index:OrgConnection",
        provider: `${providers}::${provider}::7c3c6ed8-3f5e-4d5c-9d7b-0b9d8f1e2a3b`,
      };
      return stateOf(id, more, { profile, sourceOrgId: org.id });
    };
    const ofShop = () => fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["logs"] });

    it.each(["default", "default_0_1_0"])(
      "of the provider %s, they are compared like others",
      async (provider) => {
        const state = merged(
          ofPlugin(connected().id, provider, orgs.payments, "payments"),
          ofPlugin(gone, provider, orgs.payments, "payments"),
        );
        const { code, stdout } = await run(state, "--json");
        expect(code).toBe(7);
        expect(JSON.parse(stdout)).toMatchObject({
          compared: 2,
          drift: [{ kind: "deleted", id: gone, profile: "payments" }],
        });
        const ofData = await run(ofPlugin(gone, provider, orgs.data, "data"));
        expect(ofData.stderr).toMatch(
          /^error: Cannot compare 1 connection of the profile "data" .*: none of the queried orgs is the source or the sink of this connection\. there is no credential profile "data"/,
        );
      },
    );

    it("of explicit providers, each is compared with the credentials of its source org", async () => {
      const toHub = ofShop();
      fake.setTypes(toHub.id, ["metrics"]);
      const state = merged(
        ofPlugin(connected().id, "one::of many", orgs.payments),
        ofPlugin(toHub.id, "other", orgs.shop, "a profile of that provider"),
        ofPlugin(gone, "other", orgs.shop),
      );
      const env = profilesOf(fake, "payments", "shop");
      const { code, stdout } = await runTool(["drift", "--json"], { env, input: state });
      expect(code).toBe(7);
      expect(JSON.parse(stdout)).toMatchObject({
        compared: 3,
        drift: [
          { kind: "changed", id: toHub.id },
          { kind: "deleted", id: gone },
        ],
      });
      fake.clearRequests();
      const payments = ["drift", "--profile", "payments"];
      expect(await runTool(payments, { env, input: state })).toMatchObject({ code: 0 });
      expect(fake.requests.every(({ org }) => org === "Payments")).toBe(true);
    });

    it("of an explicit provider, the credentials without a profile will do", async () => {
      const input = ofPlugin(connected().id, "one", orgs.payments);
      expect(await runTool(["drift"], { env: environmentOf(fake), input })).toMatchObject({
        code: 0,
        stdout: "No drift: 1 connection as recorded.\n",
      });
    });

    it("of an explicit provider whose org no credentials belong to, the run fails", async () => {
      const input = merged(
        ofPlugin(connected().id, "one", orgs.payments),
        ofPlugin(gone, "other", orgs.shop),
        ofPlugin(ofShop().id, "other", orgs.shop),
      );
      const env = profilesOf(fake, "payments", "data");
      expect(await runTool(["drift"], { env, input })).toEqual({
        code: 1,
        stdout: "",
        stderr:
          'error: Cannot compare 2 connections of the provider "other" (by other): none of the queried orgs is ' +
          `the source or the sink of these connections. Set the credentials of the source org ${orgs.shop.id}, or of the sink, as a ` +
          "credential profile of any name, such as DD_API_KEY_SHOP and DD_APP_KEY_SHOP.\n",
      });
      const named = await runTool(["drift", "--profile", "data"], { env, input });
      expect(named).toMatchObject({ code: 1, stdout: "" });
      expect(named.stderr).toContain(
        'The state has connections of: provider "one", provider "other". Omit --profile',
      );
    });
  });

  it.each([
    '{"version":3,"deployment":{}}',
    stateOf(gone, { type: "datadog:index/orgConnection:OrgConnection" }),
    stateOf(gone, { external: true }),
    stateOf(gone, { pendingReplacement: true }),
  ])("records no connection, the run fails and reports nothing as unmanaged: %s", async (input) => {
    connected();
    expect(await run(input)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "error: Cannot compare standard input: the state has no managed org connections. Check that " +
        "it belongs to the right stack; `list` shows the connections that exist.\n",
    });
    expect(fake.requestLines).toEqual([]);
  });

  it("names a profile without credentials, the run fails and reports nothing as deleted", async () => {
    const outputs = { profile: "data", sourceOrgId: orgs.data.id, sinkOrgId: orgs.hub.id };
    const { code, stdout, stderr } = await run(merged(stateOf(gone, {}, outputs), stateOf(gone)));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: Cannot compare 1 connection of the profile "data" \(to-hub\): none of the queried orgs is the source or the sink of this connection\. there is no credential profile "data".*\n$/,
    );
    const ofOther = { ...outputs, sourceOrgId: orgs.payments.id };
    expect(await run(stateOf(connected().id, {}, ofOther))).toMatchObject({ code: 0 });
  });

  it("is of another org than the credentials, the run fails and reports nothing as deleted", async () => {
    const { code, stdout, stderr } = await run(stateOf(gone, {}, { sourceOrgId: orgs.data.id }));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(
      'Cannot compare 1 connection of the profile "payments" (to-hub): none of the queried orgs is the source or the ' +
        "sink of this connection. " +
        `The credentials of the profile "payments" belong to the org ${orgs.payments.id}. Set the ` +
        `credentials of the source org ${orgs.data.id}, or of the sink.`,
    );
  });

  describe("is compared with a token", () => {
    const withToken = async (org: { id: string }, input: string, identifies: boolean) => {
      fake.addCredentials(org, { token: "ddpat_1" }, "read", { identifies });
      const env = { DD_HOST: fake.url, DD_BEARER_TOKEN_PAYMENTS: "ddpat_1" };
      return runTool(["drift"], { env, input });
    };

    it("a connection that isn't listed is deleted", async () => {
      expect(await withToken(orgs.payments, stateOf(gone), true)).toMatchObject({
        code: 7,
        stderr: "",
      });
    });

    it("a token of another org than the recorded one fails the run", async () => {
      fake.connect({ source: orgs.data, sink: orgs.hub, types: ["logs"] });
      const { code, stdout, stderr } = await withToken(orgs.data, stateOf(gone), true);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(
        "is the source or the sink of this connection. The credentials of the profile",
      );
    });

    it("if Datadog doesn't say whose token it is, nothing is reported as deleted or unmanaged", async () => {
      fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
      const note =
        'Cannot determine which org the credentials of the profile "payments" belong to, so none of ' +
        "its connections are reported as unmanaged. Set datadog-org-connections:orgId, or the orgId of the " +
        "profile, in the stack's configuration to the UUID of the org that owns the credentials. Pass that " +
        "file with --stack-config. Or use an API key and an application key.\n";
      const listed = await withToken(orgs.payments, stateOf(connected().id), false);
      expect(listed).toEqual({
        code: 0,
        stdout: "No drift: 1 connection as recorded.\n",
        stderr: note,
      });
      const { code, stdout, stderr } = await withToken(orgs.payments, stateOf(gone), false);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toContain(
        `error: Cannot compare the connection ${gone}: Datadog doesn't list`,
      );
      expect(stderr).toContain("so it may still exist. Set datadog-org-connections:orgId");
    });
  });

  it("has a connection that a list without a count lacks, the run fails", async () => {
    fake.answers = { meta: false };
    const { code, stdout, stderr } = await run(stateOf(gone));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Datadog's list doesn't say how many connections it has");
  });

  describe("is compared through the hub, with no key of a source", () => {
    const outputsOf = (source: Org, sink: Org = orgs.hub) => ({
      profile: source.name.toLowerCase().replaceAll(" ", "-"),
      sourceOrgId: source.id,
      sinkOrgId: sink.id,
    });
    const named = (name: string) => ({ urn: `urn:pulumi:test::test::t::${name}` });
    const hubKeys = { DD_API_KEY: orgs.hub.apiKey, DD_APP_KEY: orgs.hub.appKey };
    const keysOf = {
      "without a profile": () => ({ DD_HOST: fake.url, ...hubKeys }),
      "of a profile": () => profilesOf(fake, "hub"),
    };

    it.each(["without a profile", "of a profile"] as const)(
      "whose keys are %s: changes and deletions of 300 orgs cost one list, and a request for each deletion",
      async (keys) => {
        const sources = Array.from({ length: 300 }, (_, index) => fake.addOrg(`Source ${index}`));
        const states = sources.map((source, index) => {
          const { id } = fake.connect({ source, sink: orgs.hub, types: ["logs"] });
          if (index === 7) fake.setTypes(id, ["audit"]);
          if (index === 8) fake.remove(id);
          return stateOf(id, named(source.name), outputsOf(source));
        });
        fake.connect({ source: orgs.data, sink: orgs.hub, types: ["logs"] }); // in no state, and not ours
        const env = keysOf[keys]();
        const { code, stdout, stderr } = await runTool(["drift", "--json"], {
          env,
          input: merged(...states),
        });
        expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
        expect(JSON.parse(stdout)).toMatchObject({
          compared: 300,
          drift: [
            { kind: "changed", profile: "source-7" },
            { kind: "deleted", profile: "source-8" },
          ],
        });
        expect(fake.requests.map(({ org }) => org)).toEqual(["Hub", "Hub", "Hub"]);
      },
    );

    it("except those in which it takes no part: without their keys the run fails and names them", async () => {
      const toHub = connected();
      const toShop = fake.connect({ source: orgs.data, sink: orgs.shop, types: ["logs"] });
      const input = merged(
        stateOf(toHub.id, named("payments-to-hub"), outputsOf(orgs.payments)),
        stateOf(toShop.id, named("data-to-shop"), outputsOf(orgs.data, orgs.shop)),
      );
      const run = (...names: Parameters<typeof profilesOf>[1][]) =>
        runTool(["drift"], { env: profilesOf(fake, ...names), input });
      const hub = await run("hub");
      expect(hub).toMatchObject({ code: 1, stdout: "" });
      expect(hub.stderr).toMatch(
        /^error: Cannot compare 1 connection of the profile "data" \(data-to-shop\): none of the queried orgs is the source or the sink of this connection\. there is no credential profile "data".*\n$/,
      );
      const both = { code: 0, stdout: "No drift: 2 connections as recorded.\n", stderr: "" };
      expect(await run("hub", "data")).toEqual(both);
      expect(await run("hub", "shop")).toEqual(both);
      const ofHub = ["drift", "--profile", "hub"];
      expect(await runTool(ofHub, { env: profilesOf(fake, "hub"), input })).toMatchObject({
        code: 0,
        stdout: "No drift: 1 connection as recorded.\n",
      });
    });

    it("also if the keys of the sources are in the configuration, encrypted", async () => {
      const input = stateOf(connected().id, {}, outputsOf(orgs.payments));
      const secret = { secure: "v1:abc" };
      const profiles = { payments: { apiKey: secret, appKey: secret } };
      const cwd = await newFolder();
      const config = { config: { "datadog-org-connections:profiles": profiles } };
      await writeFile(join(cwd, "Pulumi.dev.yaml"), JSON.stringify(config));
      const args = ["drift", "--stack-config", "Pulumi.dev.yaml"];
      for (const env of [keysOf["of a profile"](), keysOf["without a profile"]()]) {
        expect(await runTool(args, { env, cwd, input })).toMatchObject({ code: 0, stderr: "" });
      }
    });
  });

  it("contains secrets, they are compared if they were exported as plain text", async () => {
    const { id } = connected();
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    const hidden = { connectionTypes: { ...secret, ciphertext: "v1:abc" } };
    const { code, stderr } = await run(stateOf(id, {}, hidden));
    expect(code).toBe(1);
    expect(stderr).toContain(
      "are encrypted. Export the state with `pulumi stack export --show-secrets`.",
    );
    const shown = { connectionTypes: { ...secret, plaintext: '["logs"]' } };
    expect(await run(stateOf(id, {}, shown))).toMatchObject({ code: 0 });
  });

  it("is one of several, what another stack manages isn't unmanaged", async () => {
    const cwd = await newFolder();
    const toShop = fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
    await writeFile(join(cwd, "one.json"), stateOf(connected().id));
    await writeFile(join(cwd, "other.json"), stateOf(toShop.id));
    const env = profilesOf(fake, "payments");
    expect(await runTool(["drift", "--state", "one.json"], { env, cwd })).toMatchObject({
      code: 7,
    });
    const both = ["drift", "--state", "one.json", "other.json"];
    expect(await runTool(both, { env, cwd })).toMatchObject({ code: 0 });
  });

  it("is of orgs of which --profile names some, only those are compared", async () => {
    fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["logs"] });
    const env = profilesOf(fake, "payments", "shop");
    const ofShop = { profile: "shop", sourceOrgId: orgs.shop.id };
    const kept = fake.connect({ source: orgs.shop, sink: orgs.data, types: ["logs"] });
    const input = merged(stateOf(gone), stateOf(kept.id, {}, ofShop));
    const { code, stdout } = await runTool(["drift", "--profile", "shop"], { env, input });
    expect(code).toBe(7);
    expect(stdout).not.toContain("deleted");
    expect(fake.requests.every(({ org }) => org === "Shop")).toBe(true);
  });

  it.each([
    ["payments", "Payments", "PAYMENTS"],
    ["data_lake", "data-lake", "DATA_LAKE"],
    ["Data-Lake", "data_lake", "DATA_LAKE"],
  ])("names the profile %s, --profile %s means it", async (recorded, named, suffix) => {
    const { apiKey, appKey } = orgs.payments;
    const env = {
      DD_HOST: fake.url,
      [`DD_API_KEY_${suffix}`]: apiKey,
      [`DD_APP_KEY_${suffix}`]: appKey,
    };
    connected();
    const input = stateOf(gone, {}, { profile: recorded });
    const drift = await runTool(["drift", "--json", "--profile", named], { env, input });
    expect(drift.code).toBe(7);
    expect(JSON.parse(drift.stdout)).toMatchObject({
      compared: 1,
      drift: [{ kind: "deleted", id: gone, profile: recorded }, { kind: "unmanaged" }],
    });
    fake.clearRequests();
    expect(await runTool(["drift"], { env, input })).toMatchObject({ code: 7 });
    expect(fake.requestLines).toEqual([
      list, // one org is queried once
      currentUser,
      expect.stringContaining(`&source_org_id=${orgs.payments.id} 200`),
    ]);
  });

  it("has no connections of a profile in --profile, the run fails and lists the recorded ones", async () => {
    fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["logs"] });
    const env = profilesOf(fake, "payments", "shop", "hub");
    const input = merged(
      stateOf(gone),
      stateOf(gone, {}, { profile: "Data_Lake" }),
      stateOf(gone, {}, { profile: undefined }),
    );
    const args = ["drift", "--profile", "payments", "shop", "hub"];
    expect(await runTool(args, { env, input })).toEqual({
      code: 1,
      stdout: "",
      stderr: ["shop", "hub"]
        .map(
          (profile) =>
            `error: Cannot compare the profile "${profile}": the org of this profile is neither source nor ` +
            'sink of any connection in the state. The state has connections of: profile "Data_Lake", profile "payments", without a ' +
            "profile. Omit --profile to compare all that can be compared.\n",
        )
        .join(""),
    });
  });
});

it("a failing list isn't reported as drift", async () => {
  const input = await exportedState();
  fake.revoke(orgs.shop.appKey);
  const { code, stdout, stderr } = await runTool(["drift"], {
    env: profilesOf(fake, "payments", "shop"),
    input,
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain('of the profile "shop": Datadog answered 403 Forbidden');
});
