import { beforeEach, describe, expect, it, vi } from "vitest";
import { unknownValue } from "../../provider/unknown.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  configOf,
  connectionLines,
  inputsTo,
  messageOf,
  namespace,
  newProvider,
  profilesConfig,
  recordedAs,
  shortLines,
} from "./fixture.ts";

const { data, hub, payments, security, shop } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;
let reported: string[];

const inputs = inputsTo(hub);
const recorded = recordedAs(hub);
const missing = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";

beforeEach(() => {
  fake = datadog();
  reported = [];
  provider = newOperation();
});

const newOperation = () =>
  newProvider(configOf(fake), {
    report: (severity, message) => reported.push(`${severity}: ${message}`),
  });

const connect = (source = payments, sink = hub) =>
  fake.connect({ source, sink, types: ["logs"] }).id;

describe("create", () => {
  it("POSTs the sink and the types, and returns what Datadog answers", async () => {
    const { id, outputs } = await provider.create(inputs);
    expect(fake.requests.find(({ method }) => method === "POST")?.body).toEqual({
      data: {
        type: "org_connection",
        attributes: { connection_types: ["logs"] },
        relationships: { sink_org: { data: { type: "orgs", id: hub.id } } },
      },
    });
    expect(fake.connections.map((connection) => connection.id)).toEqual([id]);
    expect(outputs).toEqual({
      ...recorded,
      sinkOrgName: "Hub",
      sourceOrgName: "Payments",
      createdAt: fake.connections[0]?.createdAt,
      createdBy: payments.user.id,
      createdByName: "Ada",
    });
  });
});

describe("update", () => {
  it("PATCHes only the types, and keeps the names that the answer lacks", async () => {
    const { id, outputs } = await provider.create(inputs);
    fake.clearRequests();
    const updated = await provider.update(id, outputs, { ...inputs, connectionTypes: ["audit"] });
    expect(shortLines(fake)).toEqual(["PATCH 200"]);
    expect(fake.requests[0]?.body).toEqual({
      data: { type: "org_connection", id, attributes: { connection_types: ["audit"] } },
    });
    expect(updated).toEqual({ ...outputs, connectionTypes: ["audit"] });
  });

  it("is looked up if it isn't answered, with null in the state as not set", async () => {
    const { id, outputs } = await provider.create(inputs);
    fake.fault({ kind: "resetAfter", method: "PATCH", times: 99 });
    const olds = { ...outputs, sourceOrgId: JSON.parse("null") };
    const updated = await provider.update(id, olds, { ...inputs, connectionTypes: ["audit"] });
    expect(updated).toEqual({ ...outputs, connectionTypes: ["audit"] });
  });

  it("records another profile of the same org without a request", async () => {
    const olds = { ...inputs, profile: "payments", sinkOrgName: "Hub" };
    const news = { ...inputs, profile: "pay" };
    expect(await provider.update(missing, olds, news)).toEqual({ ...olds, profile: "pay" });
    expect(fake.requests).toEqual([]);
  });
});

describe("delete", () => {
  it("DELETEs", async () => {
    await provider.delete(connect());
    expect(shortLines(fake)).toEqual(["DELETE 200"]);
    expect(fake.connections).toEqual([]);
  });

  it("counts a connection that is gone as deleted", async () => {
    await provider.delete(missing, recorded);
    expect(shortLines(fake)).toEqual(["DELETE 404", "GET current_user 200"]);
  });

  it.each(["invisible", "of which nobody knows whether it is invisible"])(
    "doesn't count one as deleted that is %s",
    async (what) => {
      const id = connect(shop, hub);
      const isUnknown = what !== "invisible";
      for (const path of isUnknown ? ["current_user", "validate"] : []) {
        fake.fault({ kind: "status", status: 404, body: '{"errors":["No"]}', path });
      }
      expect(await messageOf(provider.delete(id, recordedAs(hub, shop)))).toContain(
        isUnknown ? "doesn't say which org" : `not to its source ${shop.id} or its sink ${hub.id}`,
      );
    },
  );

  it("works with the keys of the sink: Datadog lets either side give a connection up", async () => {
    const id = connect(shop, payments);
    await provider.delete(id, recordedAs(payments, shop));
    expect(fake.connections).toEqual([]);
  });
});

describe("read", () => {
  it("finds the connection by its id, and returns outputs and inputs", async () => {
    connect(payments, shop);
    const id = connect();
    const read = await provider.read(id, {});
    expect(read).toMatchObject({ id, inputs, outputs: { ...recorded, sourceOrgName: "Payments" } });
  });

  it("keeps the profile, in the outputs and for the program", async () => {
    const { apiKey, appKey } = payments;
    provider = newProvider(profilesConfig(fake, { pay: { apiKey, appKey } }));
    expect(await provider.read(connect(), { ...inputs, profile: "pay" })).toMatchObject({
      outputs: { profile: "pay", sourceOrgId: payments.id },
      inputs: { ...inputs, profile: "pay" },
    });
  });

  it("reports gone what isn't listed, also if it is asked for by its orgs", async () => {
    connect(payments, shop);
    expect(await provider.read(missing, recorded)).toEqual({ id: "" });
  });

  it("reports nothing gone that another org's credentials can't see", async () => {
    const id = connect(data, hub);
    expect(await messageOf(provider.read(id, recordedAs(hub, data)))).toContain(
      `belong to the org ${payments.id}, not to its source ${data.id}`,
    );
  });

  it("fails if OrgConnection.get names a connection that isn't there: nothing is recorded", async () => {
    expect(await messageOf(provider.read(missing, {}))).toBe(
      `Cannot read the org connection ${missing}: these credentials see no connection with ` +
        "this id. Check the id, and that the credentials belong to its source or its sink.",
    );
  });

  it("finds what another provider has created since the list was read", async () => {
    await provider.read(connect());
    const id = connect(payments, shop);
    expect(await provider.read(id)).toMatchObject({ id });
    expect(shortLines(fake)).toEqual(["GET list 200", "GET list 200"]);
  });

  it("of an import fails if Datadog doesn't answer which org the keys belong to", async () => {
    fake.fault({ kind: "status", status: 500, path: "current_user", times: 99 });
    expect(await messageOf(provider.read(connect(), {}, { isImport: true }))).toMatch(
      /: Datadog answered 500 Internal Server Error\. Try again later\.$/,
    );
  });

  it("may use the sink's keys, but an import may not: only the source manages a connection", async () => {
    const id = connect(shop, payments);
    expect(await provider.read(id)).toMatchObject({ id });
    expect(await messageOf(provider.read(id, {}, { isImport: true }))).toContain(
      `the connection ${id} has the source org ${shop.id}, but the credentials belong to the org ` +
        `${payments.id}. Nothing was changed. Use the credentials of the source org. To only read the `,
    );
  });

  it.each(["create", "update", "delete", "write that fails"] as const)(
    "reads the list anew after a %s",
    async (write) => {
      const id = connect(payments, shop);
      await provider.read(id, inputs);
      if (write === "create") await provider.create(inputs);
      if (write === "update")
        await provider.update(id, inputs, { ...inputs, connectionTypes: ["audit"] });
      if (write === "delete") await provider.delete(id, recorded);
      if (write === "write that fails") {
        fake.fault({ kind: "status", status: 503, method: "DELETE", times: 99 });
        expect(await messageOf(provider.delete(id, recordedAs(shop)))).toContain("503");
      }
      await provider.read(id, recorded);
      expect(shortLines(fake).filter((line) => line === "GET list 200")).toHaveLength(2);
    },
  );

  it("doesn't ask again in the same operation for a list that couldn't be read", async () => {
    fake.fault({ kind: "status", status: 403, body: '{"errors":["Forbidden"]}', path: "limit" });
    const [first, second] = [missing, hub.id].map((id) => messageOf(provider.read(id)));
    expect(await first).toContain("403");
    expect(await second).toContain(
      `same reason as "Cannot read the org connection ${missing}"; that message says what to do.`,
    );
    expect(shortLines(fake)).toEqual(["GET list 403"]);
  });
});

it("a state may have ids in upper case, and null for what isn't set", async () => {
  const id = connect();
  const [sinkOrgId, sourceOrgId] = [hub.id.toUpperCase(), payments.id.toUpperCase()];
  const state = { ...recorded, sinkOrgId, sourceOrgId, profile: JSON.parse("null") };
  expect(await provider.read(id, state)).toMatchObject({ id, inputs });
  expect(await provider.read(id, { profile: state.profile })).toMatchObject({ id, inputs });
  expect(await provider.check(state, inputs)).toEqual({ inputs, failures: [] });
  expect(await provider.diff(id, state, inputs)).toEqual({ updates: [], replaces: [] });
  await provider.delete(id, state);
  expect(reported).toEqual([expect.stringContaining("manages it now")]); // check and diff kept it
  await newOperation().delete(id, state);
  expect(fake.connections).toEqual([]);
});

describe("the requests", () => {
  const adopting = { ...inputs, adoptExisting: true };

  it("of creations are one POST each, and one question beside the first", async () => {
    for (const sink of [hub, shop, data]) await provider.create(inputsTo(sink));
    expect(connectionLines(fake)).toEqual(["POST 200", "POST 200", "POST 200"]);
    expect(shortLines(fake).filter((line) => line === "GET current_user 200")).toHaveLength(1);
    expect(fake.requests).toHaveLength(4);
  });

  it("of creations with an orgId begin with the question", async () => {
    provider = newProvider({
      ...configOf(fake),
      [`${namespace}:orgId`]: payments.id.toUpperCase(),
    });
    await provider.create(inputs);
    await provider.create(inputsTo(shop));
    expect(shortLines(fake)).toEqual(["GET current_user 200", "POST 200", "POST 200"]);
  });

  it("of an adoption are a refused POST, one list of that sink, and one question", async () => {
    const id = connect();
    expect(await provider.create(adopting)).toMatchObject({ id });
    expect(connectionLines(fake)).toEqual(["POST 409", "GET list of sink 200"]);
    expect(fake.requests).toHaveLength(3);
  });

  it("of an update with nothing to do are none", async () => {
    await provider.check(inputs, inputs);
    await provider.diff(connect(), recorded, inputs);
    expect(fake.requests).toEqual([]);
  });

  it.each([
    [3, ["GET list 200"]],
    [1001, ["GET list 200", "GET list 200"]],
  ])("of a refresh of %i connections are one for each 1,000", async (count, lines) => {
    const ids = Array.from(
      { length: count },
      (_, index) =>
        fake.connect({ source: payments, sink: fake.addOrg(`${index}`), types: ["logs"] }).id,
    );
    await Promise.all(ids.map((id) => provider.read(id, recorded)));
    expect(shortLines(fake)).toEqual(lines);
  });

  it("of a refresh are one more for each missing connection, and one question", async () => {
    const ids = [missing, security.id, data.id];
    await Promise.all(ids.map((id) => provider.read(id, recorded)));
    expect(shortLines(fake).sort()).toEqual([
      "GET current_user 200",
      "GET list 200",
      ...ids.map(() => "GET list of source and sink 200"),
    ]);
  });
});

describe("check", () => {
  const { apiKey, appKey } = payments;
  const profiles = { payments: { apiKey, appKey }, broken: { apiKey, appKey, orgId: "shop" } };
  const failuresOf = async (config: Record<string, string>, changes = {}) =>
    (await newProvider(config).check({}, { ...inputs, ...changes })).failures;
  const withProfile = (profile: unknown, changes = {}) =>
    failuresOf(profilesConfig(fake, profiles), { profile, ...changes });

  it("accepts a profile that can be used, or that isn't known yet", async () => {
    expect(await withProfile("payments")).toEqual([]);
    expect(await withProfile(unknownValue)).toEqual([]);
  });

  it.each([
    [
      "paymants",
      "",
      'there is no credential profile "paymants". Profiles: broken, payments. ' +
        "Set DD_API_KEY_PAYMANTS and DD_APP_KEY_PAYMANTS in the environment, or run `pulumi config set " +
        "--path --secret datadog-org-connections:profiles.paymants.apiKey` and the same for appKey.",
    ],
    ["broken", "", /^Invalid configuration: .*profiles\.broken\.orgId/],
    [7, "profile", "profile isn't a name. Set it to the name of a credential profile."],
    ["", "profile", "profile isn't a name. Set it to the name of a credential profile."],
  ])("refuses the profile %j", async (profile, property, reason) => {
    const expected = typeof reason === "string" ? reason : expect.stringMatching(reason);
    expect(await withProfile(profile)).toEqual([{ property, reason: expected }]);
  });

  it("reports a broken profile together with what else is wrong", async () => {
    expect(await withProfile("broken", { sinkOrgId: "hub" })).toMatchObject([
      { reason: expect.stringMatching(/^sinkOrgId isn't a UUID/) },
      { reason: expect.stringMatching(/^Invalid configuration/) },
    ]);
  });

  it("reports a profile that may be a secret once, and never shows a sink that may be one", async () => {
    const reason = "profile isn't a name. Set it to the name of a credential profile.";
    expect(await withProfile(["ssw0rd"])).toEqual([{ property: "", reason }]);
    const failures = await withProfile("broken", { sinkOrgId: "ssw0rd" });
    expect(JSON.stringify(failures)).not.toContain("ssw0rd");
  });

  it("needs credentials, from the configuration or the environment", async () => {
    const without = newProvider({});
    const reasons = [/^Missing Datadog credentials: /, /^same reason as an earlier resource; /];
    for (const reason of reasons) {
      const { failures } = await without.check({}, inputs);
      expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) }]);
    }
    vi.stubEnv("DD_API_KEY", apiKey);
    vi.stubEnv("DD_APP_KEY", appKey);
    const failures = await failuresOf({});
    vi.unstubAllEnvs();
    expect(failures).toEqual([]);
  });
});

describe("a warning", () => {
  const spans = { ...inputs, connectionTypes: ["logs", "spans"] };
  const unknownType = expect.stringMatching(
    /^warning: connection type "spans" isn't known to this package\. It is sent unchanged; check /,
  );

  it("about an unknown type is shown once in each operation", async () => {
    for (const operation of [provider, newOperation()]) {
      for (const { id } of [hub, shop]) await operation.check({}, { ...spans, sinkOrgId: id });
    }
    expect(reported).toEqual([unknownType, unknownType]);
  });

  it("about an unknown type isn't shown if the inputs fail anyway", async () => {
    await provider.check({}, { ...spans, sinkOrgId: "hub" });
    expect(reported).toEqual([]);
  });

  it("about a wait that Datadog asks for is shown once, if a user would notice the wait", async () => {
    for (const seconds of ["5", "5.001", "60"]) {
      fake.fault({ kind: "status", status: 429, headers: { "retry-after": seconds } });
    }
    await provider.read(missing, recorded);
    expect(reported).toEqual(["warning: Rate limited by Datadog; retrying in 6 s"]);
  });
});

it("a connection lives with types that are newer than this package", async () => {
  fake.knownTypes.add("spans").add("traces");
  const withTypes = (...connectionTypes: string[]) => ({ ...inputs, connectionTypes });
  const { id, outputs } = await provider.create(withTypes("traces"));
  expect(outputs).toMatchObject(withTypes("traces"));

  const news = withTypes("spans", "traces");
  expect((await provider.diff(id, outputs, news)).updates).toEqual(["connectionTypes"]);
  const updated = await provider.update(id, outputs, news);
  expect(updated).toMatchObject(news);
  expect(await provider.read(id, updated)).toMatchObject({ inputs: news, outputs: news });

  provider = newProvider(configOf(fake));
  const adopted = await provider.create({ ...withTypes("logs", "spans"), adoptExisting: true });
  expect(adopted).toMatchObject({ id, outputs: withTypes("logs", "spans") });
});
