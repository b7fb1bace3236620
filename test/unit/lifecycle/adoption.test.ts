import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, namespace, newProvider } from "../fixture.ts";

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
    expect(await provider.create(adopting)).toMatchObject({ id, outputs: inputs });
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

  it("takes over one of other types, PATCHes them, and keeps the names", async () => {
    const id = connect();
    const { outputs } = await provider.create({ ...adopting, connectionTypes: ["audit"] });
    expect(outputs).toMatchObject({ connectionTypes: ["audit"], sinkOrgName: "Hub" });
    expect(fake.requestLines).toEqual([list, validate, `PATCH ${path}/${id} 200`]);
    await provider.delete(id, { ...inputs, sourceOrgId: orgs.payments.id });
    expect(fake.connections).toMatchObject([{ id, types: ["audit"] }]);
  });

  it("takes over nothing if the source of the credentials can't be proved", async () => {
    const id = connect();
    fake.addCredentials(orgs.payments, { token: "ddsat_1" });
    const { [`${namespace}:apiUrl`]: url = "" } = configOf(fake);
    const withToken = newProvider({
      [`${namespace}:apiUrl`]: url,
      [`${namespace}:bearerToken`]: "ddsat_1",
    });
    expect(await messageOf(withToken.create(adopting))).toBe(
      `Cannot create the org connection to ${orgs.hub.id}: the connection ${id} has the source org ` +
        `${orgs.payments.id}, but it can't be verified that the credentials belong to it. Nothing was ` +
        "changed. Use an API key and an application key, or set orgId to the UUID of the " +
        "token's org.",
    );
    expect(fake.requestLines).toEqual([list]);
  });

  it("creates where there is nothing to take over", async () => {
    const { id } = await provider.create(adopting);
    expect(fake.connections).toMatchObject([{ id }]);
    expect(fake.requestLines).toEqual([list, `POST ${path} 200`]);
    await newProvider(configOf(fake)).delete(id, { ...inputs, sourceOrgId: orgs.payments.id });
    expect(fake.connections).toEqual([]);
  });

  it("never takes over a connection of another source", async () => {
    const id = connect(orgs.shop, orgs.payments);
    const call = provider.create({ ...adopting, sinkOrgId: orgs.payments.id });
    expect(await messageOf(call)).toContain(
      `the connection ${id} has the source org ${orgs.shop.id}, but the credentials belong to the org ${orgs.payments.id}.`,
    );
    expect(fake.requestLines).toEqual([list, validate]);
  });
});

it("another profile of the same org is recorded without a request", async () => {
  const olds = { ...inputs, profile: "payments", sinkOrgName: "Hub" };
  expect(await provider.update("1", olds, { ...inputs, profile: "pay" })).toEqual({
    ...olds,
    profile: "pay",
  });
  expect(fake.requests).toEqual([]);
});
