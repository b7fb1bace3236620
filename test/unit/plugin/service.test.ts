import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { secret } from "../../../plugin/values.ts";
import { unknownValue } from "../../../provider/unknown.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { keys, messageOf } from "../fixture.ts";
import { type Logged, type Plugin, startPlugin, urn } from "./fixture.ts";

const { payments, hub, shop } = orgs;
const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = rpc.PropertyDiff.Kind;

const datadog = useFakeDatadog();
let fake: FakeDatadog;
let plugin: Plugin;
let logged: Logged[];

const inputs = { sinkOrgId: hub.id, connectionTypes: ["logs"] };
const recorded = { ...inputs, sourceOrgId: payments.id };

beforeEach(async () => {
  fake = datadog();
  plugin = await configured();
});

function configured(changes: object = {}): Promise<Plugin> {
  logged = [];
  const settings = { apiUrl: fake.url, ...keys, maxRetries: 0, ...changes };
  return startPlugin(settings, (message) => logged.push(message));
}

const connect = () => fake.connect({ source: payments, sink: hub, types: ["logs"] }).id;

describe("the provider's settings", () => {
  const byDefault =
    "urn:pulumi:test::test::pulumi:providers:datadog-org-connections::default_0_1_0";

  it("are recorded with every credential encrypted, and without null", async () => {
    const profiles = { shop: { ...keys, bearerToken: null }, none: null };
    const credentials = { apiKey: keys.apiKey, appKey: secret(keys.appKey), bearerToken: "token" };
    const others = {
      site: "datadoghq.eu",
      orgId: hub.id,
      maxRetries: null,
      readProfile: secret(null),
    };
    expect(await plugin.checkConfig({ ...credentials, profiles, ...others })).toEqual({
      inputs: {
        apiKey: secret(keys.apiKey),
        appKey: secret(keys.appKey),
        bearerToken: secret("token"),
        profiles: secret({ shop: keys }),
        site: "datadoghq.eu",
        orgId: hub.id,
      },
      failures: [],
    });
  });

  it.each<[string, object]>([
    ["no credentials", {}],
    ["values that aren't known yet", { apiKey: unknownValue, site: unknownValue }],
    ["a profile's value that isn't known yet", { profiles: { shop: { site: unknownValue } } }],
    ["what the engine adds", { version: "0.1.0", pluginDownloadURL: "https://x", __internal: {} }],
  ])("may have %s", async (_what, settings) => {
    expect((await plugin.checkConfig(settings)).failures).toEqual([]);
  });

  it.each([
    [{ site: "datadoghq.moon" }, 'site is "datadoghq.moon"'],
    [{ maxRetries: 21 }, "maxRetries isn't a whole number"],
    [{ profiles: { shop: { site: "x" } } }, "profiles.shop.site isn't a"],
    [{ profiles: '{"shop":{"key":"1"}}' }, "profiles.shop.key"],
  ])("such as %j are refused", async (settings, message) => {
    const { failures } = await plugin.checkConfig(settings);
    const reason = `Invalid configuration: datadog-org-connections:${message}`;
    expect(failures).toEqual([{ property: "", reason: expect.stringContaining(reason) }]);
  });

  const known =
    "Known settings: apiKey, appKey, bearerToken, site, apiUrl, orgId, maxRetries, timeoutSeconds, " +
    "profiles, readProfile.";
  const path = "Set the settings of a profile with `pulumi config set --path`.";

  it.each([
    ["orgID", "Did you mean orgId?"],
    ["org_id", "Did you mean orgId?"],
    ["sites", "Did you mean site?"],
    ["timeoutSecond", "Did you mean timeoutSeconds?"],
    ["profile", "Did you mean profiles?"],
    ["profiles.shop.apiKey", path],
    ["profiles.abcdef0123456789abcdef0123456789", path],
    ["maxRetrys", undefined],
    ["hubOrgId", undefined],
    ["x", undefined],
  ])(
    "that don't exist are refused without their value, but not of the default provider: %s",
    async (name, hint) => {
      const settings = { [name]: "ssw0rd", site: "datadoghq.eu" };
      const [recorded, problem] = [{ site: "datadoghq.eu" }, "no such setting exists."];
      const shown = name.replace(/.*[a-f\d]{24}$/, "(a text of 41 characters)");
      for (const of of [undefined, byDefault.replace("default_0_1_0", "defaults")]) {
        expect(await plugin.checkConfig(settings, { of })).toEqual({
          inputs: recorded,
          failures: [{ property: "", reason: `${shown}: ${problem} ${hint ?? known}` }],
        });
      }
      expect(logged).toEqual([]);
      expect(await plugin.checkConfig(settings, { of: byDefault })).toEqual({
        inputs: recorded,
        failures: [],
      });
      const warning = `datadog-org-connections:${shown} isn't used: ${problem} ${hint}`;
      expect(logged).toEqual(hint === undefined ? [] : [["warning", warning, undefined]]);
    },
  );

  it("must come before anything else: the keys of the environment aren't used instead", async () => {
    plugin = await startPlugin();
    vi.stubEnv("DD_HOST", fake.url);
    vi.stubEnv("DD_API_KEY", payments.apiKey);
    vi.stubEnv("DD_APP_KEY", payments.appKey);
    for (const call of [plugin.create(inputs), plugin.invoke({})]) {
      expect(await messageOf(call)).toBe(
        "the engine hasn't configured this provider. Run the command again.",
      );
    }
    expect(fake.requestLines).toEqual([]);
    vi.unstubAllEnvs();
  });
});

it("check answers with the inputs in canonical form, without null", async () => {
  const sinkOrgId = secret(hub.id.toUpperCase());
  const news = { ...inputs, sinkOrgId, profile: secret(null), adoptExisting: null };
  const child = urn.replace("::datadog", "::my:index:Parent$datadog");
  expect(await plugin.check(news, { of: child })).toEqual({ inputs, failures: [] });
});

describe("diff", () => {
  async function diff(olds: object, news: object, ignoreChanges: string[] = []) {
    const response = await plugin.diff(olds, { news, ignoreChanges });
    const { changes, replacesList, diffsList } = response.toObject();
    expect(response.getHasdetaileddiff()).toBe(true);
    const detailed = response.getDetaileddiffMap().toObject(false, rpc.PropertyDiff.toObject);
    const kinds = Object.fromEntries(detailed.map(([name, { kind }]) => [name, kind]));
    return { changes, replacesList, diffsList, kinds };
  }

  const none = { changes: DIFF_NONE, replacesList: [], diffsList: [], kinds: {} };

  it("names each property that changes, and says whether it replaces the connection", async () => {
    expect(await diff(recorded, inputs)).toEqual(none);
    expect(await diff(recorded, { sinkOrgId: shop.id, connectionTypes: ["audit"] })).toEqual({
      changes: DIFF_SOME,
      replacesList: ["sinkOrgId"],
      diffsList: ["sinkOrgId", "connectionTypes"],
      kinds: { sinkOrgId: UPDATE_REPLACE, connectionTypes: UPDATE },
    });
  });

  it("says whether a profile is added or removed, and names a source that isn't the expected", async () => {
    const orgId = payments.id;
    plugin = await configured({ orgId, profiles: { pay: { ...keys, orgId } } });
    const pay = { ...inputs, profile: "pay" };
    const [ofPayments, ofShop] = [{ sourceOrgId: orgId }, { sourceOrgId: shop.id }];
    expect((await diff(recorded, pay)).kinds).toEqual({ profile: ADD });
    expect((await diff({ ...pay, ...ofPayments }, inputs)).kinds).toEqual({ profile: DELETE });
    expect((await diff({ ...recorded, ...ofShop }, pay)).kinds).toEqual({ profile: ADD_REPLACE });
    expect((await diff({ ...pay, ...ofShop }, inputs)).kinds).toEqual({ profile: DELETE_REPLACE });
    expect((await diff({ ...recorded, ...ofShop }, inputs)).kinds).toEqual({
      sourceOrgId: UPDATE_REPLACE,
    });
  });

  it.each([["connectionTypes"], ["connectionTypes[0]"], ['["connectionTypes"]'], ["*"]])(
    "ignores what the program ignores, by the path %s",
    async (path) => {
      const drifted = { ...recorded, connectionTypes: ["audit"] };
      expect(await diff(drifted, inputs, [path])).toEqual(none);
      expect(await diff(drifted, inputs, ["sinkOrgId"])).toMatchObject({ changes: DIFF_SOME });
    },
  );
});

describe("a preview", () => {
  it("of a creation shows what is known, and sends nothing", async () => {
    const news = { ...inputs, profile: unknownValue, adoptExisting: true };
    expect(await plugin.create(news, { preview: true })).toEqual({
      id: "",
      outputs: {
        ...inputs,
        profile: unknownValue,
        sinkOrgName: unknownValue,
        sourceOrgId: unknownValue,
        sourceOrgName: unknownValue,
        createdAt: unknownValue,
        createdBy: unknownValue,
        createdByName: unknownValue,
      },
    });
    expect(fake.requests).toEqual([]);
  });

  it("of an update keeps what is recorded but a removed profile, and sends nothing", async () => {
    const connectionTypes = ["audit"];
    const news = { ...inputs, connectionTypes, adoptExisting: true };
    const olds = { ...recorded, profile: "payments" };
    expect(await plugin.update(olds, { news, preview: true })).toEqual({
      ...recorded,
      connectionTypes,
    });
    expect(fake.requests).toEqual([]);
  });
});

describe("a connection", () => {
  it("keeps the types that the program ignores when something else is updated", async () => {
    plugin = await configured({ profiles: { pay: keys } });
    const news = { ...inputs, profile: "pay", connectionTypes: ["audit"] };
    const ignoreChanges = ["connectionTypes"];
    expect(await plugin.update(inputs, { id: connect(), news, ignoreChanges })).toEqual({
      ...inputs,
      profile: "pay",
    });
    expect(fake.requests).toEqual([]);
  });

  it("is imported by its id, after the profile to which it belongs", async () => {
    plugin = await configured({ profiles: { "team-pay": keys } });
    const id = connect();
    for (const [imported, profile] of [
      [id.toUpperCase(), {}],
      [`team-pay/${id}`, { profile: "team-pay" }],
    ] as const) {
      expect(await plugin.read(undefined, { id: imported })).toMatchObject({
        id,
        outputs: { ...inputs, ...profile, sourceOrgName: "Payments" },
        inputs: { ...inputs, ...profile },
      });
    }
    const problem = "these credentials see no connection with this id.";
    expect(await messageOf(plugin.read())).toContain(problem);
  });

  it("of another source can be read by its sink (`get`), but not imported", async () => {
    const { id } = fake.connect({ source: shop, sink: payments, types: ["logs"] });
    expect((await plugin.read({ sinkOrgId: payments.id }, { id })).id).toBe(id);
    // Newer engines pass an import properties with nothing in them.
    for (const none of [undefined, {}]) {
      plugin = await configured(); // a second message would refer to the first
      expect(await messageOf(plugin.read(none, { id }))).toContain(
        `the connection ${id} has the source org ${shop.id}, but the credentials belong to the org ${payments.id}.`,
      );
    }
  });
});

it("resources are told apart by their URNs", async () => {
  const other = `${urn}-too`;
  await plugin.check(inputs);
  expect((await plugin.check(inputs, { of: other })).failures).toMatchObject([
    { reason: expect.stringContaining(`twice, as ${other} and ${urn}. `) },
  ]);
  const kept = connect();
  await plugin.diff(recorded, { id: kept, news: inputs });
  const { id: created } = await plugin.create({ ...inputs, sinkOrgId: shop.id });
  for (const id of [kept, created]) await plugin.delete(recorded, { id, of: other });
  expect(logged.slice(-2)).toEqual(
    [kept, created].map((id) => [
      "info",
      `the org connection ${id} wasn't deleted: ${urn} manages it now`,
      other,
    ]),
  );
});

describe("getOrgConnections", () => {
  it("lists connections, with null as not set", async () => {
    const id = connect();
    fake.connect({ source: payments, sink: shop, types: ["logs"] });
    const args = { sinkOrgId: secret(hub.id), profile: secret(null), sourceOrgId: null };
    expect(await plugin.invoke(args)).toEqual({
      result: { connections: [expect.objectContaining({ id, ...inputs })] },
      failures: [],
    });
  });

  it("shows a warning once, whatever the number of lists", async () => {
    const json = { data: [{ type: "org_connection", id: hub.id }], meta: {} };
    fake.fault({ kind: "unexpectedResponse", json, times: 2 });
    for (const _ of ["first", "second"]) await plugin.invoke({});
    expect(logged).toEqual([["warning", expect.stringContaining("number 0"), undefined]]);
  });

  it("refuses arguments that it doesn't have, and values that aren't strings, without showing them", async () => {
    const known = "Known arguments: sinkOrgId, sourceOrgId, profile.";
    const wrong = { sink: hub.id, sourceOrgId: 7, profile: { key: keys.apiKey } };
    const reason = "it isn't a string.";
    expect(await plugin.invoke(wrong)).toEqual({
      result: {},
      failures: [
        { property: "profile", reason },
        { property: "sink", reason: `no such argument exists. ${known}` },
        { property: "sourceOrgId", reason },
      ],
    });
    expect(fake.requests).toEqual([]);
  });
});

/** The calls that any process can make that reaches the plugin's port. */
describe("nothing is sent, and the plugin goes on, after", () => {
  const huge = "x".repeat(1_000_000);
  const control = "a\r\u001b[2J\u202e";
  /** Text that a terminal and gRPC can take. */
  const harmless = /^[\P{Cc}\n]{1,4100}$/u;

  async function expectRefused(call: Promise<unknown>, reason: RegExp): Promise<void> {
    const message = await messageOf(call);
    expect(message).toMatch(reason);
    expect(message).toMatch(harmless);
  }

  afterEach(async () => {
    expect(fake.requestLines).toEqual([]);
    expect(await plugin.check(inputs)).toMatchObject({ failures: [] });
  });

  it.each(["check", "diff", "create", "read", "update", "delete"] as const)(
    "a %s of another type of resource",
    async (call) => {
      for (const type of ["datadog:index:OrgConnection", huge, control]) {
        const of = `urn:pulumi:test::test::${type}::to-hub`;
        await expectRefused(plugin[call](recorded, { of }), /^there is no resource type "/);
      }
      await expectRefused(plugin[call](recorded, { of: "x" }), /^there is no resource type ""/);
    },
  );

  it.each(["create", "diff", "read", "update", "delete"] as const)(
    "a %s with a property of a wrong type",
    async (call) => {
      for (const wrong of [
        { sinkOrgId: 7 },
        { sinkOrgId: { toLowerCase: "x" } },
        { connectionTypes: "logs" },
        { connectionTypes: { 0: "logs", length: 1 } },
        { connectionTypes: ["logs", 7] },
        { profile: { a: 1 } },
        { profile: [] },
        { sourceOrgId: true },
        { createdAt: 0 },
        { adoptExisting: "yes" },
      ]) {
        const problem = `^the property ${Object.keys(wrong)} of the org connection must be a `;
        const reason = new RegExp(`${problem}(string|boolean|list of .*)\\.`);
        await expectRefused(plugin[call]({ ...recorded, ...wrong }), reason);
      }
    },
  );

  it("a read of an id that isn't a UUID", async () => {
    for (const id of ["", ".", "..", "../users", "%2e%2e", "a\r\nb", huge]) {
      await expectRefused(plugin.read(recorded, { id }), /: the id isn't a UUID\. | … \(cut\)$/);
    }
  });

  it.each([
    ["a property of every object", "toString"],
    ["a terminal's commands", control],
    ["a million characters", huge],
  ])(
    "a property, a setting, an argument and a function that have %s as their name",
    async (_what, name) => {
      const args = { [name]: { apiKey: keys.apiKey } };
      for (const { failures } of [
        await plugin.check({ ...inputs, ...args }),
        await plugin.checkConfig(args),
        await plugin.invoke(args),
      ]) {
        const reason = /no such (property|setting|argument)| … \(cut\)$/;
        const property = expect.stringMatching(/^.{0,4100}$/);
        expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
        expect(failures[0]?.reason).toMatch(harmless);
        expect(JSON.stringify(failures)).not.toContain(keys.apiKey);
      }
      await expectRefused(plugin.invoke({}, name), /^there is no function "/);
    },
  );
});
