import { expect, it } from "vitest";
import { orgs } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop, data } = orgs;
const CONNECTIONS = "/api/v2/org_connections";
const CURRENT_USER = "/api/v2/current_user";
const VALIDATE = "/api/v2/validate";
const datadog = useFakeDatadog();

const keysOf = ({ apiKey, appKey }: { readonly apiKey: string; readonly appKey: string }) => ({
  "dd-api-key": apiKey,
  "dd-application-key": appKey,
});
const asHub = { headers: keysOf(hub) };
const asToken = { headers: { authorization: "Bearer ddpat_1" } };

/** A request; by default, a GET of the org connections by Payments. */
interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function send(call: Call): Promise<Response> {
  const { method = "GET", path = CONNECTIONS, headers = keysOf(payments), body = null } = call;
  return fetch(datadog().url + path, { method, headers, body });
}

async function ask(call: Call) {
  const response = await send(call);
  const json: unknown = await response.json();
  return { status: response.status, json };
}

const status = async (call: Call) => (await send(call)).status;
const json = async (call: Call) => (await ask(call)).json;

function create(sinkOrgId: string, types: readonly string[] = ["logs"]): Call {
  const attributes = { connection_types: types };
  const relationships = { sink_org: { data: { type: "orgs", id: sinkOrgId } } };
  const data = { type: "org_connection", attributes, relationships };
  return { method: "POST", body: JSON.stringify({ data }) };
}

function update(id: string, types: readonly string[]): Call {
  const data = { type: "org_connection", id, attributes: { connection_types: types } };
  return { method: "PATCH", path: `${CONNECTIONS}/${id}`, body: JSON.stringify({ data }) };
}

const remove = (id: string): Call => ({ method: "DELETE", path: `${CONNECTIONS}/${id}` });

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
  expect(await ask({ ...remove(id), ...asHub })).toEqual({ status: 200, json: {} });
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
    expect(await json({ path: CONNECTIONS + query, ...asHub })).toMatchObject({
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
  ["a creation without types", create(shop.id, []), 400, INVALID],
  ["a creation with broken JSON", { ...create(shop.id), body: '{"data":' }, 400, INVALID],
  ["an update with a repeated type", update(OWN, ["logs", "logs"]), 400, INVALID],
  ["an update with an unknown type", update(OWN, ["traces"]), 400, INVALID],
  ["an update of an unknown connection", update(NOBODY, ["logs"]), 404, `O${missing(NOBODY)}`],
  ["an update by the sink", { ...update(OWN, ["audit"]), ...asHub }, 404, `O${missing(OWN)}`],
  ["a deletion of an unknown connection", remove(NOBODY), 404, `o${missing(NOBODY)}`],
  ["a deletion by an org outside the connection", remove(FOREIGN), 404, `o${missing(FOREIGN)}`],
  ["a deletion whose id isn't a UUID", remove("one"), 400, "connection id must be a valid uuid"],
  ["a bad body without keys", { ...create(""), headers: {} }, 401, "Unauthorized"],
  ["a read of one connection", { path: `${CONNECTIONS}/${OWN}` }, 404, "Not found"],
])("refuses %s, and changes nothing", async (_what, call, status, text) => {
  datadog().connect({ id: OWN, source: payments, sink: hub, types: ["logs"] });
  datadog().connect({ id: FOREIGN, source: shop, sink: data, types: ["logs"] });
  const before = datadog().connections;
  expect(await ask(call)).toEqual({ status, json: { errors: [text] } });
  expect(datadog().connections).toEqual(before);
});

it.each([
  ["write", [200, 409, 200, 200], ["read", "write"]],
  ["read", [200, 403, 403, 403], ["read"]],
  ["none", [403, 403, 403, 403], []],
] as const)(
  "with a token of the access %s, list, create, update and delete answer %o",
  async (access, statuses, permissions) => {
    const { id } = datadog().connect({ source: payments, sink: hub, types: ["logs"] });
    datadog().addCredentials(payments, { token: "ddpat_1" }, access);
    const found: number[] = [];
    for (const call of [{}, create(hub.id), update(id, ["audit"]), remove(id)]) {
      found.push(await status({ ...call, ...asToken }));
    }
    expect(found).toEqual(statuses);
    const user = JSON.stringify(await json({ path: CURRENT_USER, ...asToken }));
    expect(user.match(/(?<=org_connections_)[a-z]+/g) ?? []).toEqual(permissions);
  },
);

const own = keysOf(payments);
it.each<[what: string, statuses: number[], headers: Record<string, string>]>([
  ["no keys", [401, 401, 401], {}],
  ["no application key", [401, 401, 200], { "dd-api-key": payments.apiKey }],
  ["an unknown API key", [401, 403, 403], { ...own, "dd-api-key": "0" }],
  ["a foreign application key", [403, 403, 200], { ...own, "dd-application-key": hub.appKey }],
  ["an unknown token", [401, 403, 401], { authorization: "Bearer ddpat_0" }],
])("with %s, list, current_user and validate answer %o", async (_what, statuses, headers) => {
  const calls = [CONNECTIONS, CURRENT_USER, VALIDATE].map((path) => status({ headers, path }));
  expect(await Promise.all(calls)).toEqual(statuses);
});

it("validate names the org of the API key, current_user and users describe the user", async () => {
  const { id, handle } = payments.user;
  const state = { service_account: false, disabled: false, status: "Active" };
  const ada = {
    type: "users",
    id,
    attributes: { name: "Ada", handle, email: handle, ...state },
    relationships: {
      org: { data: { type: "orgs", id: payments.id } },
      roles: { data: [{ type: "roles", id: expect.any(String) }] },
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
  const attributes = { valid: true, api_key_id: expect.any(String), api_key_scopes: [] };
  const data = { type: "validate_v2", id: payments.id, attributes };
  expect(await json({ path: VALIDATE })).toEqual({ data });

  const options = { identifies: false, canReadUsers: false };
  datadog().addCredentials(payments, { token: "ddpat_1" }, "write", options);
  expect(await status({ path: CURRENT_USER, ...asToken })).toBe(403);
  expect(await status({ path: `/api/v2/users/${id}`, ...asToken })).toBe(403);
});

it("org lists managed orgs, filtered by name", async () => {
  datadog().setManagedOrgs(hub, [payments, shop]);
  expect(await json({ path: "/api/v2/org?filter[name]=sho", ...asHub })).toEqual({
    data: {
      type: "managed_orgs",
      id: hub.id,
      relationships: {
        current_org: { data: { type: "orgs", id: hub.id } },
        managed_orgs: { data: [{ type: "orgs", id: shop.id }] },
      },
    },
    included: [expect.objectContaining({ id: shop.id })],
  });
  expect(await status({ path: "/api/v2/org" })).toBe(403);
});

it("answers 429 beyond the rate limit of each org, in each period", async () => {
  let now = 100_000;
  datadog().now = () => now;
  datadog().setRateLimit({ requests: 2, periodSeconds: 10 });
  const limits = async (org = payments) => {
    const response = await send({ headers: keysOf(org) });
    const names = ["limit", "period", "remaining", "reset"];
    return [response.status, ...names.map((name) => response.headers.get(`x-ratelimit-${name}`))];
  };
  expect(await limits()).toEqual([200, "2", "10", "1", "10"]);
  expect(await limits()).toEqual([200, "2", "10", "0", "10"]);
  now += 9500;
  datadog().fault({ kind: "resetBefore", method: "POST" }); // which a refused request doesn't meet
  expect(await status(create(hub.id))).toBe(429);
  expect(await limits()).toEqual([429, "2", "10", "0", "1"]);
  expect(await limits(shop)).toEqual([200, "2", "10", "1", "10"]);
  now += 16_000;
  expect(await limits()).toEqual([200, "2", "10", "1", "10"]);
});
