import { describe, expect, it } from "vitest";
import { ask, type Call, create, keysOf, PATH, remove, update } from "./client.ts";
import { orgs, startFakeDatadog } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop, data } = orgs;
const asHub = { headers: keysOf(hub) };
const asToken = { headers: { authorization: "Bearer ddpat_1" } };
const CURRENT_USER = "/api/v2/current_user";
const datadog = useFakeDatadog();

const status = async (call: Call) => (await ask(datadog(), call)).status;
const json = async (call: Call) => (await ask(datadog(), call)).json;
const reference = (type: string, id: string) => ({ data: { type, id } });
const named = (type: string, id: string, name: string) => ({ data: { type, id, name } });

it("creates, lists, updates and deletes a connection", async () => {
  const created = await json(create(hub.id.toUpperCase(), ["metrics", "logs"]));
  const id = datadog().connections[0]?.id ?? "none";
  const created_at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
  const connection = {
    type: "org_connection",
    id,
    attributes: { connection_types: ["metrics", "logs"], created_at },
    relationships: {
      source_org: named("orgs", payments.id, "Payments"),
      sink_org: named("orgs", hub.id, "Hub"),
      created_by: named("users", payments.user.id, "Ada"),
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
  expect(await json(update(id.toUpperCase(), ["audit"]))).toEqual({
    data: {
      ...connection,
      attributes: { connection_types: ["audit"], created_at },
      relationships: {
        source_org: reference("orgs", payments.id),
        sink_org: reference("orgs", hub.id),
        created_by: reference("users", payments.user.id),
      },
    },
  });
  expect(await ask(datadog(), { ...remove(id), ...asHub })).toEqual({ status: 200, json: {} });
  const page = { total_count: 0, total_filtered_count: 0 };
  expect(await json({})).toEqual({ data: [], meta: { page } });
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
])("the list of the hub with %o has %o of %i", async (query, sources, filtered) => {
  datadog().connect({ source: payments, sink: hub, types: ["logs"] });
  datadog().connect({ source: shop, sink: hub, types: ["logs"] });
  datadog().connect({ source: hub, sink: data, types: ["logs"] });
  datadog().connect({ source: shop, sink: data, types: ["logs"] });
  expect(await json({ path: PATH + query, ...asHub })).toMatchObject({
    data: sources.map((name) => ({ relationships: { source_org: { data: { name } } } })),
    meta: { page: { total_count: 3, total_filtered_count: filtered } },
  });
});

it("never has more connections in a page than the service allows", async () => {
  const small = await startFakeDatadog({ maxPageSize: 1 });
  const { id } = small.connect({ source: payments, sink: hub, types: ["logs"] });
  small.connect({ source: payments, sink: shop, types: ["logs"] });
  const answer = await ask(small, { path: `${PATH}?limit=1000` });
  await small.close();
  expect(answer.json).toMatchObject({ data: [{ id }], meta: { page: { total_count: 2 } } });
});

const NOBODY = "00000000-0000-0000-0000-000000000000";
const OWN = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const FOREIGN = "2b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const INVALID = "Validation failed for input.";
const between = (sink: string) => `connection between orgs ${payments.id} and ${sink}`;
const missing = (id: string) => `rg connection with id:${id} not found not found`;

it.each<[what: string, call: Call, status: number, text: string]>([
  ["type twice", create(shop.id, ["logs", "logs"]), 400, `${between(shop.id)} is not allowed`],
  ["connected", create(hub.id.toUpperCase()), 409, `${between(hub.id)} already exists`],
  ["own org", create(payments.id), 400, `${between(payments.id)} is not allowed`],
  ["no such sink", create(NOBODY), 404, "Not found"],
  ["unknown type", create(shop.id, ["traces"]), 400, INVALID],
  ["no types", create(shop.id, []), 400, INVALID],
  ["broken JSON", { ...create(shop.id), body: '{"data":' }, 400, INVALID],
  ["no sink", { ...create(shop.id), body: update(OWN, ["logs"]).body }, 400, INVALID],
  ["type twice", update(OWN, ["logs", "logs"]), 400, INVALID],
  ["another id in the body", update(OWN, ["logs"], FOREIGN), 400, INVALID],
  ["unknown type", update(OWN, ["traces"]), 400, INVALID],
  ["no such connection", update(NOBODY, ["logs"]), 404, `O${missing(NOBODY)}`],
  ["from the sink", { ...update(OWN, ["audit"]), ...asHub }, 404, `O${missing(OWN)}`],
  ["no such connection", remove(NOBODY), 404, `o${missing(NOBODY)}`],
  ["of other orgs", remove(FOREIGN), 404, `o${missing(FOREIGN)}`],
  ["no UUID", remove("one"), 400, "connection id must be a valid uuid"],
  ["limit that isn't a number", { path: `${PATH}?limit=all` }, 400, INVALID],
  ["no keys, and a bad body", { ...create(""), headers: {} }, 401, "Unauthorized"],
  ["one connection", { path: `${PATH}/${OWN}` }, 404, "Not found"],
])("refuses, and changes nothing: %s, %o", async (_what, call, expected, text) => {
  datadog().connect({ id: OWN, source: payments, sink: hub, types: ["logs"] });
  datadog().connect({ id: FOREIGN, source: shop, sink: data, types: ["logs"] });
  const before = datadog().connections;
  expect(await ask(datadog(), call)).toEqual({ status: expected, json: { errors: [text] } });
  expect(datadog().connections).toEqual(before);
});

describe("credentials", () => {
  it.each([
    ["write", [200, 409, 200, 200], ["read", "write"]],
    ["read", [200, 403, 403, 403], ["read"]],
    ["none", [403, 403, 403, 403], []],
  ] as const)("with the access %s get %o", async (access, statuses, permissions) => {
    const { id } = datadog().connect({ source: payments, sink: hub, types: ["logs"] });
    datadog().addCredentials(payments, { token: "ddpat_1" }, access);
    const found: number[] = [];
    for (const call of [{}, create(hub.id), update(id, ["audit"]), remove(id)]) {
      found.push(await status({ ...call, ...asToken }));
    }
    expect(found).toEqual(statuses);
    const user = JSON.stringify(await json({ path: CURRENT_USER, ...asToken }));
    expect(user.match(/(?<=org_connections_)[a-z]+/g) ?? []).toEqual(permissions);
  });

  const own = keysOf(payments);
  it.each<[what: string, headers: Record<string, string>, statuses: number[]]>([
    ["no keys", {}, [401, 401, 401]],
    ["no application key", { "dd-api-key": payments.apiKey }, [401, 401, 200]],
    ["an unknown API key", { ...own, "dd-api-key": "0" }, [401, 403, 401]],
    ["a foreign application key", { ...own, "dd-application-key": hub.appKey }, [403, 403, 200]],
    ["an unknown token", { authorization: "Bearer ddpat_0" }, [401, 403, 401]],
  ])("%s: %o get %o from list, current_user and validate", async (_what, headers, statuses) => {
    expect([
      await status({ headers }),
      await status({ path: CURRENT_USER, headers }),
      await status({ path: "/api/v2/validate", headers }),
    ]).toEqual(statuses);
  });

  it("can be rotated", async () => {
    const rotated = { apiKey: "new API key", appKey: "new application key" };
    datadog().addCredentials(payments, rotated);
    datadog().revoke(payments.appKey);
    expect(await status({})).toBe(403);
    datadog().revoke(payments.apiKey);
    expect(await status({})).toBe(401);
    expect(await status({ headers: keysOf(rotated) })).toBe(200);
    expect(() => datadog().revoke(payments.apiKey)).toThrow("no such API key");
  });
});

it("validate tells the org of the API key", async () => {
  const attributes = { valid: true, api_key_id: expect.any(String), api_key_scopes: [] };
  expect(await json({ path: "/api/v2/validate" })).toEqual({
    data: { type: "validate_v2", id: payments.id, attributes },
  });
});

it("current_user and users tell who the user is", async () => {
  const { id } = payments.user;
  const ada = {
    ...reference("users", id).data,
    attributes: {
      name: "Ada",
      handle: "ada@example.com",
      email: "ada@example.com",
      service_account: false,
      disabled: false,
      status: "Active",
    },
    relationships: {
      org: reference("orgs", payments.id),
      roles: { data: [reference("roles", expect.any(String)).data] },
    },
  };
  const included = (type: string, name: string) =>
    expect.objectContaining({ type, attributes: expect.objectContaining({ name }) });
  expect(await json({ path: CURRENT_USER })).toEqual({
    data: ada,
    included: expect.arrayContaining([
      included("orgs", "Payments"),
      included("roles", "Datadog Admin Role"),
      included("permissions", "user_access_read"),
    ]),
  });
  expect(await json({ path: `/api/v2/users/${id}` })).toEqual({ data: ada });
  expect(await status({ path: `/api/v2/users/${hub.user.id}` })).toBe(404);

  const options = { identifies: false, canReadUsers: false };
  datadog().addCredentials(payments, { token: "ddpat_1" }, "write", options);
  expect(await status({ path: CURRENT_USER, ...asToken })).toBe(403);
  expect(await status({ path: `/api/v2/users/${id}`, ...asToken })).toBe(403);
});

it("org lists the orgs that an org manages, by name", async () => {
  datadog().setManagedOrgs(hub, [payments, shop]);
  expect(await json({ path: "/api/v2/org?filter[name]=sho", ...asHub })).toEqual({
    data: {
      type: "managed_orgs",
      id: hub.id,
      relationships: {
        current_org: reference("orgs", hub.id),
        managed_orgs: { data: [{ type: "orgs", id: shop.id }] },
      },
    },
    included: [expect.objectContaining({ id: shop.id })],
  });
  expect(await status({ path: "/api/v2/org" })).toBe(403);
});

it("deletes the connections of a deactivated user, and refuses their credentials", async () => {
  const user = datadog().addUser(payments, { name: null, isServiceAccount: true });
  datadog().addCredentials(payments, { token: "ddpat_1" }, "write", { user });
  expect(await json({ ...create(hub.id), ...asToken })).toMatchObject({
    data: { relationships: { created_by: { data: { id: user.id, name: null } } } },
  });
  const kept = datadog().connect({ source: payments, sink: shop, types: ["logs"] });
  datadog().deactivate(user);
  expect(datadog().connections).toEqual([kept]);
  expect(await status(asToken)).toBe(403);
  expect(await json({ path: `/api/v2/users/${user.id}` })).toMatchObject({
    data: { attributes: { service_account: true, status: "Disabled", disabled: true } },
  });
});
