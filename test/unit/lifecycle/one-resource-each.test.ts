import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, newProvider, profilesConfig } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;

const missing = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };

beforeEach(() => {
  fake = running();
  provider = newProvider(configOf(fake));
});

const connect = (source = orgs.payments, sink = orgs.hub) =>
  fake.connect({ source, sink, types: ["logs"] }).id;

describe("one connection has one resource of a program:", () => {
  const adopting = { ...inputs, adoptExisting: true };
  const recorded = { ...inputs, sourceOrgId: orgs.payments.id };

  it("a renamed resource keeps its connection: the old name deletes nothing", async () => {
    const id = connect();
    expect(await provider.create(adopting)).toMatchObject({ id });
    await provider.delete(id, recorded);
    expect(fake.connections).toMatchObject([{ id }]);
  });

  it("two that swap their sinks keep both connections", async () => {
    const [toHub, toShop] = [connect(), connect(orgs.payments, orgs.shop)];
    await provider.create({ ...adopting, sinkOrgId: orgs.shop.id });
    await provider.create(adopting);
    await provider.delete(toHub, recorded);
    await provider.delete(toShop, { ...recorded, sinkOrgId: orgs.shop.id });
    expect(fake.connections).toHaveLength(2);
  });

  it("what one keeps isn't deleted for another that had it before an operation was cut short", async () => {
    const id = connect();
    await provider.check(inputs, inputs);
    expect(await provider.diff(id, recorded, inputs)).toMatchObject({ updates: [], replaces: [] });
    await provider.delete(id, recorded);
    expect(fake.requests).toEqual([]);
  });

  it("what one keeps stays its own, however often the engine asks for its diff", async () => {
    const id = connect();
    await provider.check(inputs, inputs);
    await provider.diff(id, recorded, inputs);
    expect(await provider.diff(id, recorded, inputs)).toEqual({ updates: [], replaces: [] });
  });

  it("what somebody connects after the one that it kept was deleted is adopted", async () => {
    const id = connect();
    await provider.create({ ...adopting, sinkOrgId: orgs.shop.id }); // reads the list with it
    await provider.check(adopting, adopting);
    await provider.delete(id, recorded);
    const next = connect();
    expect(await provider.create(adopting)).toMatchObject({ id: next });
  });

  it("what somebody connects after the one that it wanted to keep was deleted is adopted", async () => {
    const id = connect();
    await provider.delete(id, recorded);
    await provider.check(adopting, adopting);
    expect((await provider.diff(id, recorded, adopting)).replaces).toEqual(["sinkOrgId"]);
    const next = connect();
    expect(await provider.create(adopting)).toMatchObject({ id: next });
  });

  it("what is gone needs no deletion", async () => {
    expect(await provider.read(missing, recorded)).toEqual({ id: "" });
    fake.clearRequests();
    await provider.delete(missing, recorded);
    expect(fake.requests).toEqual([]);
  });

  it("what the program doesn't declare is deleted, though a refresh asked for its diff", async () => {
    const id = connect();
    await provider.check({}, { ...inputs, sinkOrgId: orgs.shop.id });
    await provider.diff(id, recorded, inputs);
    await provider.delete(id, recorded);
    expect(fake.connections).toEqual([]);
  });

  it("what one keeps isn't adopted by a second one", async () => {
    const id = connect();
    await provider.check(inputs, inputs);
    await provider.diff(id, recorded, { ...inputs, connectionTypes: ["audit"] });
    expect(await messageOf(provider.create(adopting))).toContain("the program declares");
  });

  it("what one gives up for another that is refreshed meanwhile is adopted", async () => {
    const id = connect();
    await provider.check({ ...inputs, sinkOrgId: orgs.shop.id }, adopting);
    await provider.diff(id, recorded, inputs); // the engine refreshes the one that has it yet
    expect(await provider.create(adopting)).toMatchObject({ id });
  });

  it("what one gives up for another sink is deleted", async () => {
    const id = connect();
    await provider.check(inputs, { ...inputs, sinkOrgId: orgs.shop.id });
    await provider.diff(id, recorded, { ...inputs, sinkOrgId: orgs.shop.id });
    await provider.delete(id, recorded);
    expect(fake.connections).toEqual([]);
  });

  it("what one gives up for another source is deleted", async () => {
    const id = connect();
    const keysOf = ({ apiKey, appKey }: typeof orgs.payments) => ({ apiKey, appKey });
    const profiles = { one: keysOf(orgs.payments), two: keysOf(orgs.shop) };
    provider = newProvider(profilesConfig(fake, profiles));
    const [one, two] = ["one", "two"].map((profile) => ({ ...inputs, profile }));
    await provider.check({ ...one }, { ...two });
    await provider.diff(id, { ...recorded, ...one }, { ...two });
    await provider.delete(id, { ...recorded, ...one });
    expect(fake.connections).toEqual([]);
  });

  it("a create that failed leaves the pair free", async () => {
    fake.fault({ kind: "status", status: 403, body: '{"errors":["No"]}' });
    expect(await messageOf(provider.create(inputs))).toContain("403");
    expect(await messageOf(provider.create(inputs))).toBe("nothing was thrown");
  });

  it("a delete leaves the pair free, and nothing of it is adopted", async () => {
    const id = connect();
    const other = { ...adopting, sinkOrgId: orgs.shop.id };
    await provider.create(other);
    await provider.delete(id, recorded);
    const created = await provider.create(adopting);
    expect(created.id).not.toBe(id);
    expect(await messageOf(provider.create(adopting))).toContain("these two orgs twice");
  });

  it("another one may have the pair again once it was deleted", async () => {
    const { id, outputs } = await provider.create(inputs);
    const next = newProvider(configOf(fake));
    await next.delete(id, outputs);
    expect(await messageOf(next.create(inputs))).toBe("nothing was thrown");
  });
});
