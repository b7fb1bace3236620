import { expect, it } from "vitest";
import { ask, type Call, create, keysOf, PATH, remove, update } from "./client.ts";
import { orgs } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop, data } = orgs;
const asHub = { headers: keysOf(hub) };
const datadog = useFakeDatadog();

const json = async (call: Call) => (await ask(datadog(), call)).json;
const reference = (type: string, id: string, name?: string) => ({ data: { type, id, name } });

it("creates, lists, updates and deletes a connection", async () => {
  const created = await json(create(hub.id.toUpperCase(), ["metrics", "logs"]));
  const id = datadog().connections[0]?.id ?? "none";
  const created_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
  const connection = {
    type: "org_connection",
    id,
    attributes: { connection_types: ["metrics", "logs"], created_at },
    relationships: {
      source_org: reference("orgs", payments.id, "Payments"),
      sink_org: reference("orgs", hub.id, "Hub"),
      created_by: reference("users", payments.user.id, "Ada"),
    },
  };
  expect(created).toEqual({ data: connection });
  expect(await json(asHub)).toEqual({
    data: [connection],
    included: [
      { type: "orgs", id: payments.id, attributes: { name: "Payments" } },
      { type: "orgs", id: hub.id, attributes: { name: "Hub" } },
      { type: "users", id: payments.user.id, attributes: { name: "Ada" } },
    ],
    meta: { page: { total_count: 1, total_filtered_count: 1 } },
  });
  const updated = await json(update(id.toUpperCase(), ["audit"]));
  expect(updated).toMatchObject({ data: { id, attributes: { connection_types: ["audit"] } } });
  expect(JSON.stringify(updated)).not.toContain("name");
  expect(await ask(datadog(), { ...remove(id), ...asHub })).toEqual({ status: 200, json: {} });
  const page = { total_count: 0, total_filtered_count: 0 };
  expect(await json({})).toEqual({ data: [], meta: { page } });
});

it.each([
  ["", ["Payments", "Shop", "Hub"], 3],
  ["?limit=2&offset=2", ["Hub"], 3],
  [`?sink_org_id=${hub.id}`, ["Payments", "Shop"], 2],
  [`?source_org_id=${shop.id.toUpperCase()}`, ["Shop"], 1],
  [`?source_org_id=${hub.id}&sink_org_id=${data.id}`, ["Hub"], 1],
  [`?sink_org_id=${hub.id}&limit=1&offset=1`, ["Shop"], 2],
])(
  "with the query %o, the hub's list has the connections of %o, and counts %i",
  async (query, sources, filtered) => {
    const pairs = [
      [payments, hub],
      [shop, hub],
      [hub, data],
      [shop, data],
    ] as const;
    for (const [source, sink] of pairs) datadog().connect({ source, sink, types: ["logs"] });
    expect(await json({ path: PATH + query, ...asHub })).toMatchObject({
      data: sources.map((name) => ({ relationships: { source_org: { data: { name } } } })),
      meta: { page: { total_count: 3, total_filtered_count: filtered } },
    });
  },
);

const NOBODY = "00000000-0000-0000-0000-000000000000";
const OWN = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const FOREIGN = "2b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const INVALID = "Validation failed for input.";
const between = (sink: string) => `connection between orgs ${payments.id} and ${sink}`;
const missing = (id: string) => `rg connection with id:${id} not found not found`;

it.each<[what: string, call: Call, status: number, text: string]>([
  ["a repeated type", create(shop.id, ["logs", "logs"]), 400, `${between(shop.id)} is not allowed`],
  ["a second connection", create(hub.id.toUpperCase()), 409, `${between(hub.id)} already exists`],
  ["a connection to itself", create(payments.id), 400, `${between(payments.id)} is not allowed`],
  ["a connection to an unknown org", create(NOBODY), 404, "Not found"],
  ["a creation with an unknown type", create(shop.id, ["traces"]), 400, INVALID],
  ["a creation without types", create(shop.id, []), 400, INVALID],
  ["a creation with broken JSON", { ...create(shop.id), body: '{"data":' }, 400, INVALID],
  ["an update with a repeated type", update(OWN, ["logs", "logs"]), 400, INVALID],
  ["an update with another id in the body", update(OWN, ["logs"], FOREIGN), 400, INVALID],
  ["an update with an unknown type", update(OWN, ["traces"]), 400, INVALID],
  ["an update of an unknown connection", update(NOBODY, ["logs"]), 404, `O${missing(NOBODY)}`],
  ["an update by the sink", { ...update(OWN, ["audit"]), ...asHub }, 404, `O${missing(OWN)}`],
  ["a deletion of an unknown connection", remove(NOBODY), 404, `o${missing(NOBODY)}`],
  ["a deletion by an org outside the connection", remove(FOREIGN), 404, `o${missing(FOREIGN)}`],
  ["a deletion whose id isn't a UUID", remove("one"), 400, "connection id must be a valid uuid"],
  ["a limit that isn't a number", { path: `${PATH}?limit=all` }, 400, INVALID],
  ["a bad body without keys", { ...create(""), headers: {} }, 401, "Unauthorized"],
  ["a read of one connection", { path: `${PATH}/${OWN}` }, 404, "Not found"],
])("refuses %s, and changes nothing", async (_what, call, status, text) => {
  datadog().connect({ id: OWN, source: payments, sink: hub, types: ["logs"] });
  datadog().connect({ id: FOREIGN, source: shop, sink: data, types: ["logs"] });
  const before = datadog().connections;
  expect(await ask(datadog(), call)).toEqual({ status, json: { errors: [text] } });
  expect(datadog().connections).toEqual(before);
});
