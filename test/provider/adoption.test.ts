import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { configOf, messageOf, newProvider } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;

const path = "/api/v2/org_connections";
const list = `GET ${path}?limit=1000&offset=0 200`;
const validate = "GET /api/v2/validate 200";
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };

beforeEach(() => {
  fake = running();
  provider = newProvider(configOf(fake));
});

const connect = (source = orgs.payments, sink = orgs.hub) =>
  fake.connect({ source, sink, types: ["logs"] }).id;

describe("adoptExisting", () => {
  const adopting = { ...inputs, adoptExisting: true };

  it("takes over, after making sure that this org is the source", async () => {
    const id = connect();
    expect(await provider.create(adopting)).toMatchObject({ id, outs: inputs });
    expect(fake.requestLines).toEqual([list, validate]);
  });

  it("needs no second request where the list shows whose it is", async () => {
    const id = connect();
    connect(orgs.shop, orgs.payments);
    expect(await provider.create(adopting)).toMatchObject({ id });
    expect(fake.requestLines).toEqual([list]);
  });

  it("takes over what somebody connects between the look and the POST", async () => {
    const other = { ...adopting, sinkOrgId: orgs.shop.id };
    await provider.create(other);
    const id = connect();
    fake.clearRequests();
    expect(await provider.create(adopting)).toMatchObject({ id });
    const listToHub = `GET ${path}?limit=1000&offset=0&sink_org_id=${orgs.hub.id} 200`;
    expect(fake.requestLines).toEqual([`POST ${path} 409`, listToHub, validate]);
  });

  it("never takes over a connection of another source", async () => {
    const id = connect(orgs.shop, orgs.payments);
    const call = provider.create({ ...adopting, sinkOrgId: orgs.payments.id });
    expect(await messageOf(call)).toContain(
      `the source of the connection ${id} is the org ${orgs.shop.id}, to which these credentials don't belong.`,
    );
    expect(fake.requestLines).toEqual([list, validate]);
  });
});

describe("importId", () => {
  it("of a connection of another source is refused", async () => {
    const id = connect(orgs.shop, orgs.payments);
    const call = provider.create({ ...inputs, sinkOrgId: orgs.payments.id, importId: id });
    expect(await messageOf(call)).toContain(`the source of the connection ${id} is the org`);
  });

  it("is not recorded as an output", async () => {
    const { outs } = await provider.create({ ...inputs, importId: connect() });
    expect(outs).not.toHaveProperty("importId");
  });
});

it("another profile of the same org is recorded without a request", async () => {
  const olds = { ...inputs, sourceOrg: "payments", sinkOrgName: "Hub" };
  expect(await provider.update("1", olds, { ...inputs, sourceOrg: "pay" })).toEqual({
    outs: { ...olds, sourceOrg: "pay" },
  });
  expect(fake.requests).toEqual([]);
});

describe("one connection has one resource of a program:", () => {
  const adopting = { ...inputs, adoptExisting: true };
  const recorded = { ...inputs, sourceOrgId: orgs.payments.id };

  it("a second one that declares the same orgs fails", async () => {
    const outcomes = await Promise.all([
      messageOf(provider.create(adopting)),
      messageOf(provider.create(adopting)),
    ]);
    expect(outcomes.sort()).toEqual([
      `Cannot create the org connection to ${orgs.hub.id}: the program declares the connection between ` +
        "these two orgs twice. Remove one of them.",
      "nothing was thrown",
    ]);
    expect(fake.connections).toHaveLength(1);
  });

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
    await provider.check({}, inputs);
    expect(await provider.diff(id, recorded, inputs)).toMatchObject({ changes: false });
    await provider.delete(id, recorded);
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
    await provider.check({}, inputs);
    await provider.diff(id, recorded, { ...inputs, connectionTypes: ["audit"] });
    expect(await messageOf(provider.create(adopting))).toContain("the program declares");
  });

  it("what one gives up for another sink is deleted", async () => {
    const id = connect();
    await provider.check({}, { ...inputs, sinkOrgId: orgs.shop.id });
    await provider.diff(id, recorded, { ...inputs, sinkOrgId: orgs.shop.id });
    await provider.delete(id, recorded);
    expect(fake.connections).toEqual([]);
  });

  it("another one may have the pair again once it was deleted", async () => {
    const { id, outs } = await provider.create(inputs);
    const next = newProvider(configOf(fake));
    await next.delete(id, outs);
    expect(await messageOf(next.create(inputs))).toBe("nothing was thrown");
  });
});
