import { afterEach, beforeEach, expect, it } from "vitest";
import { ask, change, creation, keysOf, PATH } from "./client.ts";
import { orgs } from "./orgs.ts";
import { type FakeDatadog, startFakeDatadog } from "./service.ts";

const { hub, payments } = orgs;

let datadog: FakeDatadog;
beforeEach(async () => {
  datadog = await startFakeDatadog();
});
afterEach(() => datadog.close());

const listStatus = async (headers: Record<string, string>) =>
  (await ask(datadog, { headers })).status;

it.each([
  ["read", [200, 403, 403, 403]],
  ["none", [403, 403, 403, 403]],
  ["write", [200, 409, 200, 200]],
] as const)("a key with the access %o gets %o", async (access, statuses) => {
  const { id } = datadog.connect({ source: payments, sink: hub, types: ["logs"] });
  const keys = { apiKey: payments.apiKey, appKey: "another application key" };
  datadog.addCredentials(payments, keys, access);
  const headers = keysOf(keys);

  const answers = [
    await ask(datadog, { headers }),
    await ask(datadog, { headers, method: "POST", body: creation(hub.id, ["logs"]) }),
    await ask(datadog, {
      headers,
      method: "PATCH",
      path: `${PATH}/${id}`,
      body: change(id, ["audit"]),
    }),
    await ask(datadog, { headers, method: "DELETE", path: `${PATH}/${id}` }),
  ];

  expect(answers.map(({ status }) => status)).toEqual(statuses);
});

it("lets a bearer token act for its org", async () => {
  datadog.addCredentials(payments, { token: "ddpat_1" });
  const headers = { authorization: "Bearer ddpat_1" };

  await ask(datadog, { headers, method: "POST", body: creation(hub.id, ["logs"]) });

  expect(datadog.connections[0]?.sourceOrgId).toBe(payments.id);
  expect(datadog.requests[0]?.org).toBe("Payments");
});

it("rotates keys", async () => {
  const rotated = { apiKey: "new API key", appKey: "new application key" };
  datadog.addCredentials(payments, rotated);
  expect(await listStatus(keysOf(rotated))).toBe(200);

  datadog.revoke(payments.appKey);
  expect(await listStatus(keysOf(payments))).toBe(403);
  datadog.revoke(payments.apiKey);
  expect(await listStatus(keysOf(payments))).toBe(401);
  expect(await listStatus(keysOf(rotated))).toBe(200);
  expect(() => datadog.revoke(payments.apiKey)).toThrow("no such API key");
});

it("validates an API key, and says which org it belongs to", async () => {
  const path = "/api/v2/validate";

  const valid = await ask(datadog, { path, headers: { "dd-api-key": payments.apiKey } });
  const unknown = await ask(datadog, { path, headers: { "dd-api-key": "unknown" } });
  const missing = await ask(datadog, { path, headers: {} });

  expect(valid).toEqual({
    status: 200,
    json: {
      data: {
        type: "validate_v2",
        id: payments.id,
        attributes: { valid: true, api_key_id: expect.any(String), api_key_scopes: [] },
      },
    },
  });
  expect(unknown).toEqual({ status: 401, json: { errors: ["Unauthorized"] } });
  expect(missing).toEqual(unknown);
});
