import { expect, it } from "vitest";
import { ask, creation, keysOf } from "./client.ts";
import { orgs } from "./orgs.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop } = orgs;
const running = useFakeDatadog();
const token = { token: "ddpat_1" };
const bearer = { authorization: "Bearer ddpat_1" };
const CURRENT_USER = "/api/v2/current_user";

it("answers whose the credentials are, with the org and the permissions", async () => {
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
      org: { data: { type: "orgs", id: payments.id } },
      roles: { data: [{ type: "roles", id: expect.any(String) }] },
    },
  };
  const { status, json } = await ask(running(), { path: CURRENT_USER, headers: keysOf(payments) });
  expect(status).toBe(200);
  expect(json).toEqual({
    data: ada,
    included: expect.arrayContaining([
      { type: "orgs", id: payments.id, attributes: expect.objectContaining({ name: "Payments" }) },
      expect.objectContaining({ type: "roles" }),
      expect.objectContaining({ type: "permissions", attributes: { name: "user_access_read" } }),
    ]),
  });
  const path = `/api/v2/users/${payments.user.id}`;
  expect(await ask(running(), { path, headers: keysOf(payments) })).toEqual({
    status: 200,
    json: { data: ada },
  });
});

it.each([
  ["write", ["org_connections_read", "org_connections_write"]],
  ["read", ["org_connections_read"]],
  ["none", []],
] as const)("the permissions of the access %s are %o", async (access, expected) => {
  running().addCredentials(payments, token, access);
  const { json } = await ask(running(), { path: CURRENT_USER, headers: bearer });
  expect(JSON.stringify(json).match(/org_connections_[a-z]+/g) ?? []).toEqual(expected);
});

it("lets credentials belong to another user, who may be a service account", async () => {
  const fake = running();
  const bot = fake.addUser(payments, { name: null, isServiceAccount: true });
  fake.addCredentials(payments, token, "write", { user: bot });
  const { json } = await ask(fake, { path: CURRENT_USER, headers: bearer });
  expect(json).toMatchObject({
    data: { id: bot.id, attributes: { name: null, service_account: true } },
  });
  const created = await ask(fake, {
    method: "POST",
    headers: bearer,
    body: creation(hub.id, ["logs"]),
  });
  expect(created.json).toMatchObject({
    data: { relationships: { created_by: { data: { id: bot.id, name: null } } } },
  });
});

it("deletes the connections of a deactivated user, and refuses its credentials", async () => {
  const fake = running();
  const bot = fake.addUser(payments);
  fake.addCredentials(payments, token, "write", { user: bot });
  await ask(fake, { method: "POST", headers: bearer, body: creation(hub.id, ["logs"]) });
  const kept = fake.connect({ source: payments, sink: shop, types: ["logs"] });
  fake.deactivate(bot);
  expect(fake.connections).toEqual([kept]);
  expect((await ask(fake, { headers: bearer })).status).toBe(403);
  const path = `/api/v2/users/${bot.id}`;
  expect(await ask(fake, { path, headers: keysOf(payments) })).toMatchObject({
    json: { data: { attributes: { status: "Disabled", disabled: true } } },
  });
});

it("refuses to tell about users", async () => {
  const fake = running();
  fake.addCredentials(payments, token, "write", { identifies: false, canReadUsers: false });
  const status = async (path: string, headers: Record<string, string>) =>
    (await ask(fake, { path, headers })).status;
  expect([
    await status(CURRENT_USER, {}),
    await status(CURRENT_USER, { "dd-api-key": payments.apiKey }),
    await status(CURRENT_USER, { ...keysOf(payments), "dd-api-key": "0" }),
    await status(CURRENT_USER, { authorization: "Bearer ddpat_0" }),
    await status(CURRENT_USER, bearer),
    await status(`/api/v2/users/${payments.user.id}`, bearer),
    await status(`/api/v2/users/${hub.user.id}`, keysOf(payments)),
    await status("/api/v2/users/none", keysOf(payments)),
  ]).toEqual([401, 401, 403, 403, 403, 403, 404, 404]);
});

it("lists the orgs that an org manages, by name", async () => {
  const fake = running();
  fake.setManagedOrgs(hub, [payments, shop]);
  const { json } = await ask(fake, {
    path: "/api/v2/org?filter[name]=sho",
    headers: keysOf(hub),
  });
  expect(json).toMatchObject({
    data: {
      type: "managed_orgs",
      id: hub.id,
      relationships: {
        current_org: { data: { type: "orgs", id: hub.id } },
        managed_orgs: { data: [{ type: "orgs", id: shop.id }] },
      },
    },
    included: [{ type: "orgs", id: shop.id, attributes: { name: "Shop", disabled: false } }],
  });
  expect((await ask(fake, { path: "/api/v2/org", headers: keysOf(shop) })).status).toBe(403);
});

it("gives a new connection the id that it was told, once", async () => {
  const fake = running();
  const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
  fake.remove(id);
  fake.nextId = id;
  expect(fake.connect({ source: payments, sink: hub, types: ["logs"] }).id).toBe(id);
  expect(fake.connect({ source: payments, sink: shop, types: ["logs"] }).id).not.toBe(id);
});
