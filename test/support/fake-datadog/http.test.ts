import { beforeEach, describe, expect, it } from "vitest";
import { ask, type Call, change, creation, keysOf, PATH } from "./client.ts";
import { orgs, startFakeDatadog } from "./index.ts";
import type { Connection } from "./store.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop, data } = orgs;
const NOBODY = "00000000-0000-0000-0000-000000000000";
const INVALID = "Validation failed for input.";
const CURRENT_USER = "/api/v2/current_user";
const datadog = useFakeDatadog();

const asPayments = keysOf(payments);
const asToken = { authorization: "Bearer ddpat_1" };
const get = (path: string, headers: Call["headers"] = asPayments): Call => ({ path, headers });
const post = (body: unknown, headers: Call["headers"] = asPayments): Call => ({
  method: "POST",
  headers,
  body,
});
const patch = (id: string, body: unknown, headers: Call["headers"] = asPayments): Call => ({
  method: "PATCH",
  path: `${PATH}/${id}`,
  headers,
  body,
});
const remove = (id: string, headers: Call["headers"] = asPayments): Call => ({
  method: "DELETE",
  path: `${PATH}/${id}`,
  headers,
});
const status = async (call: Call) => (await ask(datadog(), call)).status;

const reference = (type: string, { id, name }: { id: string; name?: string }) => ({
  data: { type, id, ...(name && { name }) },
});

it("creates, lists, updates and deletes a connection", async () => {
  const fake = datadog();
  const created = await ask(fake, post(creation(hub.id.toUpperCase(), ["metrics", "logs"])));
  const connection = {
    type: "org_connection",
    id: fake.connections[0]?.id,
    attributes: {
      connection_types: ["metrics", "logs"],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/),
    },
    relationships: {
      source_org: reference("orgs", payments),
      sink_org: reference("orgs", hub),
      created_by: reference("users", { id: payments.user.id, name: "Ada" }),
    },
  };
  expect(created).toEqual({ status: 200, json: { data: connection } });
  expect((await ask(fake, get(PATH, keysOf(hub)))).json).toEqual({
    data: [connection],
    included: [
      { type: "orgs", id: payments.id, attributes: { name: "Payments" } },
      { type: "orgs", id: hub.id, attributes: { name: "Hub" } },
      { type: "users", id: payments.user.id, attributes: { name: "Ada" } },
    ],
    meta: { page: { total_count: 1, total_filtered_count: 1 } },
  });

  const id = String(connection.id);
  expect((await ask(fake, patch(id.toUpperCase(), change(id, ["audit"])))).json).toEqual({
    data: {
      ...connection,
      attributes: { ...connection.attributes, connection_types: ["audit"] },
      relationships: {
        source_org: reference("orgs", { id: payments.id }),
        sink_org: reference("orgs", { id: hub.id }),
        created_by: reference("users", { id: payments.user.id }),
      },
    },
  });

  expect(await ask(fake, remove(id, keysOf(hub)))).toEqual({ status: 200, json: {} });
  expect((await ask(fake, get(PATH))).json).toEqual({
    data: [],
    meta: { page: { total_count: 0, total_filtered_count: 0 } },
  });
});

describe("a list", () => {
  it.each([
    ["", ["Payments", "Shop", "Hub"], 3],
    ["?limit=2", ["Payments", "Shop"], 3],
    ["?limit=2&offset=2", ["Hub"], 3],
    ["?offset=3", [], 3],
    [`?sink_org_id=${hub.id}`, ["Payments", "Shop"], 2],
    [`?source_org_id=${shop.id.toUpperCase()}`, ["Shop"], 1],
    [`?source_org_id=${hub.id}&sink_org_id=${data.id}`, ["Hub"], 1],
    [`?sink_org_id=${hub.id}&limit=1&offset=1`, ["Shop"], 2],
  ])("of the hub with %o has %o of %i", async (query, sources, filtered) => {
    const fake = datadog();
    fake.connect({ source: payments, sink: hub, types: ["logs"] });
    fake.connect({ source: shop, sink: hub, types: ["logs"] });
    fake.connect({ source: hub, sink: data, types: ["logs"] });
    fake.connect({ source: shop, sink: data, types: ["logs"] });

    expect((await ask(fake, get(PATH + query, keysOf(hub)))).json).toMatchObject({
      data: sources.map((name) => ({ relationships: { source_org: { data: { name } } } })),
      meta: { page: { total_count: 3, total_filtered_count: filtered } },
    });
  });

  it("has no more connections in a page than the service allows", async () => {
    const small = await startFakeDatadog({ maxPageSize: 1 });
    small.connect({ source: payments, sink: hub, types: ["logs"] });
    const second = small.connect({ source: payments, sink: shop, types: ["logs"] });

    const { json } = await ask(small, get(`${PATH}?limit=1000&offset=1`));
    await small.close();

    expect(json).toMatchObject({ data: [{ id: second.id }], meta: { page: { total_count: 2 } } });
  });
});

describe("a refused request changes nothing", () => {
  let existing: Connection;
  let foreign: Connection;
  beforeEach(() => {
    existing = datadog().connect({ source: payments, sink: hub, types: ["logs"] });
    foreign = datadog().connect({ source: shop, sink: data, types: ["logs"] });
  });

  const between = (sink: string) => `connection between orgs ${payments.id} and ${sink}`;
  const missing = (id: string) => `rg connection with id:${id} not found not found`;
  const cases: [what: string, call: () => Call, status: number, text: string | (() => string)][] = [
    [
      "create, a type twice",
      () => post(creation(shop.id, ["logs", "logs"])),
      400,
      `${between(shop.id)} is not allowed`,
    ],
    [
      "create, connected already",
      () => post(creation(hub.id.toUpperCase(), ["audit"])),
      409,
      `${between(hub.id)} already exists`,
    ],
    [
      "create, to the own org",
      () => post(creation(payments.id, ["logs"])),
      400,
      `${between(payments.id)} is not allowed`,
    ],
    ["create, no such sink", () => post(creation(NOBODY, ["logs"])), 404, "Not found"],
    ["create, an unknown type", () => post(creation(shop.id, ["traces"])), 400, INVALID],
    ["create, no types", () => post(creation(shop.id, [])), 400, INVALID],
    ["create, broken JSON", () => post('{"data":'), 400, INVALID],
    ["create, no sink", () => post(change(NOBODY, ["logs"])), 400, INVALID],
    [
      "update, a type twice",
      () => patch(existing.id, change(existing.id, ["logs", "logs"])),
      400,
      INVALID,
    ],
    ["update, another id", () => patch(existing.id, change(foreign.id, ["logs"])), 400, INVALID],
    [
      "update, an unknown type",
      () => patch(existing.id, change(existing.id, ["traces"])),
      400,
      INVALID,
    ],
    [
      "update, no such connection",
      () => patch(NOBODY, change(NOBODY, ["logs"])),
      404,
      `O${missing(NOBODY)}`,
    ],
    [
      "update, from the sink",
      () => patch(existing.id, change(existing.id, ["audit"]), keysOf(hub)),
      404,
      () => `O${missing(existing.id)}`,
    ],
    ["delete, no such connection", () => remove(NOBODY), 404, `o${missing(NOBODY)}`],
    ["delete, of other orgs", () => remove(foreign.id), 404, () => `o${missing(foreign.id)}`],
    ["delete, no UUID", () => remove("one"), 400, "connection id must be a valid uuid"],
    ["list, a limit that isn't a number", () => get(`${PATH}?limit=all`), 400, INVALID],
    ["no keys, and a bad body", () => post("{", {}), 401, "Unauthorized"],
    ["a GET of one connection", () => get(`${PATH}/${existing.id}`), 404, "Not found"],
  ];

  it.each(cases)("%s", async (_what, call, expected, text) => {
    const before = datadog().connections;
    const errors = [typeof text === "string" ? text : text()];

    expect(await ask(datadog(), call())).toEqual({ status: expected, json: { errors } });
    expect(datadog().connections).toEqual(before);
  });
});

describe("credentials", () => {
  it.each([
    ["write", [200, 409, 200, 200]],
    ["read", [200, 403, 403, 403]],
    ["none", [403, 403, 403, 403]],
  ] as const)("with the access %o get %o", async (access, statuses) => {
    const { id } = datadog().connect({ source: payments, sink: hub, types: ["logs"] });
    datadog().addCredentials(payments, { token: "ddpat_1" }, access);
    expect([
      await status(get(PATH, asToken)),
      await status(post(creation(hub.id, ["logs"]), asToken)),
      await status(patch(id, change(id, ["audit"]), asToken)),
      await status(remove(id, asToken)),
    ]).toEqual(statuses);
    const { json } = await ask(datadog(), get(CURRENT_USER, asToken));
    const permissions = JSON.stringify(json).match(/(?<=org_connections_)[a-z]+/g) ?? [];
    expect(permissions).toEqual({ write: ["read", "write"], read: ["read"], none: [] }[access]);
  });

  const apiKeyOnly = { "dd-api-key": payments.apiKey };
  it.each([
    ["no keys", {}, 401, 401, 401],
    ["no application key", apiKeyOnly, 401, 401, 200],
    ["an unknown API key", { ...asPayments, "dd-api-key": "0" }, 401, 403, 401],
    [
      "an application key of another org",
      { ...asPayments, "dd-application-key": hub.appKey },
      403,
      403,
      200,
    ],
    ["an unknown token", { authorization: "Bearer ddpat_0" }, 401, 403, 401],
  ])("%s: list %2$i, current_user %3$i, validate %4$i", async (_what, headers, ...statuses) => {
    expect([
      await status(get(PATH, headers)),
      await status(get(CURRENT_USER, headers)),
      await status(get("/api/v2/validate", headers)),
    ]).toEqual(statuses);
  });

  it("can be rotated", async () => {
    const rotated = { apiKey: "new API key", appKey: "new application key" };
    datadog().addCredentials(payments, rotated);
    datadog().revoke(payments.appKey);
    expect(await status(get(PATH))).toBe(403);
    datadog().revoke(payments.apiKey);
    expect(await status(get(PATH))).toBe(401);
    expect(await status(get(PATH, keysOf(rotated)))).toBe(200);
    expect(() => datadog().revoke(payments.apiKey)).toThrow("no such API key");
  });
});

describe("neighbouring endpoints", () => {
  it("validate tells the org of the API key", async () => {
    const attributes = { valid: true, api_key_id: expect.any(String), api_key_scopes: [] };
    expect((await ask(datadog(), get("/api/v2/validate"))).json).toEqual({
      data: { type: "validate_v2", id: payments.id, attributes },
    });
  });

  it("current_user and users tell who the user is", async () => {
    const ada = {
      type: "users",
      id: payments.user.id,
      attributes: {
        name: "Ada",
        handle: "ada@example.com",
        email: "ada@example.com",
        service_account: false,
        disabled: false,
        status: "Active",
      },
      relationships: {
        org: reference("orgs", { id: payments.id }),
        roles: { data: [{ type: "roles", id: expect.any(String) }] },
      },
    };
    const attributes = { name: "Payments", public_id: expect.any(String), disabled: false };
    const permission = { type: "permissions", attributes: { name: "user_access_read" } };
    expect((await ask(datadog(), get(CURRENT_USER))).json).toEqual({
      data: ada,
      included: expect.arrayContaining([
        { type: "orgs", id: payments.id, attributes },
        expect.objectContaining({ type: "roles" }),
        expect.objectContaining(permission),
      ]),
    });
    expect(await ask(datadog(), get(`/api/v2/users/${ada.id}`))).toEqual({
      status: 200,
      json: { data: ada },
    });
  });

  it("refuse to tell about users", async () => {
    const options = { identifies: false, canReadUsers: false };
    datadog().addCredentials(payments, { token: "ddpat_1" }, "write", options);
    expect([
      await status(get(CURRENT_USER, asToken)),
      await status(get(`/api/v2/users/${payments.user.id}`, asToken)),
      await status(get(`/api/v2/users/${hub.user.id}`)),
    ]).toEqual([403, 403, 404]);
  });

  it("org lists the orgs that an org manages, by name", async () => {
    datadog().setManagedOrgs(hub, [payments, shop]);
    expect((await ask(datadog(), get("/api/v2/org?filter[name]=sho", keysOf(hub)))).json).toEqual({
      data: {
        type: "managed_orgs",
        id: hub.id,
        relationships: {
          current_org: reference("orgs", { id: hub.id }),
          managed_orgs: { data: [{ type: "orgs", id: shop.id }] },
        },
      },
      included: [
        {
          type: "orgs",
          id: shop.id,
          attributes: { name: "Shop", public_id: expect.any(String), disabled: false },
        },
      ],
    });
    expect(await status(get("/api/v2/org"))).toBe(403);
  });
});

it("deletes the connections of a deactivated user, and refuses their credentials", async () => {
  const fake = datadog();
  const user = fake.addUser(payments, { name: null, isServiceAccount: true });
  fake.addCredentials(payments, { token: "ddpat_1" }, "write", { user });
  const created = await ask(fake, post(creation(hub.id, ["logs"]), asToken));
  expect(created.json).toMatchObject({
    data: { relationships: { created_by: { data: { id: user.id, name: null } } } },
  });
  const kept = fake.connect({ source: payments, sink: shop, types: ["logs"] });
  fake.deactivate(user);
  expect(fake.connections).toEqual([kept]);
  expect(await status(get(PATH, asToken))).toBe(403);
  expect((await ask(fake, get(`/api/v2/users/${user.id}`))).json).toMatchObject({
    data: { attributes: { service_account: true, status: "Disabled", disabled: true } },
  });
});
