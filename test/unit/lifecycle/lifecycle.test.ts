import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;

const sinkOrgId = orgs.hub.id;
const inputs = { sinkOrgId, connectionTypes: ["logs"] };
const recorded = { ...inputs, sourceOrgId: orgs.payments.id };
const list = "GET /api/v2/org_connections?limit=1000&offset=0 200";

beforeEach(() => {
  fake = running();
  provider = newProvider(configOf(fake));
});

describe("create", () => {
  it("POSTs the sink and the types, and returns what Datadog answers", async () => {
    const { id, outputs } = await provider.create(inputs);
    expect(fake.requestLines).toEqual(["POST /api/v2/org_connections 200"]);
    expect(fake.requests[0]?.body).toEqual({
      data: {
        type: "org_connection",
        attributes: { connection_types: ["logs"] },
        relationships: { sink_org: { data: { type: "orgs", id: sinkOrgId } } },
      },
    });
    expect(fake.connections.map((connection) => connection.id)).toEqual([id]);
    expect(outputs).toEqual({
      sinkOrgId,
      sinkOrgName: "Hub",
      sourceOrgId: orgs.payments.id,
      sourceOrgName: "Payments",
      connectionTypes: ["logs"],
      createdAt: fake.connections[0]?.createdAt,
      createdBy: orgs.payments.user.id,
      createdByName: "Ada",
    });
  });

  it("leaves out what Datadog's answer leaves out: the state holds no undefined", async () => {
    const attributes = { connection_types: ["logs"], created_at: "2025-08-26T20:19:38Z" };
    const json = { data: { type: "org_connection", id: "1", attributes, relationships: {} } };
    fake.fault({ kind: "wrongShape", json });
    expect((await provider.create(inputs)).outputs).toStrictEqual({
      ...inputs,
      createdAt: "2025-08-26T20:19:38Z",
    });
  });
});

describe("update", () => {
  it("PATCHes only the types, and keeps the names that the answer lacks", async () => {
    const { id, outputs } = await provider.create(inputs);
    fake.clearRequests();
    const olds = outputs;
    const updated = await provider.update(id, olds, { sinkOrgId, connectionTypes: ["audit"] });
    expect(fake.requestLines).toEqual([`PATCH /api/v2/org_connections/${id} 200`]);
    expect(fake.requests[0]?.body).toEqual({
      data: { type: "org_connection", id, attributes: { connection_types: ["audit"] } },
    });
    expect(updated).toEqual({ ...outputs, connectionTypes: ["audit"] });
  });
});

describe("delete", () => {
  it("DELETEs", async () => {
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    await provider.delete(id);
    expect(fake.requestLines).toEqual([`DELETE /api/v2/org_connections/${id} 200`]);
    expect(fake.connections).toEqual([]);
  });

  it("takes a connection that is gone as deleted", async () => {
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    fake.remove(id);
    await provider.delete(id, recorded);
    expect(fake.requestLines).toEqual([
      `DELETE /api/v2/org_connections/${id} 404`,
      "GET /api/v2/validate 200",
    ]);
  });

  it("doesn't take what another org can't see for deleted", async () => {
    const { id } = fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["logs"] });
    const call = provider.delete(id, { ...recorded, sourceOrgId: orgs.shop.id });
    expect(await messageOf(call)).toBe(
      `Cannot delete the org connection ${id}: the credentials belong to the org ${orgs.payments.id}, but the ` +
        `connection is between ${orgs.shop.id} (source) and ${orgs.hub.id} (sink), so it may still exist. ` +
        "Set the credentials of the source org.",
    );
  });

  it("doesn't take the 404 of something else for Datadog's", async () => {
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    fake.fault({ kind: "status", status: 404, body: "<html>no such page</html>" });
    expect(await messageOf(provider.delete(id))).toBe(
      `Cannot delete the org connection ${id}: ${fake.url} answered 404 Not Found with a web page. ` +
        "This isn't an error in Datadog's format. The address of Datadog's API is https://api.SITE, " +
        "such as https://api.datadoghq.eu: check the site, apiUrl or DD_HOST, and HTTPS_PROXY.",
    );
  });
});

describe("read", () => {
  it("finds the connection by its id and returns outputs and inputs", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
    const wanted = fake.connect({
      source: orgs.payments,
      sink: orgs.hub,
      types: ["metrics", "logs"],
    });
    fake.connect({ source: orgs.payments, sink: orgs.data, types: ["logs"] });
    const found = await provider.read(wanted.id.toUpperCase(), {});
    expect(found).toStrictEqual({
      id: wanted.id,
      inputs: { sinkOrgId, connectionTypes: ["logs", "metrics"] },
      outputs: {
        sinkOrgId,
        sinkOrgName: "Hub",
        sourceOrgId: orgs.payments.id,
        sourceOrgName: "Payments",
        connectionTypes: ["logs", "metrics"],
        createdAt: wanted.createdAt,
        createdBy: orgs.payments.user.id,
        createdByName: "Ada",
      },
    });
  });

  it("reports gone what the complete list lacks", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
    const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
    expect(await provider.read(id, recorded)).toEqual({ id: "" });
    expect(fake.requestLines).toEqual([list, "GET /api/v2/validate 200"]);
  });

  it("needs no second request to know that it is gone where the list shows whose it is", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
    fake.connect({ source: orgs.payments, sink: orgs.data, types: ["logs"] });
    const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
    expect(await provider.read(id, recorded)).toEqual({ id: "" });
    expect(fake.requestLines).toEqual([list]);
  });

  it("reports nothing gone that another org's credentials can't see", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
    const { id } = fake.connect({ source: orgs.data, sink: orgs.hub, types: ["logs"] });
    const call = provider.read(id, { ...recorded, sourceOrgId: orgs.data.id });
    expect(await messageOf(call)).toContain(
      `the credentials belong to the org ${orgs.payments.id}, but the connection is between ${orgs.data.id}`,
    );
  });

  it("fails where OrgConnection.get names what doesn't exist: nothing is recorded of it", async () => {
    const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
    expect(await messageOf(provider.read(id, {}))).toBe(
      `Cannot read the org connection ${id}: no connection with this id is visible to ` +
        "these credentials. Check the id and the keys.",
    );
  });

  it("reads the list once for all connections of an operation", async () => {
    const ids = [orgs.hub, orgs.shop, orgs.data].map(
      (sink) => fake.connect({ source: orgs.payments, sink, types: ["logs"] }).id,
    );
    await Promise.all(ids.map((id) => provider.read(id, {})));
    await provider.read(ids[0] ?? "", {});
    expect(fake.requestLines).toEqual([list]);
  });

  it.each(["create", "update", "delete"] as const)("reads it anew after a %s", async (write) => {
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
    await provider.read(id, inputs);
    if (write === "create") await provider.create(inputs);
    if (write === "update")
      await provider.update(id, inputs, { ...inputs, connectionTypes: ["audit"] });
    if (write === "delete") await provider.delete(id, recorded);
    await provider.read(id, recorded);
    expect(fake.requestLines.filter((line) => line === list)).toHaveLength(2);
  });

  it("doesn't ask again in the same operation what couldn't be read", async () => {
    fake.fault({ kind: "status", status: 403, body: '{"errors":["Forbidden"]}' });
    const reads = await Promise.all([messageOf(provider.read("1")), messageOf(provider.read("2"))]);
    expect(reads.every((message) => message.includes("403"))).toBe(true);
    expect(fake.requests).toHaveLength(1);
  });

  it("needs to know the sink from somewhere", async () => {
    const attributes = { connection_types: ["logs"], created_at: "2025-08-26T20:19:38Z" };
    const json = { data: [{ type: "org_connection", id: "1", attributes, relationships: {} }] };
    fake.fault({ kind: "wrongShape", json });
    fake.fault({ kind: "wrongShape", json: { data: [] } });
    expect((await provider.read("1", inputs)).outputs).toMatchObject(inputs);
    expect(await messageOf(provider.read("1"))).toContain("the sink org. Check that the site");
  });
});
