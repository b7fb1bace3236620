import { expect, it } from "vitest";
import { ask, type Call, create, keysOf, PATH, remove, update } from "./client.ts";
import { orgs } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop } = orgs;
const asHub = { headers: keysOf(hub) };
const asToken = { headers: { authorization: "Bearer ddpat_1" } };
const CURRENT_USER = "/api/v2/current_user";
const VALIDATE = "/api/v2/validate";
const datadog = useFakeDatadog();

const status = async (call: Call) => (await ask(datadog(), call)).status;
const json = async (call: Call) => (await ask(datadog(), call)).json;

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
  const calls = [PATH, CURRENT_USER, VALIDATE].map((path) => status({ headers, path }));
  expect(await Promise.all(calls)).toEqual(statuses);
});

it("validate names the org of the API key", async () => {
  const attributes = { valid: true, api_key_id: expect.any(String), api_key_scopes: [] };
  expect(await json({ path: VALIDATE })).toEqual({
    data: { type: "validate_v2", id: payments.id, attributes },
  });
});

it("current_user and users describe the user", async () => {
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
