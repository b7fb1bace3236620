import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, change, creation, keysOf, list, PATH } from "./client.ts";
import { orgs } from "./orgs.ts";
import { type FakeDatadog, startFakeDatadog } from "./service.ts";

const { hub, payments, shop, data } = orgs;

let datadog: FakeDatadog;
beforeEach(async () => {
  datadog = await startFakeDatadog();
});
afterEach(() => datadog.close());

const create = (body: unknown) => ask(datadog, { method: "POST", headers: keysOf(payments), body });

const named = (type: string, { id, name }: { id: string; name: string }) => ({
  data: { type, id, name },
});

it("creates a connection from the org of the keys, and lists it", async () => {
  const created = await create(creation(hub.id.toUpperCase(), ["metrics", "logs"]));

  const document = {
    type: "org_connection",
    id: datadog.connections[0]?.id,
    attributes: {
      connection_types: ["metrics", "logs"],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/),
    },
    relationships: {
      source_org: named("orgs", payments),
      sink_org: named("orgs", hub),
      created_by: named("users", payments.user),
    },
  };
  expect(created).toEqual({ status: 200, json: { data: document } });
  expect(await ask(datadog, { headers: keysOf(hub) })).toEqual({
    status: 200,
    json: {
      data: [document],
      included: [
        { type: "orgs", id: payments.id, attributes: { name: "Payments" } },
        { type: "orgs", id: hub.id, attributes: { name: "Hub" } },
        { type: "users", id: payments.user.id, attributes: { name: "Ada" } },
      ],
      meta: { page: { total_count: 1, total_filtered_count: 1 } },
    },
  });
});

it("answers an empty list without `included`", async () => {
  const { json } = await ask(datadog, { headers: keysOf(hub) });

  expect(json).toEqual({ data: [], meta: { page: { total_count: 0, total_filtered_count: 0 } } });
});

it("updates the types, and names nobody in the answer", async () => {
  const { id, createdAt } = datadog.connect({ source: payments, sink: hub, types: ["logs"] });

  const answer = await ask(datadog, {
    method: "PATCH",
    path: `${PATH}/${id.toUpperCase()}`,
    headers: keysOf(payments),
    body: change(id, ["audit"]),
  });

  expect(answer).toEqual({
    status: 200,
    json: {
      data: {
        type: "org_connection",
        id,
        attributes: { connection_types: ["audit"], created_at: createdAt },
        relationships: {
          source_org: { data: { type: "orgs", id: payments.id } },
          sink_org: { data: { type: "orgs", id: hub.id } },
          created_by: { data: { type: "users", id: payments.user.id } },
        },
      },
    },
  });
  expect(datadog.connections.map(({ types }) => types)).toEqual([["audit"]]);
});

it.each([payments, hub])("deletes from the side of $name", async (org) => {
  const { id } = datadog.connect({ source: payments, sink: hub, types: ["logs"] });
  const removal = { method: "DELETE", path: `${PATH}/${id}`, headers: keysOf(org) };

  expect(await ask(datadog, removal)).toEqual({ status: 200, json: {} });
  expect(datadog.connections).toEqual([]);
  expect((await create(creation(hub.id, ["logs"]))).status).toBe(200);
});

it("accepts the types that it was told to know", async () => {
  const next = await startFakeDatadog({ knownTypes: ["logs", "traces"] });
  const post = { method: "POST", headers: keysOf(payments) };

  const statuses = [
    (await ask(next, { ...post, body: creation(hub.id, ["traces"]) })).status,
    (await ask(next, { ...post, body: creation(shop.id, ["audit"]) })).status,
  ];
  await next.close();

  expect(statuses).toEqual([200, 400]);
});

describe("a list", () => {
  beforeEach(() => {
    datadog.connect({ source: payments, sink: hub, types: ["logs"] });
    datadog.connect({ source: shop, sink: hub, types: ["logs"] });
    datadog.connect({ source: hub, sink: data, types: ["logs"] });
    datadog.connect({ source: shop, sink: data, types: ["logs"] });
  });

  it.each([
    ["", ["Payments", "Shop", "Hub"], 3],
    ["?limit=2", ["Payments", "Shop"], 3],
    ["?limit=2&offset=2", ["Hub"], 3],
    ["?offset=3", [], 3],
    [`?sink_org_id=${hub.id}`, ["Payments", "Shop"], 2],
    [`?source_org_id=${shop.id.toUpperCase()}`, ["Shop"], 1],
    [`?source_org_id=${hub.id}&sink_org_id=${data.id}`, ["Hub"], 1],
    [`?sink_org_id=${hub.id}&limit=1&offset=1`, ["Shop"], 2],
  ])("of the hub with %o has %o of %i", async (query, names, filtered) => {
    const { sources, page } = await list(datadog, hub, query);

    expect(sources).toEqual(names);
    expect(page).toEqual({ total_count: 3, total_filtered_count: filtered });
  });

  it("has only what the org is a side of", async () => {
    expect((await list(datadog, payments)).sources).toEqual(["Payments"]);
    expect((await list(datadog, data)).sources).toEqual(["Hub", "Shop"]);
  });
});

it("never returns more than its page size, but every connection once", async () => {
  const small = await startFakeDatadog({ maxPageSize: 400 });
  for (let n = 0; n < 1200; n += 1) {
    small.connect({ source: payments, sink: small.addOrg(`Sink ${n}`), types: ["logs"] });
  }
  const page = (offset: number) => list(small, payments, `?limit=1000&offset=${offset}`);

  const pages = [await page(0), await page(400), await page(800), await page(1200)];
  const { connections } = small;
  await small.close();

  expect(pages.map(({ ids }) => ids.length)).toEqual([400, 400, 400, 0]);
  expect(pages.flatMap(({ ids }) => ids)).toEqual(connections.map(({ id }) => id));
});
