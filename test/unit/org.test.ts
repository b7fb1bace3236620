import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { InstantClock } from "./clock.ts";
import {
  configOf,
  connectionLines,
  expectSoon,
  inputsTo,
  messageOf,
  namespace,
  newOrg,
  newProvider,
  profilesConfig,
  recordedAs,
  shortLines,
} from "./fixture.ts";

const { data, hub, payments, security, shop } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;

const token = { bearerToken: "ddsat_1" };
const missing = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";

beforeEach(() => {
  fake = datadog();
  fake.addCredentials(payments, { token: token.bearerToken });
});

const connect = (source = payments, sink = hub) =>
  fake.connect({ source, sink, types: ["logs"] }).id;

/** Refuses a question about the credentials as Datadog would. */
const refuse = (path: string, status: number, times = 9) =>
  fake.fault({ kind: "status", status, body: '{"errors":["No"]}', path, times });

describe("the identity", () => {
  it.each([
    ["keys", {}],
    ["a token", { credentials: token }],
  ])("of %s is what Datadog says, asked once", async (_what, options) => {
    const org = newOrg(fake, options);
    const [identity] = await Promise.all([org.identity(), org.identity()]);
    expect(identity).toMatchObject({
      orgId: payments.id,
      orgName: "Payments",
      user: { id: payments.user.id, name: "Ada", isServiceAccount: false, isDisabled: false },
      permissions: expect.arrayContaining(["org_connections_write"]),
    });
    expect(shortLines(fake)).toEqual(["GET current_user 200"]);
  });

  it.each([401, 403, 404])("is that of the API key if Datadog answers %d", async (status) => {
    refuse("current_user", status);
    expect(await newOrg(fake).ownId()).toBe(payments.id);
    expect(await newOrg(fake, { credentials: token }).ownId()).toBeUndefined();
    expect(shortLines(fake)).toEqual([
      `GET current_user ${status}`,
      "GET validate 200",
      `GET current_user ${status}`,
    ]);
  });

  it("is unknown if Datadog knows neither question", async () => {
    refuse("current_user", 404);
    refuse("validate", 404);
    expect(await newOrg(fake).ownId()).toBeUndefined();
  });

  it.each([
    ["current_user", 500, 'Datadog answered 500 Internal Server Error ("No")'],
    ["validate", 503, 'Datadog answered 503 Service Unavailable ("No")'],
    ["validate", 403, 'Datadog answered 403 Forbidden ("No")'],
  ])(
    "isn't unknown because %s fails with %d: the failure is shown",
    async (path, status, message) => {
      if (path === "validate") refuse("current_user", 403);
      refuse(path, status);
      expect(await messageOf(newOrg(fake, { maxRetries: 0 }).identity())).toBe(message);
    },
  );
});

it("connections that two reads miss in the list at once are looked for in one more list", async () => {
  const org = newOrg(fake);
  await org.list();
  const id = connect();
  expect(await Promise.all([id, missing].map((each) => org.byId(each)))).toMatchObject([
    { id },
    undefined,
  ]);
  expect(shortLines(fake)).toEqual(["GET list 200", "GET list 200"]);
});

it("a connection that is looked for by its id may be the malformed entry of a list", async () => {
  const json = { data: [{ type: "org_connection", id: missing }], meta: {} };
  fake.fault({ kind: "unexpectedResponse", json, times: 2 });
  expect(await messageOf(newOrg(fake).byId(missing))).toContain(`number 0 (id ${missing}), that`);
});

describe("an orgId of another org", () => {
  const settings = { [`${namespace}:orgId`]: security.id };

  it.each(["create", "import", "update", "delete"] as const)(
    "stops %s, naming both orgs",
    async (operation) => {
      const id = connect();
      const provider = newProvider({ ...configOf(fake), ...settings });
      const call = {
        create: () => provider.create(inputsTo(hub)),
        import: () => provider.create({ ...inputsTo(hub), importId: id }),
        update: () =>
          provider.update(id, inputsTo(hub), { ...inputsTo(hub), connectionTypes: ["audit"] }),
        delete: () => provider.delete(id, recordedAs(hub)),
      }[operation];
      expect(await messageOf(call())).toContain(
        `the credentials belong to the org ${payments.id}, but orgId is ${security.id}. Nothing was changed.`,
      );
      expect(connectionLines(fake).filter((line) => !line.startsWith("GET"))).toEqual([]);
      expect(fake.connections).toMatchObject([{ id, types: ["logs"] }]);
    },
  );
});

describe("a connection that was created for another org than orgId", () => {
  const clock = new InstantClock();
  const create = () => {
    refuse("current_user", 403);
    return messageOf(
      newOrg(fake, { credentials: token, orgId: security.id, clock }).create(hub.id, ["logs"]),
    );
  };
  const byHand = () =>
    `Datadog created the connection ${fake.connections[0]?.id} from the source org ${payments.id} to the ` +
    `sink org ${hub.id}, but orgId is ${security.id}. Delete it by hand in the org ${payments.id}. Set ` +
    `credentials of the org ${security.id}, or correct orgId.`;

  it("is deleted again", async () => {
    expect(await create()).toMatch(/, but orgId is \S+ It was deleted again\. Set credentials/);
    expect(connectionLines(fake)).toEqual(["POST 200", "DELETE 200"]);
    expect(fake.connections).toEqual([]);
  });

  it("is named if it can't be deleted", async () => {
    fake.fault({ kind: "status", status: 403, body: '{"errors":["No"]}', method: "DELETE" });
    expect(await create()).toBe(byHand());
  });

  it("isn't deleted if only the list shows it: somebody else may have created it", async () => {
    fake.fault({ kind: "resetAfter", method: "POST" });
    expect(await create()).toBe(byHand());
    expect(fake.connections).toHaveLength(1);
  });

  it("stays if Datadog doesn't name its source", async () => {
    fake.answers = { relationships: [] };
    expect(await create()).toBe("nothing was thrown");
    expect(fake.connections).toHaveLength(1);
  });
});

describe("readProfile", () => {
  const keysOf = ({ apiKey, appKey }: typeof hub) => ({ apiKey, appKey });
  /** Reads through the hub; no key of a source org is there unless a test gives it. */
  const readThroughHub = (profiles: Record<string, object> = {}) =>
    newProvider({
      ...profilesConfig(fake, { hub: keysOf(hub), ...profiles }),
      [`${namespace}:readProfile`]: "hub",
    });
  const ofPayments = (sink = hub) => ({ profile: "payments", ...recordedAs(sink) });

  it("reads the connections of source orgs without a key of theirs", async () => {
    expect(await readThroughHub().read(connect(), ofPayments())).toMatchObject({
      inputs: { ...inputsTo(hub), profile: "payments" },
    });
    expect(new Set(fake.requests.map(({ org }) => org))).toEqual(new Set(["Hub"]));
  });

  it("leaves a connection in which its org takes no part to the connection's own profile", async () => {
    const id = connect(payments, security);
    const provider = readThroughHub({ payments: keysOf(payments) });
    expect(await provider.read(id, ofPayments(security))).toMatchObject({ id });
    expect(await messageOf(readThroughHub().read(id, ofPayments(security)))).toContain(
      `Cannot read the org connection ${id}: there is no credential profile "payments".`,
    );
  });

  it.each([
    ["its keys are refused", "org_connections", 403],
    ["its org can't be asked for", "current_user", 500],
  ])("fails, and is named, if %s", async (_, path, status) => {
    const id = connect();
    refuse(path, status);
    const provider = readThroughHub({ payments: keysOf(payments) });
    expect(await messageOf(provider.read(id, ofPayments()))).toMatch(
      /^Cannot read .* through readProfile "hub": Datadog answered \d+/,
    );
    expect(fake.requests.filter(({ org }) => org !== "Hub")).toEqual([]);
  });

  it("never writes, nor reads for the first time (`get`, import)", async () => {
    const provider = readThroughHub({ payments: keysOf(payments) });
    await provider.read(connect(payments, shop), { profile: "payments" });
    await provider.delete(connect(), ofPayments());
    await provider.create(ofPayments());
    expect(new Set(fake.requests.map(({ org }) => org))).toEqual(new Set(["Payments"]));
  });
});

describe("the warning about a person's account", () => {
  let clock: InstantClock;
  let reported: string[];

  beforeEach(() => {
    clock = new InstantClock();
    reported = [];
  });

  const newOne = (config: Record<string, string> = configOf(fake)) =>
    newProvider(config, { clock, report: (_severity, message) => reported.push(message) });
  const keysOf = ({ apiKey, appKey }: typeof payments) => ({ apiKey, appKey });
  const warning = (name: string, profile = "") =>
    `the credentials${profile} belong to ${name}, a person. Datadog deletes the connections that they ` +
    "create when that person's account is deactivated. Use the keys of a service account.";

  it("is shown once for each profile", async () => {
    const provider = newOne(profilesConfig(fake, { pay: keysOf(payments), shop: keysOf(shop) }));
    for (const profile of ["pay", "shop"]) {
      for (const sink of [hub, data]) await provider.create({ ...inputsTo(sink), profile });
    }
    expect(reported).toEqual([
      warning("Ada", ' of the profile "pay"'),
      warning("Grace", ' of the profile "shop"'),
    ]);
  });

  it.each([
    [
      "names the handle of a person without a name",
      { name: null, handle: "new@example.com" },
      ["new@example.com"],
    ],
    ["has no control characters", { name: "A\u001b[31md\na\u202e" }, ["A [31md a "]],
    ["isn't shown for a service account", { isServiceAccount: true }, []],
  ])("%s", async (_what, seed, names) => {
    fake.addCredentials(payments, { token: "ddsat_2" }, "write", {
      user: fake.addUser(payments, seed),
    });
    const config = { [`${namespace}:apiUrl`]: fake.url, [`${namespace}:bearerToken`]: "ddsat_2" };
    await newOne(config).create(inputsTo(hub));
    expect(reported).toEqual(names.map((name) => warning(name)));
  });

  it("isn't shown if nothing was created", async () => {
    connect();
    const provider = newOne();
    await provider.create({ ...inputsTo(hub), adoptExisting: true });
    await messageOf(newOne().create(inputsTo(hub)));
    await provider.read(missing, recordedAs(shop));
    expect(reported).toEqual([]);
  });

  it.each<[string, Parameters<FakeDatadog["fault"]>[0]]>([
    ...[401, 403, 404, 429, 500].map((status): [string, Parameters<FakeDatadog["fault"]>[0]] => [
      String(status),
      { kind: "status", status, headers: { "retry-after": "60" } },
    ]),
    ["garbage", { kind: "unexpectedResponse", json: { data: 7 } }],
    ["a lost connection", { kind: "resetBefore" }],
  ])("can't fail a creation, nor hold one up: %s", async (_what, fault) => {
    fake.fault({ ...fault, path: "current_user", times: 9 });
    const provider = newOne();
    await provider.create(inputsTo(hub));
    await provider.create(inputsTo(shop));
    expect(fake.connections).toHaveLength(2);
    expect(shortLines(fake).filter((line) => line.includes("current_user"))).toHaveLength(1);
    expect([...clock.waits, ...reported]).toEqual([]);
  });

  it("is waited for at most a second after the answer to the POST", async () => {
    fake.fault({ kind: "hangBefore", path: "current_user" });
    const outcome = newOne().create(inputsTo(hub));
    await expectSoon(() => clock.timeouts.at(-1)).toBe(1); // the POST was answered
    clock.expire(1);
    expect(await outcome).toMatchObject({ outputs: inputsTo(hub) });
    expect(clock.timeouts.filter((seconds) => seconds === 1)).toHaveLength(1);
    expect(reported).toEqual([]);
  });

  it("can't fail if another resource's question does", async () => {
    const [question, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    fake.fault({ kind: "status", status: 400, body: '{"errors":["No"]}', path: "current_user" });
    fake.beforeAnswer = async ({ path }) => {
      if (!path.includes("current_user")) return;
      question.resolve();
      await answer.promise;
    };
    const provider = newOne();
    const deletion = messageOf(provider.delete(missing, inputsTo(shop)));
    await question.promise;
    const creation = provider.create(inputsTo(hub));
    await expectSoon(() => clock.timeouts.at(-1)).toBe(1);
    answer.resolve();
    expect(await deletion).toContain('400 Bad Request ("No")');
    clock.expire(1);
    expect(await creation).toMatchObject({ outputs: inputsTo(hub) });
  });
});

it("the option import, an adoption and a deletion work with a token and without an orgId", async () => {
  const config = { [`${namespace}:apiUrl`]: fake.url, [`${namespace}:bearerToken`]: "ddsat_1" };
  const id = connect();
  expect(await newProvider(config).create({ ...inputsTo(hub), importId: id })).toMatchObject({
    id,
  });
  expect(await newProvider(config).create({ ...inputsTo(hub), adoptExisting: true })).toMatchObject(
    { id },
  );
  await newProvider(config).delete(id, recordedAs(hub));
  expect(await newProvider(config).read(id, recordedAs(hub))).toEqual({ id: "" });
  await newProvider(config).delete(id, recordedAs(hub));
});
