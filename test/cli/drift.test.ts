import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { declare, idTo, newStack, takeRequests } from "../end-to-end/fixture.ts";
import { argsTo, dynamicProvider, plugin, programOf } from "../end-to-end/providers.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import * as fixture from "./fixture.ts";

const { cellsOf, connect, environmentOf, newFolder, profilesOf } = fixture;
const { runJson, runTool, stateOf, tokenOf } = fixture;
const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

/** The id of a connection that isn't in Datadog. */
const gone = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";

/** One state with the resources of several. */
const merged = (...states: string[]): string => {
  const resources = states.flatMap((state) => JSON.parse(state).deployment.resources);
  return JSON.stringify({ version: 3, deployment: { resources } });
};

/** The outputs of a connection of another source than Payments. */
const from = (source: { id: string; name: string }, sink = orgs.hub) => ({
  profile: source.name.toLowerCase().replaceAll(" ", "-"),
  sourceOrgId: source.id,
  sinkOrgId: sink.id,
});

const named = (name: string) => ({ urn: `urn:pulumi:test::test::t::${name}` });

/** Compares a state with the keys of Payments. */
const drift = (input: string, ...args: string[]) =>
  runTool(["drift", ...args], { env: profilesOf(fake, "payments"), input });

/** What is printed if nothing has changed. */
const none = (compared: number, stderr = "") => ({
  code: 0,
  stdout: `No drift: ${compared} connection${compared === 1 ? "" : "s"} as recorded.\n`,
  stderr,
});

const failed = { code: 1, stdout: "" };

const pendingNote = (id: string) =>
  `The connection ${id} is pending deletion in the state: the next \`pulumi up\` deletes it.\n`;

it("compares the exported state of a stack, with keys that may only read", async () => {
  const types = ["logs", "metrics"];
  const declared = (sinkOfPayments: { id: string }) => ({
    payments: { ...argsTo(sinkOfPayments, types), profile: "payments" },
    shop: { ...argsTo(orgs.hub, types), profile: "shop" },
  });
  const env = profilesOf(fake, "payments", "shop");
  for (const org of [orgs.payments, orgs.shop]) {
    fake.addCredentials(org, { apiKey: org.apiKey, appKey: `read-only-${org.name}` }, "read");
  }
  const readOnly = { DD_APP_KEY_PAYMENTS: "read-only-Payments", DD_APP_KEY_SHOP: "read-only-Shop" };
  const stack = await newStack(fake, programOf(declared(orgs.security)), { env });
  const exported = async () => {
    fake.clearRequests();
    const { stdout } = await stack.pulumi(["stack", "export"]);
    return { env: { ...env, ...readOnly }, input: stdout };
  };
  expect(await stack.up()).toMatchObject({ code: 0 });

  // Replaced, but not deleted: it is managed, and the next update deletes it.
  const replaced = idTo(fake, orgs.security);
  await declare(stack, dynamicProvider, declared(orgs.hub));
  fake.fault({ kind: "status", status: 403, body: '{"errors":["no"]}', method: "DELETE" });
  expect(await stack.up()).toMatchObject({ code: 1 });
  expect(await runTool(["drift"], await exported())).toEqual(none(2, pendingNote(replaced)));
  const read = connect(fake, "payments", "data", ["audit"]);
  await declare(stack, dynamicProvider, {
    ...declared(orgs.hub),
    read: { get: read.id, options: { profile: "payments" } },
  });
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(idTo(fake, orgs.security)).toBe("");

  fake.remove(read.id);
  expect(await runTool(["drift"], await exported())).toEqual(none(2));
  const reads = ["Payments", "Shop"].flatMap((org) => [
    `${org}: GET current_user 200`,
    `${org}: GET list 200`,
  ]);
  expect(takeRequests(fake)).toEqual(reads);

  const [changed, deleted] = [idTo(fake, orgs.hub), idTo(fake, orgs.hub, orgs.shop)];
  fake.setTypes(changed, ["audit", "metrics"]);
  fake.remove(deleted);
  const unmanaged = connect(fake, "payments", "data", ["audit"]);
  connect(fake, "security", "payments"); // not ours
  const { code, stdout, stderr } = await runTool(["drift"], await exported());
  expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
  expect(cellsOf(stdout)).toEqual([
    ["DRIFT", "RESOURCE", "SOURCE", "SINK", "RECORDED", "ACTUAL", "ID"],
    ["changed", "payments", "Payments", "Hub", "logs, metrics", "audit, metrics", changed],
    ["deleted", "shop", "Shop", "Hub", "logs, metrics", deleted],
    ["unmanaged", "Payments", "Data", "audit", unmanaged.id],
  ]);
  expect(takeRequests(fake)).toEqual([...reads, "Shop: GET list of source and sink 200"]);

  const { json } = await runJson(["drift"], await exported());
  expect(json).toEqual({
    compared: 2,
    drift: [
      {
        kind: "changed",
        id: changed,
        urn: "urn:pulumi:test::test::pulumi-nodejs:dynamic/datadog:OrgConnection::payments",
        profile: "payments",
        sourceOrgId: orgs.payments.id,
        sourceOrgName: "Payments",
        sinkOrgId: orgs.hub.id,
        sinkOrgName: "Hub",
        recordedTypes: ["logs", "metrics"],
        actualTypes: ["audit", "metrics"],
      },
      expect.objectContaining({ kind: "deleted", id: deleted, actualTypes: null }),
      expect.objectContaining({ kind: "unmanaged", urn: null, profile: null, recordedTypes: null }),
    ],
    pendingDeletion: [],
  });
});

it("compares what the state manages: nothing that is external, or pending its replacement or deletion", async () => {
  const idOf = (sink: keyof typeof orgs) => connect(fake, "payments", sink).id;
  const [kept, adopted, pending, external] = [
    idOf("hub"),
    idOf("shop"),
    idOf("data"),
    idOf("security"),
  ];
  const deletion = { delete: true };
  const otherTypes = { connectionTypes: ["audit"] };
  const input = merged(
    stateOf(kept),
    stateOf(gone, { pendingReplacement: true }),
    stateOf(gone, deletion),
    stateOf(adopted, deletion), // another resource has adopted it
    stateOf(adopted),
    stateOf(pending, deletion, otherTypes),
    stateOf(external, { external: true }),
  );
  const urn = expect.stringContaining("::to-hub");
  expect(await runJson(["drift"], { env: profilesOf(fake, "payments"), input })).toEqual({
    code: 7,
    stderr: pendingNote(pending),
    json: {
      compared: 2,
      drift: [expect.objectContaining({ kind: "unmanaged", id: external })],
      pendingDeletion: [{ id: pending, urn, profile: "payments" }],
    },
  });
  const { stdout } = await drift(
    merged(stateOf(adopted), stateOf(kept, { pendingReplacement: true })),
  );
  expect(stdout).toMatch(/\nunmanaged +Payments +Hub/);
});

it.each([
  '{"version":3,"deployment":{}}',
  stateOf(gone, { type: "datadog:index/orgConnection:OrgConnection" }),
  stateOf(gone, { external: true }),
])("a state without a managed connection fails the run: %s", async (input) => {
  connect(fake, "payments", "hub");
  expect(await drift(input)).toEqual({
    ...failed,
    stderr:
      "error: Cannot compare standard input: the state has no managed org connections. Check that " +
      "it belongs to the right stack; `list` shows the connections that exist.\n",
  });
  expect(fake.requestLines).toEqual([]);
});

it("what another of several stacks manages isn't unmanaged", async () => {
  const cwd = await newFolder();
  await writeFile(join(cwd, "a.json"), stateOf(connect(fake, "payments", "hub").id));
  await writeFile(join(cwd, "b.json"), stateOf(connect(fake, "payments", "shop").id));
  const options = { env: profilesOf(fake, "payments"), cwd };
  expect(await runTool(["drift", "--state", "a.json"], options)).toMatchObject({ code: 7 });
  expect(await runTool(["drift", "--state", "a.json", "b.json"], options)).toEqual(none(2));
});

it("secrets are compared if they were exported as plain text", async () => {
  const { id } = connect(fake, "payments", "hub");
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
  const hidden = { connectionTypes: { ...secret, ciphertext: "v1:abc" } };
  const { code, stderr } = await drift(stateOf(id, {}, hidden));
  expect(code).toBe(1);
  expect(stderr).toContain(
    "are encrypted. Export the state with `pulumi stack export --show-secrets`.",
  );
  const shown = { connectionTypes: { ...secret, plaintext: '["logs"]' } };
  expect(await drift(stateOf(id, {}, shown))).toEqual(none(1));
});

describe("connections of the plugin", () => {
  const { type } = plugin;
  const ofPlugin = (id: string, provider: string, org: { id: string }, profile?: string) =>
    stateOf(
      id,
      {
        urn: `urn:pulumi:test::test::${type}::by ${provider}`,
        type,
        provider: `urn:pulumi:test::test::pulumi:providers:datadog-org-connections::${provider}::7c3c6ed8`,
      },
      { profile, sourceOrgId: org.id },
    );

  it("by default providers, like others", async () => {
    const { payments, data } = orgs;
    const { id } = connect(fake, "payments", "hub");
    const deleted = ofPlugin(gone, "default_0_1_0", payments, "payments");
    const input = merged(ofPlugin(id, "default", payments, "payments"), deleted);
    expect(await runJson(["drift"], { env: profilesOf(fake, "payments"), input })).toMatchObject({
      code: 7,
      json: { compared: 2, drift: [{ kind: "deleted", id: gone, profile: "payments" }] },
    });
    const ofData = merged(
      ofPlugin(gone, "default", data, "data"),
      ofPlugin(gone, "default_0_1_0", data, "data"),
    );
    const { stderr } = await drift(ofData);
    expect(stderr).toContain('Cannot compare 2 connections of the profile "data"');
  });

  it("by explicit providers, each with the credentials of its source org", async () => {
    const { id } = connect(fake, "shop", "hub", ["metrics"]);
    const input = merged(
      ofPlugin(connect(fake, "payments", "hub").id, "one::of many", orgs.payments),
      ofPlugin(id, "other", orgs.shop, "a profile of that provider"),
      ofPlugin(gone, "other", orgs.shop),
    );
    const env = profilesOf(fake, "payments", "shop");
    expect(await runJson(["drift"], { env, input })).toMatchObject({
      code: 7,
      json: { drift: [{ kind: "changed" }, { kind: "deleted" }] },
    });
    expect(await runTool(["drift", "--profile", "payments"], { env, input })).toEqual(none(1));
  });

  it("by an explicit provider, with the credentials without a profile", async () => {
    const { id } = connect(fake, "payments", "hub");
    const input = ofPlugin(id, "one", orgs.payments);
    expect(await runTool(["drift"], { env: environmentOf(fake), input })).toEqual(none(1));
  });

  it("by an explicit provider fail the run if no credentials belong to its org", async () => {
    const input = merged(
      ofPlugin(connect(fake, "payments", "hub").id, "one", orgs.payments),
      ofPlugin(gone, "other", orgs.shop),
      ofPlugin(connect(fake, "shop", "hub").id, "other", orgs.shop),
    );
    const env = profilesOf(fake, "payments", "data");
    expect(await runTool(["drift"], { env, input })).toEqual({
      ...failed,
      stderr:
        'error: Cannot compare 2 connections of the provider "other" (by other): none of the queried orgs is ' +
        `the source or the sink of these connections. Set the credentials of the source org ${orgs.shop.id}, or of the sink, as a ` +
        "credential profile of any name, such as DD_API_KEY_SHOP and DD_APP_KEY_SHOP.\n",
    });
  });
});

describe("the run fails, and nothing is reported as deleted, if", () => {
  const notCompared = (profile: string) =>
    `error: Cannot compare 1 connection of the profile "${profile}" (to-hub): none of the queried orgs is ` +
    "the source or the sink of this connection. ";

  it("a profile has no credentials", async () => {
    const { code, stdout, stderr } = await drift(
      merged(stateOf(gone, {}, from(orgs.data)), stateOf(gone)),
    );
    expect({ code, stdout }).toEqual(failed);
    expect(stderr).toContain(`${notCompared("data")}there is no credential profile "data"`);
    const { id } = connect(fake, "payments", "hub");
    const ofOther = { ...from(orgs.data), sourceOrgId: orgs.payments.id };
    expect(await drift(stateOf(id, {}, ofOther))).toEqual(none(1));
  });

  it.each([[], ["--profile", "payments"]])(
    "the credentials are of another org: %j",
    async (...args) => {
      connect(fake, "payments", "shop");
      const ofData = { sourceOrgId: orgs.data.id };
      const { code, stdout, stderr } = await drift(stateOf(gone, {}, ofData), ...args);
      expect({ code, stdout }).toEqual(failed);
      expect(stderr).toBe(
        `${notCompared("payments")}The credentials of the profile "payments" belong to the org ` +
          `${orgs.payments.id}. Set the credentials of the source org ${orgs.data.id}, or of the sink.\n`,
      );
    },
  );

  it("Datadog doesn't name the org of a token", async () => {
    connect(fake, "payments", "shop"); // not reported as unmanaged
    const { DD_BEARER_TOKEN, ...host } = tokenOf(fake, "read", { identifies: false });
    const env = { ...host, DD_BEARER_TOKEN_PAYMENTS: DD_BEARER_TOKEN ?? "" };
    const note =
      'Cannot determine which org the credentials of the profile "payments" belong to, so none of ' +
      "its connections are reported as unmanaged. Set datadog-org-connections:orgId, or the orgId of the " +
      "profile, in the stack's configuration to the UUID of the org that owns the credentials. Pass that " +
      "file with --stack-config. Or use an API key and an application key.\n";
    const input = stateOf(connect(fake, "payments", "hub").id);
    expect(await runTool(["drift"], { env, input })).toEqual(none(1, note));
    const { code, stdout, stderr } = await runTool(["drift"], { env, input: stateOf(gone) });
    expect({ code, stdout }).toEqual(failed);
    expect(stderr).toContain(`error: Cannot compare the connection ${gone}: Datadog doesn't list`);
  });
});

describe("through the hub, with no key of a source", () => {
  const { hub } = orgs;
  const ofHub = () => ({ DD_HOST: fake.url, DD_API_KEY: hub.apiKey, DD_APP_KEY: hub.appKey });

  it("300 orgs cost one list, and a request for each deletion", async () => {
    const states = Array.from({ length: 300 }, (_, index) => {
      const source = fake.addOrg(`Source ${index}`);
      const { id } = fake.connect({ source, sink: hub, types: ["logs"] });
      if (index === 7) fake.setTypes(id, ["audit"]);
      if (index === 8) fake.remove(id);
      return stateOf(id, named(source.name), from(source));
    });
    connect(fake, "data", "hub"); // in no state, and not ours
    const drifted = [
      { kind: "changed", profile: "source-7" },
      { kind: "deleted", profile: "source-8" },
    ];
    expect(await runJson(["drift"], { env: ofHub(), input: merged(...states) })).toMatchObject({
      code: 7,
      stderr: "",
      json: { compared: 300, drift: drifted },
    });
    expect(takeRequests(fake)).toEqual([
      "Hub: GET current_user 200",
      "Hub: GET list 200",
      "Hub: GET list of source and sink 200",
    ]);
  });

  it("connections of other orgs need the keys of one of both", async () => {
    const toHub = connect(fake, "payments", "hub");
    const toShop = connect(fake, "data", "shop");
    const input = merged(
      stateOf(toHub.id, {}, from(orgs.payments)),
      stateOf(toShop.id, named("data-to-shop"), from(orgs.data, orgs.shop)),
    );
    const run = (...names: Parameters<typeof profilesOf>[1][]) =>
      runTool(["drift"], { env: profilesOf(fake, ...names), input });
    const { code, stdout, stderr } = await run("hub");
    expect({ code, stdout }).toEqual(failed);
    expect(stderr).toMatch(/^error: Cannot compare 1 connection .* \(data-to-shop\): .*\n$/);
    expect(await run("hub", "data")).toEqual(none(2));
    expect(await run("hub", "shop")).toEqual(none(2));
    const args = ["drift", "--profile", "hub"];
    expect(await runTool(args, { env: profilesOf(fake, "hub"), input })).toEqual(none(1));
  });

  it("also if the keys of the sources are in the configuration, encrypted", async () => {
    const input = stateOf(connect(fake, "payments", "hub").id, {}, from(orgs.payments));
    const secret = { secure: "v1:abc" };
    const profiles = { payments: { apiKey: secret, appKey: secret } };
    const config = { "datadog-org-connections:profiles": profiles };
    const stackConfig = JSON.stringify({ config }); // JSON is YAML
    for (const env of [ofHub(), profilesOf(fake, "hub")]) {
      expect(await runTool(["drift"], { env, stackConfig, input })).toEqual(none(1));
    }
  });
});

describe("--profile", () => {
  it("compares only connections in which the named org takes part", async () => {
    connect(fake, "shop", "hub"); // unmanaged
    const { id } = connect(fake, "shop", "data");
    const input = merged(stateOf(gone), stateOf(id, {}, from(orgs.shop, orgs.data)));
    const env = profilesOf(fake, "payments", "shop");
    const { code, stdout } = await runTool(["drift", "--profile", "shop"], { env, input });
    expect(code).toBe(7);
    expect(stdout).not.toContain("deleted");
    expect(fake.requests.every(({ org }) => org === "Shop")).toBe(true);
  });

  it.each([
    ["data_lake", "data-lake"],
    ["Data-Lake", "data_lake"],
  ])("means the recorded profile %s, spelled %s", async (recorded, spelled) => {
    const { apiKey, appKey } = orgs.payments;
    const keys = { DD_API_KEY_DATA_LAKE: apiKey, DD_APP_KEY_DATA_LAKE: appKey };
    const env = { DD_HOST: fake.url, ...keys };
    const input = stateOf(gone, {}, { profile: recorded });
    expect(await runJson(["drift", "--profile", spelled], { env, input })).toMatchObject({
      code: 7,
      json: { compared: 1, drift: [{ kind: "deleted", id: gone, profile: recorded }] },
    });
    fake.clearRequests();
    expect(await runTool(["drift"], { env, input })).toMatchObject({ code: 7 });
    expect(fake.requests).toHaveLength(3); // one org is queried once
  });

  it("of an org in no recorded connection fails the run, which lists the recorded profiles", async () => {
    const env = profilesOf(fake, "payments", "shop", "hub");
    const input = merged(
      stateOf(gone),
      stateOf(gone, {}, { profile: "Data_Lake" }),
      stateOf(gone, {}, { profile: undefined }),
    );
    const args = ["drift", "--profile", "payments", "shop", "hub"];
    const error = (profile: string) =>
      `error: Cannot compare the connections of the profile "${profile}": the org of this profile is neither source nor ` +
      'sink of any connection in the state. The state has connections of the profile "Data_Lake", ' +
      'of the profile "payments", without a profile. Omit --profile to compare all that can be compared.\n';
    expect(await runTool(args, { env, input })).toEqual({
      ...failed,
      stderr: error("shop") + error("hub"),
    });
  });
});
