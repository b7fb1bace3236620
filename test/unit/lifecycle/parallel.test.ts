import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, keys, messageOf, namespace, newProvider, profilesConfig } from "../fixture.ts";

const { payments, shop, hub, security } = orgs;
const running = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;

beforeEach(() => {
  fake = running();
  provider = newProvider(configOf(fake));
});

const toHub = { sinkOrgId: hub.id, connectionTypes: ["logs"] };
const toShop = { sinkOrgId: shop.id, connectionTypes: ["logs"] };
const adopting = { ...toHub, adoptExisting: true };
const connect = (sink: { id: string } = hub) =>
  fake.connect({ source: payments, sink, types: ["logs"] }).id;
const recordedAs = (inputs: typeof toHub, sourceOrgId = payments.id) => ({
  ...inputs,
  sourceOrgId,
});

const twice = "the program declares the connection between these two orgs twice.";
const connectedTo = (sink: { id: string }) =>
  fake.connections.filter(({ sinkOrgId }) => sinkOrgId === sink.id).map(({ id }) => id);

/** Gives the provider these profiles, all with the keys of Payments. */
function useProfiles(...names: readonly string[]): void {
  const profiles = Object.fromEntries(names.map((name) => [name, keys]));
  provider = newProvider(profilesConfig(fake, profiles));
}

/** Holds the next request of a method until the test lets it be applied. */
function hold(method: string): { readonly arrived: Promise<void>; readonly release: () => void } {
  const [arrival, permission] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  fake.beforeApply = async (request) => {
    if (request.method !== method) return;
    fake.beforeApply = undefined;
    arrival.resolve();
    await permission.promise;
  };
  return { arrived: arrival.promise, release: permission.resolve };
}

/** B gives up its connection to the hub, to be replaced by one to the shop. */
async function giveUp(id: string): Promise<string> {
  await provider.delete(id, recordedAs(toHub));
  return (await provider.create(toShop)).id;
}

/** Gives the connection to the hub up; while its DELETE is on its way, another resource wants it. */
async function wantDuringDeletion(
  want: () => Promise<{ readonly id: string }>,
  { method }: { readonly method?: string } = {},
): Promise<{ readonly id: string; readonly other: string }> {
  const deletion = hold("DELETE");
  const replaced = giveUp(connectedTo(hub)[0] ?? "");
  await deletion.arrived;
  const taken = want();
  const isAnswered = (line: string) => line.startsWith(method ?? "") && / \d+$/.test(line);
  while (method && !fake.requestLines.some(isAnswered)) await setImmediate();
  deletion.release();
  const other = await replaced;
  return { id: (await taken).id, other };
}

describe("a connection that this update deletes for one resource, and another wants", () => {
  it("is created anew if the deletion was sent when the other one looked", async () => {
    connect();
    const want = () => provider.create(adopting);
    const { id, other } = await wantDuringDeletion(want, { method: "GET" });
    expect(connectedTo(shop)).toEqual([other]);
    expect(connectedTo(hub)).toEqual([id]);
  });

  it("stays if the other one took it over first", async () => {
    const id = connect();
    const look = hold("GET");
    const adopted = provider.create(adopting);
    await look.arrived;
    look.release();
    await adopted;
    await giveUp(id);
    expect(connectedTo(hub)).toEqual([id]);
    expect((await adopted).id).toBe(id);
  });

  it("is waited for if the other one is just taking it over", async () => {
    const id = connect();
    const change = hold("PATCH");
    const adopted = provider.create({ ...adopting, connectionTypes: ["audit"] });
    await change.arrived;
    const replaced = giveUp(id);
    change.release();
    expect((await adopted).id).toBe(id);
    await replaced;
    expect(fake.connections.find((one) => one.id === id)?.types).toEqual(["audit"]);
  });

  it("is created anew, though an earlier adoption had read the list with it", async () => {
    connect();
    const earlier = connect(security);
    await provider.create({ ...adopting, sinkOrgId: security.id });
    const { id } = await wantDuringDeletion(() => provider.create(adopting));
    expect(connectedTo(hub)).toEqual([id]);
    expect(connectedTo(security)).toEqual([earlier]);
  });

  it("is created anew by a resource that doesn't adopt", async () => {
    connect();
    const { id } = await wantDuringDeletion(() => provider.create(toHub), { method: "POST" });
    expect(connectedTo(hub)).toEqual([id]);
  });

  it("is created anew by the option import", async () => {
    const importId = connect();
    const { id } = await wantDuringDeletion(() => provider.create({ ...toHub, importId }));
    expect(connectedTo(hub)).toEqual([id]);
  });

  it("isn't mistaken for the one whose creation got no answer, though it is as young", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    const id = connect();
    const deletion = hold("DELETE");
    const replaced = provider.delete(id, recordedAs(toHub));
    await deletion.arrived;
    const created = provider.create(toHub);
    const isCheck = (line: string) => /^GET .*sink_org_id=.* 200$/.test(line);
    while (!fake.requestLines.some(isCheck)) await setImmediate();
    deletion.release();
    await replaced;
    const { id: taken } = await created;
    expect(connectedTo(hub)).toEqual([taken]);
  });

  it("stays if it was mistaken for one that another resource created", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    const id = connect();
    expect((await provider.create(toHub)).id).toBe(id);
    await provider.delete(id, recordedAs(toHub));
    expect(connectedTo(hub)).toEqual([id]);
  });

  it("isn't taken over if its deletion failed", async () => {
    const id = connect();
    fake.fault({ kind: "status", status: 403, body: '{"errors":["No"]}', method: "DELETE" });
    const deletion = hold("DELETE");
    const replaced = messageOf(giveUp(id));
    await deletion.arrived;
    const created = messageOf(provider.create(adopting));
    deletion.release();
    expect(await replaced).toContain("403");
    expect(await created).toBe(
      `Cannot create the org connection to ${hub.id}: deleting the connection ${id} hasn't succeeded ` +
        "in this update. Run `pulumi up` again.",
    );
  });
});

it("two connections move to another profile of the same org, one after the other", async () => {
  useProfiles("old", "new");
  for (const inputs of [toHub, toShop]) {
    const id = connect({ id: inputs.sinkOrgId });
    await provider.delete(id, { ...recordedAs(inputs), profile: "old" });
    const created = await provider.create({ ...inputs, profile: "new", adoptExisting: true });
    expect(connectedTo({ id: inputs.sinkOrgId })).toEqual([created.id]);
  }
});

it("a second connection that moves to another profile isn't adopted from an old list", async () => {
  useProfiles("old", "new");
  const ids = [connect(hub), connect(shop)];
  for (const [index, inputs] of [toHub, toShop].entries()) {
    await provider.delete(ids[index] ?? "", { ...recordedAs(inputs), profile: "old" });
    const created = await provider.create({ ...inputs, profile: "new", adoptExisting: true });
    expect(connectedTo({ id: inputs.sinkOrgId })).toEqual([created.id]);
  }
});

describe("a connection that one resource keeps, and another wants", () => {
  const wanted = { ...adopting, connectionTypes: ["metrics"] };

  it("isn't changed: the other one fails before anything is sent", async () => {
    const id = connect();
    await provider.check(toHub, toHub);
    expect(await messageOf(provider.create(wanted))).toContain(twice);
    expect(fake.connections).toMatchObject([{ id, types: ["logs"] }]);
    expect(fake.requestLines.filter((line) => !line.startsWith("GET"))).toEqual([]);
  });

  it("isn't changed with another profile of the same org either", async () => {
    useProfiles("one", "two");
    const id = connect();
    const one = { ...toHub, profile: "one" };
    await provider.check(one, one);
    await provider.diff(id, { ...one, sourceOrgId: payments.id }, one);
    expect(await messageOf(provider.create({ ...wanted, profile: "two" }))).toContain(twice);
    expect(fake.connections).toMatchObject([{ id, types: ["logs"] }]);
  });

  it("makes the one that comes second fail, whichever it is", async () => {
    connect();
    await provider.create(wanted);
    const { failures } = await provider.check(toHub, toHub);
    expect(failures).toEqual([{ property: "", reason: expect.stringContaining(twice) }]);
  });

  it("makes the diff fail if the other one has another profile of the same org", async () => {
    useProfiles("one", "two");
    const id = connect();
    await provider.create({ ...wanted, profile: "two" });
    const one = { ...toHub, profile: "one" };
    await provider.check(one, one);
    const diff = provider.diff(id, { ...one, sourceOrgId: payments.id }, one);
    expect(await messageOf(diff)).toContain(`Cannot keep the org connection ${id}: ${twice}`);
  });

  it("is replaced if it was deleted for the other one before its diff", async () => {
    const id = connect();
    await provider.delete(id, recordedAs(toHub));
    await provider.check(toHub, toHub);
    expect(await provider.diff(id, recordedAs(toHub), toHub)).toMatchObject({
      replaces: ["sinkOrgId"],
    });
    const { id: created } = await provider.create(toHub);
    await provider.delete(id, recordedAs(toHub));
    expect(connectedTo(hub)).toEqual([created]);
  });
});

describe("a replacement under the keys of another org", () => {
  const message = `the connection that is replaced has the source org ${shop.id}, but the credentials belong to the org ${payments.id}.`;

  it("isn't created", async () => {
    await provider.check(toHub, toShop);
    await provider.diff("1", recordedAs(toHub, shop.id), { ...toHub, sinkOrgId: security.id });
    const created = provider.create({ ...toHub, sinkOrgId: security.id });
    expect(await messageOf(created)).toContain(message);
    expect(fake.requestLines).toEqual(["GET /api/v2/validate 200"]);
  });

  it("isn't created after the old one was deleted either, and without a diff", async () => {
    const { id } = fake.connect({ source: shop, sink: payments, types: ["logs"] });
    await provider.delete(id, { ...toHub, sinkOrgId: payments.id, sourceOrgId: shop.id });
    expect(await messageOf(provider.create(toHub))).toContain(message);
    expect(fake.connections).toEqual([]);
  });

  it("isn't created either if the old one stays, because another resource took it over", async () => {
    const id = connect();
    await provider.create(adopting);
    await provider.delete(id, recordedAs(toHub, shop.id));
    expect(await messageOf(provider.create(toShop))).toContain(message);
    expect(connectedTo(shop)).toEqual([]);
  });

  it("is created if the state doesn't name the source of the old one", async () => {
    await provider.delete(connect(), toHub);
    expect(await messageOf(provider.create(toHub))).toBe("nothing was thrown");
    expect(fake.requestLines.filter((line) => line.includes("validate"))).toEqual([]);
  });

  it("is created if the program names another profile: that is another source", async () => {
    useProfiles("new");
    const news = { ...toHub, profile: "new" };
    await provider.diff("1", { ...recordedAs(toHub, shop.id), profile: "old" }, news);
    expect(await messageOf(provider.create(news))).toBe("nothing was thrown");
  });

  it("doesn't concern what is created with the old profile, which may be another org's by now", async () => {
    useProfiles("old", "new");
    const olds = { ...recordedAs(toHub, shop.id), profile: "old" };
    await provider.diff("1", olds, { ...toHub, profile: "new" });
    expect(await messageOf(provider.create({ ...toShop, profile: "old" }))).toBe(
      "nothing was thrown",
    );
  });

  it("isn't created with a token of which nothing shows the org", async () => {
    const gone = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
    fake.addCredentials(payments, { token: "ddsat_1" });
    const config = { [`${namespace}:apiUrl`]: fake.url, [`${namespace}:bearerToken`]: "ddsat_1" };
    provider = newProvider(config);
    expect(await messageOf(provider.delete(gone, recordedAs(toHub)))).toContain(
      "the connection isn't listed, but it can't be verified that the credentials belong to its source org",
    );
    expect(await messageOf(provider.create(toHub))).toContain(
      "it can't be verified that the credentials belong to it",
    );
    const stated = newProvider({ ...config, [`${namespace}:orgId`]: payments.id });
    await stated.delete(gone, recordedAs(toHub));
    expect(await messageOf(stated.create(toHub))).toBe("nothing was thrown");
  });
});

describe("a replacement of a connection by itself", () => {
  it("says what works if it is created first", async () => {
    connect();
    expect(await messageOf(provider.create(toHub))).toContain(
      "set the option `deleteBeforeReplace: true`",
    );
  });

  it("says what works if the engine compared the inputs only", async () => {
    const id = connect();
    await provider.check(toHub, adopting);
    await provider.check({}, adopting);
    expect(await messageOf(provider.create(adopting))).toContain(
      "set its option `deleteBeforeReplace: true`",
    );
    expect(connectedTo(hub)).toEqual([id]);
  });

  it.each([{}, { adoptExisting: true }])("works if it is deleted first: %j", async (options) => {
    const id = connect();
    const inputs = { ...toHub, ...options };
    await provider.check(inputs, inputs);
    await provider.delete(id, recordedAs(toHub));
    const { id: created } = await provider.create(inputs);
    expect(created).not.toBe(id);
    expect(connectedTo(hub)).toEqual([created]);
  });

  it("works in the next operation if only the deletion was done", async () => {
    await provider.check(adopting, adopting);
    await provider.diff("1", recordedAs(toHub), adopting); // "no changes", and yet the engine creates
    const id = connect(); // what the first attempt created, though its answer was lost
    await provider.check({}, adopting);
    expect((await provider.create(adopting)).id).toBe(id);
  });

  it("says what works if it failed after another resource had taken the connection over", async () => {
    const id = connect();
    await provider.check(adopting, adopting);
    await provider.diff(id, recordedAs(toHub), adopting); // "no changes", and yet the engine creates
    await provider.check({}, adopting);
    expect(await messageOf(provider.create(adopting))).toContain(
      "if its replacement failed earlier, set `adoptExisting: true` in its arguments and remove it " +
        "from the state with `pulumi state delete`.",
    );
    expect(fake.requestLines).toEqual([expect.stringMatching(/^GET /)]);
  });

  it("that takes over its own connection says that it stays", async () => {
    const id = connect();
    const reported: string[] = [];
    provider = newProvider(configOf(fake), { report: (...report) => reported.push(...report) });
    await provider.create(adopting);
    await provider.delete(id, recordedAs(toHub));
    await provider.delete(connect(shop), recordedAs(toShop)); // nothing to say of this one
    expect(reported).toEqual([
      "info",
      `the org connection ${id} wasn't deleted: another resource of the program manages it now`,
    ]);
  });
});

describe("the option import that stays in the program", () => {
  it("doesn't prevent that a connection deleted by hand is created again", async () => {
    const id = connect();
    fake.remove(id);
    expect(await provider.read(id, recordedAs(toHub))).toEqual({ id: "" });
    const { id: created } = await provider.create({ ...toHub, importId: id });
    expect(connectedTo(hub)).toEqual([created]);
  });

  it("doesn't prevent another sink", async () => {
    const id = connect();
    const news = { ...toShop, importId: id };
    await provider.check({ ...toHub, importId: id }, news);
    await provider.diff(id, recordedAs(toHub), news);
    const { id: created } = await provider.create(news);
    expect(connectedTo(shop)).toEqual([created]);
  });

  it("says what to do if nothing is recorded any more", async () => {
    const id = connect();
    fake.remove(id);
    expect(await messageOf(provider.create({ ...toHub, importId: id }))).toContain(
      "If it was imported before and deleted since, remove the option import, and a new one is created.",
    );
  });
});
