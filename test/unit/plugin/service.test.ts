import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ProviderService } from "../../../plugin/service.ts";
import { propertiesOf, secret } from "../../../plugin/values.ts";
import { unknownValue } from "../../../provider/unknown.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { messageOf } from "../fixture.ts";

const { payments, hub, shop } = orgs;
const { DIFF_NONE, DIFF_SOME } = rpc.DiffResponse.DiffChanges;
const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = rpc.PropertyDiff.Kind;

const running = useFakeDatadog();
let fake: FakeDatadog;
let service: ProviderService;
let logged: unknown[][];

const urn = "urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::to-hub";
const inputs = { sinkOrgId: hub.id, connectionTypes: ["logs"] };
const missing = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const struct = (properties: object) => Struct.fromJavaScript({ ...properties });

beforeEach(async () => {
  fake = running();
  service = await configured({});
});

async function configured(changes: object): Promise<ProviderService> {
  logged = [];
  const log = { log: async (...message: unknown[]) => void logged.push(message) };
  const one = new ProviderService(log);
  const args = { apiUrl: fake.url, ...keysOf(payments), maxRetries: 0, ...changes };
  await one.configure(new rpc.ConfigureRequest().setArgs(struct(args)));
  return one;
}

const keysOf = ({ apiKey, appKey }: typeof payments) => ({ apiKey, appKey });
const connect = () => fake.connect({ source: payments, sink: hub, types: ["logs"] }).id;

async function create(properties: object = inputs) {
  const request = new rpc.CreateRequest().setUrn(urn).setProperties(struct(properties));
  const response = await service.create(request);
  return { id: response.getId(), outputs: propertiesOf(response.getProperties()) };
}

const reading = (id: string, properties?: object) => {
  const request = new rpc.ReadRequest().setUrn(urn).setId(id);
  return service.read(properties ? request.setProperties(struct(properties)) : request);
};

describe("the provider's settings", () => {
  const explicit = "urn:pulumi:test::test::pulumi:providers:datadog-org-connections::payments";
  const byDefault = explicit.replace("payments", "default_0_1_0");

  async function check(args: object, of = explicit) {
    const request = new rpc.CheckRequest().setUrn(of).setNews(struct(args));
    const response = await service.checkConfig(request);
    return {
      inputs: response.getInputs()?.toJavaScript(),
      failures: response.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  it("are recorded with every credential encrypted, whether it came as a secret or not", async () => {
    const { apiKey, appKey } = payments;
    const profiles = { shop: { apiKey, appKey } };
    const args = { apiKey, appKey: secret(appKey), bearerToken: "token", profiles };
    expect(await check({ ...args, site: "datadoghq.eu", orgId: hub.id })).toEqual({
      inputs: {
        apiKey: secret(apiKey),
        appKey: secret(appKey),
        bearerToken: secret("token"),
        profiles: secret(profiles),
        site: "datadoghq.eu",
        orgId: hub.id,
      },
      failures: [],
    });
  });

  it("may lack credentials, and have values that aren't known yet", async () => {
    expect((await check({})).failures).toEqual([]);
    expect((await check({ apiKey: unknownValue, site: unknownValue })).failures).toEqual([]);
    const profiles = { shop: { site: unknownValue } };
    expect((await check({ profiles })).failures).toEqual([]);
  });

  it("may have what the engine adds", async () => {
    const added = { version: "0.1.0", pluginDownloadURL: "https://example.com", __internal: {} };
    expect((await check(added)).failures).toEqual([]);
  });

  it.each([
    [{ site: "datadoghq.moon" }, 'datadog-org-connections:site is "datadoghq.moon"'],
    [{ apiUrl: "ftp://datadog" }, "datadog-org-connections:apiUrl"],
    [{ orgId: "hub" }, "datadog-org-connections:orgId isn't a UUID"],
    [{ maxRetries: 21 }, "datadog-org-connections:maxRetries isn't a whole number"],
    [{ timeoutSeconds: "soon" }, "datadog-org-connections:timeoutSeconds isn't a whole number"],
    [{ profiles: { shop: { site: "x" } } }, "datadog-org-connections:profiles.shop.site isn't a"],
    [{ profiles: { "1x": {} } }, 'datadog-org-connections:profiles: "1x" isn\'t a valid name'],
    [{ readProfile: "my hub" }, 'datadog-org-connections:readProfile: "my hub" isn\'t a valid'],
    [{ profiles: '{"shop":{"key":"1"}}' }, "datadog-org-connections:profiles.shop.key"],
  ])("such as %j are refused with the message of every other way", async (args, message) => {
    const { failures } = await check(args);
    expect(failures).toEqual([
      { property: "", reason: expect.stringContaining(`Invalid configuration: ${message}`) },
    ]);
  });

  it("that are null count as not set", async () => {
    const profiles = { shop: { apiKey: "a", appKey: "b", bearerToken: null }, none: null };
    const nulls = { bearerToken: null, orgId: null, maxRetries: null, readProfile: null };
    const withSecret = { appKey: secret(null), apiKey: "a", profiles, ...nulls };
    expect(await check(withSecret)).toEqual({
      inputs: {
        apiKey: secret("a"),
        profiles: secret({ shop: { apiKey: "a", appKey: "b" } }),
      },
      failures: [],
    });
  });

  it("that are null aren't sent", async () => {
    service = await configured({
      bearerToken: null,
      orgId: null,
      maxRetries: null,
      profiles: null,
    });
    connect();
    await reading(fake.connections[0]?.id ?? "");
    expect(fake.requests[0]?.headers).toMatchObject({ "dd-api-key": payments.apiKey });
    expect(fake.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  const known =
    "Known settings: apiKey, appKey, bearerToken, site, apiUrl, orgId, maxRetries, timeoutSeconds, " +
    "profiles, readProfile.";
  const path = "Set the settings of a profile with `pulumi config set --path`.";

  it.each([
    ["orgID", known],
    ["hubOrgId", known],
    ["profiles.shop.apiKey", path],
  ])("that don't exist are refused without their value: %s", async (name, hint) => {
    expect(await check({ [name]: "ssw0rd" })).toEqual({
      inputs: {},
      failures: [{ property: "", reason: `${name}: no such setting exists. ${hint}` }],
    });
  });

  it.each([
    ["orgID", "Did you mean orgId?"],
    ["org_id", "Did you mean orgId?"],
    ["sites", "Did you mean site?"],
    ["maxRetrys", undefined],
    ["timeoutSecond", "Did you mean timeoutSeconds?"],
    ["profile", "Did you mean profiles?"],
    ["profiles.shop.apiKey", path],
    ["hubOrgId", undefined],
    ["x", undefined],
  ])("of the default provider may have others: %s", async (name, hint) => {
    expect(await check({ [name]: "ssw0rd", site: "datadoghq.eu" }, byDefault)).toEqual({
      inputs: { site: "datadoghq.eu" },
      failures: [],
    });
    const warning = `datadog-org-connections:${name} isn't used: no such setting exists. ${hint}`;
    expect(logged).toEqual(hint === undefined ? [] : [["warning", warning, undefined]]);
  });

  it("change without a replacement, which would replace every resource", async () => {
    const request = new rpc.DiffRequest().setOldInputs(struct({ site: "a" }));
    const diff = async (news: object) =>
      (await service.diffConfig(request.setNews(struct(news)))).toObject();
    expect(await diff({ site: "b" })).toMatchObject({ changes: DIFF_SOME, replacesList: [] });
    expect(await diff({ site: "a" })).toMatchObject({ changes: DIFF_NONE, replacesList: [] });
  });
});

it("serves nothing before it is configured, with the keys of the environment", async () => {
  service = new ProviderService({ log: async () => {} });
  vi.stubEnv("DD_HOST", fake.url);
  vi.stubEnv("DD_API_KEY", payments.apiKey);
  vi.stubEnv("DD_APP_KEY", payments.appKey);
  const list = new rpc.InvokeRequest().setTok("datadog-org-connections:index:getOrgConnections");
  for (const call of [create(), service.invoke(list)]) {
    expect(await messageOf(call)).toBe(
      "the engine hasn't configured this provider. Run the command again.",
    );
  }
  expect(fake.requestLines).toEqual([]);
  vi.unstubAllEnvs();
});

it("serves one provider: another one's settings are refused, and change nothing", async () => {
  const configure = (provider: string, args: object) => {
    const name = `urn:pulumi:test::test::pulumi:providers:datadog-org-connections::${provider}`;
    const request = new rpc.ConfigureRequest().setUrn(name).setArgs(struct(args));
    return service.configure(request);
  };
  service = new ProviderService({ log: async () => {} });
  await configure("payments", { apiUrl: fake.url, ...keysOf(payments) });
  expect(await messageOf(configure("shop", { apiUrl: fake.url, ...keysOf(shop) }))).toBe(
    "PULUMI_DEBUG_PROVIDERS attaches one plugin process, which already serves the provider " +
      "urn:pulumi:test::test::pulumi:providers:datadog-org-connections::payments. It can't also serve " +
      "urn:pulumi:test::test::pulumi:providers:datadog-org-connections::shop, because each has its own " +
      "credentials. Use one provider in this program, or unset PULUMI_DEBUG_PROVIDERS.",
  );
  await create();
  expect(fake.connections).toMatchObject([{ sourceOrgId: payments.id }]);
});

describe("check", () => {
  const check = (news: object, of = urn) =>
    service.check(new rpc.CheckRequest().setUrn(of).setNews(struct(news)));

  it("answers with the inputs in canonical form", async () => {
    const response = await check({ ...inputs, sinkOrgId: secret(hub.id.toUpperCase()) });
    expect(propertiesOf(response.getInputs())).toEqual(inputs);
    expect(response.getFailuresList()).toEqual([]);
  });

  it("names the property that is wrong", async () => {
    const [failure] = (await check({ ...inputs, sinkOrgId: "hub" })).getFailuresList();
    expect(failure?.toObject()).toEqual({
      property: "",
      reason: "sinkOrgId isn't a UUID. Set it to the receiving org's UUID.",
    });
  });

  it("takes null as not set", async () => {
    const nulls = { profile: secret(null), adoptExisting: null };
    const response = await check({ ...inputs, ...nulls });
    expect(propertiesOf(response.getInputs())).toEqual(inputs);
    expect(response.getFailuresList()).toEqual([]);
  });

  it("warns at the resource", async () => {
    await check({ ...inputs, connectionTypes: ["spans"] });
    const warning = expect.stringMatching(
      /^connection type "spans" isn't known to this package\. /,
    );
    expect(logged).toEqual([["warning", warning, urn]]);
  });

  it("refuses another type of resource", async () => {
    const other = urn.replace("OrgConnection", "OrgConection");
    expect(await messageOf(check(inputs, other))).toBe(
      'there is no resource type "datadog-org-connections:index:OrgConection"; there is ' +
        "datadog-org-connections:index:OrgConnection",
    );
  });

  it("takes a resource with parents of other types", async () => {
    const child = urn.replace("::datadog", "::my:index:Parent$datadog");
    expect((await check(inputs, child)).getFailuresList()).toEqual([]);
  });
});

describe("diff", () => {
  const olds = { ...inputs, sourceOrgId: payments.id };

  async function diff(recorded: object, news: object, ignoreChanges: string[] = []) {
    const request = new rpc.DiffRequest()
      .setUrn(urn)
      .setId(missing)
      .setOlds(struct(recorded))
      .setNews(struct(news))
      .setIgnorechangesList(ignoreChanges);
    const response = await service.diff(request);
    const { changes, replacesList, diffsList } = response.toObject();
    expect(response.getHasdetaileddiff()).toBe(true);
    const detailed = response.getDetaileddiffMap().toObject(false, rpc.PropertyDiff.toObject);
    const kinds = Object.fromEntries(detailed.map(([name, { kind }]) => [name, kind]));
    return { changes, replacesList, diffsList, kinds };
  }

  const none = { changes: DIFF_NONE, replacesList: [], diffsList: [], kinds: {} };

  it("tells each property that changes, and how", async () => {
    expect(await diff(olds, inputs)).toEqual(none);
    expect(await diff(olds, { ...inputs, connectionTypes: ["audit"] })).toEqual({
      changes: DIFF_SOME,
      replacesList: [],
      diffsList: ["connectionTypes"],
      kinds: { connectionTypes: UPDATE },
    });
    const elsewhere = { sinkOrgId: shop.id, connectionTypes: ["audit"] };
    expect(await diff(olds, elsewhere)).toEqual({
      changes: DIFF_SOME,
      replacesList: ["sinkOrgId"],
      diffsList: ["sinkOrgId", "connectionTypes"],
      kinds: { sinkOrgId: UPDATE_REPLACE, connectionTypes: UPDATE },
    });
  });

  it("tells whether a profile is added or removed", async () => {
    const profiles = { payments: { ...payments, orgId: payments.id } };
    const { apiKey, appKey, orgId } = profiles.payments;
    service = await configured({ orgId, profiles: { pay: { apiKey, appKey, orgId } } });
    const pay = { ...inputs, profile: "pay" };
    expect((await diff(olds, pay)).kinds).toEqual({ profile: ADD });
    expect((await diff({ ...pay, sourceOrgId: orgId }, inputs)).kinds).toEqual({ profile: DELETE });
    expect((await diff({ ...olds, sourceOrgId: shop.id }, pay)).kinds).toEqual({
      profile: ADD_REPLACE,
    });
    expect((await diff({ ...pay, sourceOrgId: shop.id }, inputs)).kinds).toEqual({
      profile: DELETE_REPLACE,
    });
  });

  it.each([["connectionTypes"], ["connectionTypes[0]"], ['["connectionTypes"]'], ["*"]])(
    "ignores what the program ignores, by the path %s",
    async (path) => {
      const drifted = { ...olds, connectionTypes: ["audit"] };
      expect(await diff(drifted, inputs, [path])).toEqual(none);
      expect(await diff(drifted, inputs, ["sinkOrgId"])).toMatchObject({ changes: DIFF_SOME });
    },
  );
});

describe("a preview", () => {
  it("of a creation shows what is known, and sends nothing", async () => {
    const request = new rpc.CreateRequest().setUrn(urn).setPreview(true);
    const response = await service.create(
      request.setProperties(struct({ ...inputs, profile: unknownValue, adoptExisting: true })),
    );
    expect(response.getId()).toBe("");
    expect(propertiesOf(response.getProperties())).toEqual({
      ...inputs,
      profile: unknownValue,
      sinkOrgName: unknownValue,
      sourceOrgId: unknownValue,
      sourceOrgName: unknownValue,
      createdAt: unknownValue,
      createdBy: unknownValue,
      createdByName: unknownValue,
    });
    expect(fake.requests).toEqual([]);
  });

  it("of an update keeps what is recorded, and sends nothing", async () => {
    const olds = { ...inputs, sinkOrgName: "Hub", sourceOrgId: payments.id };
    const request = new rpc.UpdateRequest().setUrn(urn).setId(missing).setPreview(true);
    const news = { ...inputs, connectionTypes: ["audit"], adoptExisting: true };
    const response = await service.update(request.setOlds(struct(olds)).setNews(struct(news)));
    expect(propertiesOf(response.getProperties())).toEqual({ ...olds, connectionTypes: ["audit"] });
    expect(fake.requests).toEqual([]);
  });
});

describe("a connection", () => {
  it("lives through create, read, update and delete", async () => {
    const { id, outputs } = await create();
    expect(outputs).toMatchObject({ ...inputs, sinkOrgName: "Hub", sourceOrgName: "Payments" });

    const read = await reading(id, outputs);
    expect(read.getId()).toBe(id);
    expect(propertiesOf(read.getProperties())).toEqual(outputs);
    expect(propertiesOf(read.getInputs())).toEqual(inputs);

    const news = { ...inputs, connectionTypes: ["audit"] };
    const request = new rpc.UpdateRequest().setUrn(urn).setId(id).setOlds(struct(outputs));
    const updated = await service.update(request.setNews(struct(news)));
    expect(propertiesOf(updated.getProperties())).toEqual({ ...outputs, ...news });

    service = await configured({});
    await service.delete(
      new rpc.DeleteRequest().setUrn(urn).setId(id).setProperties(struct(outputs)),
    );
    expect(fake.connections).toEqual([]);
    expect((await reading(id, outputs)).getId()).toBe("");
  });

  it("keeps the types that the program ignores when something else is updated", async () => {
    const { apiKey, appKey } = payments;
    service = await configured({ profiles: { pay: { apiKey, appKey } } });
    const id = connect();
    const request = new rpc.UpdateRequest()
      .setUrn(urn)
      .setId(id)
      .setOlds(struct(inputs))
      .setNews(struct({ ...inputs, profile: "pay", connectionTypes: ["audit"] }))
      .setIgnorechangesList(["connectionTypes"]);
    const outputs = propertiesOf((await service.update(request)).getProperties());
    expect(outputs).toEqual({ ...inputs, profile: "pay" });
    expect(fake.requests).toEqual([]);
  });

  it("is imported by nothing but its id", async () => {
    const id = connect();
    const read = await reading(id.toUpperCase());
    expect(read.getId()).toBe(id);
    expect(propertiesOf(read.getProperties())).toMatchObject({
      ...inputs,
      sourceOrgName: "Payments",
    });
    expect(propertiesOf(read.getInputs())).toEqual(inputs);
  });

  it("of a credential profile is imported by the profile and its id", async () => {
    const { apiKey, appKey } = payments;
    const args = { apiKey: "", appKey: "", profiles: { "team-pay": { apiKey, appKey } } };
    service = await configured(args);
    const id = connect();
    const read = await reading(`team-pay/${id}`);
    expect(read.getId()).toBe(id);
    expect(propertiesOf(read.getInputs())).toEqual({ ...inputs, profile: "team-pay" });
  });

  it("of another source can be read by its sink (`get`), but not imported", async () => {
    const { id } = fake.connect({ source: shop, sink: payments, types: ["logs"] });
    expect((await reading(id, { sinkOrgId: payments.id })).getId()).toBe(id);
    // Newer engines pass an import properties with nothing in them.
    for (const none of [undefined, {}]) {
      expect(await messageOf(reading(id, none))).toContain(
        `the connection ${id} has the source org ${shop.id}, but the credentials belong to the org ${payments.id}.`,
      );
    }
  });

  it("that nobody knows can't be imported", async () => {
    expect(await messageOf(reading(missing))).toContain(
      "these credentials see no connection with this id.",
    );
  });
});

describe("getOrgConnections", () => {
  async function invoke(args: object, token = "datadog-org-connections:index:getOrgConnections") {
    const request = new rpc.InvokeRequest().setTok(token).setArgs(struct(args));
    const response = await service.invoke(request);
    return {
      result: propertiesOf(response.getReturn()),
      failures: response.getFailuresList().map((failure) => failure.toObject()),
    };
  }

  it("lists connections", async () => {
    const id = connect();
    fake.connect({ source: payments, sink: shop, types: ["logs"] });
    const { result, failures } = await invoke({ sinkOrgId: secret(hub.id) });
    expect(failures).toEqual([]);
    expect(result).toEqual({ connections: [expect.objectContaining({ id, ...inputs })] });
  });

  it("takes null as not set", async () => {
    const id = connect();
    const { result } = await invoke({ profile: secret(null), sinkOrgId: null, sourceOrgId: null });
    expect(result).toMatchObject({ connections: [{ id }] });
  });

  it("refuses arguments that it doesn't have, and values that aren't strings", async () => {
    expect(await invoke({ sink: hub.id, sourceOrgId: 7 })).toEqual({
      result: {},
      failures: [
        {
          property: "sink",
          reason: "no such argument exists. Known arguments: profile, sinkOrgId, sourceOrgId.",
        },
        { property: "sourceOrgId", reason: "it isn't a string." },
      ],
    });
    expect(fake.requests).toEqual([]);
  });

  it("is the only function", async () => {
    expect(await messageOf(invoke({}, "datadog-org-connections:index:getConnections"))).toBe(
      'there is no function "datadog-org-connections:index:getConnections"; there is ' +
        "datadog-org-connections:index:getOrgConnections",
    );
  });
});
