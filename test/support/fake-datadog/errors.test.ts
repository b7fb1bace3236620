import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ask, type Call, change, creation, keysOf, PATH } from "./client.ts";
import type { Connection } from "./connections.ts";
import { orgs } from "./orgs.ts";
import { type FakeDatadog, startFakeDatadog } from "./service.ts";

const { hub, payments, shop, data } = orgs;
const NOBODY = "00000000-0000-0000-0000-000000000000";
const asPayments = keysOf(payments);

let datadog: FakeDatadog;
let existing: Connection;
let foreign: Connection;

beforeAll(async () => {
  datadog = await startFakeDatadog();
  existing = datadog.connect({ source: payments, sink: hub, types: ["logs"] });
  foreign = datadog.connect({ source: shop, sink: data, types: ["logs"] });
});
beforeEach(() => datadog.clearRequests());
afterAll(() => datadog.close());

const post = (body: unknown): Call => ({ method: "POST", headers: asPayments, body });
const patch = (id: string, body: unknown): Call => ({
  method: "PATCH",
  path: `${PATH}/${id}`,
  headers: asPayments,
  body,
});
const remove = (id: string): Call => ({
  method: "DELETE",
  path: `${PATH}/${id}`,
  headers: asPayments,
});
const list = (headers: Record<string, string>, query = ""): Call => ({
  headers,
  path: PATH + query,
});

const notAllowed = (sink: string) =>
  `connection between orgs ${payments.id} and ${sink} is not allowed`;
const INVALID = "Validation failed for input.";

const refusals: [what: string, call: () => Call, status: number, text: () => string][] = [
  [
    "create, the same type twice",
    () => post(creation(shop.id, ["logs", "logs"])),
    400,
    () => notAllowed(shop.id),
  ],
  [
    "create, the pair is connected already",
    () => post(creation(hub.id.toUpperCase(), ["metrics"])),
    409,
    () => `connection between orgs ${payments.id} and ${hub.id} already exists`,
  ],
  [
    "create, to the own org",
    () => post(creation(payments.id, ["logs"])),
    400,
    () => notAllowed(payments.id),
  ],
  ["create, no such sink org", () => post(creation(NOBODY, ["logs"])), 404, () => "Not found"],
  [
    "create, the sink isn't a UUID",
    () => post(creation("nonexistent-org-id", ["logs"])),
    404,
    () => "Not found",
  ],
  ["create, an unknown type", () => post(creation(shop.id, ["traces"])), 400, () => INVALID],
  ["create, no types", () => post(creation(shop.id, [])), 400, () => INVALID],
  ["create, a type of no text", () => post(creation(shop.id, [7])), 400, () => INVALID],
  ["create, no JSON", () => post('{"data":'), 400, () => INVALID],
  ["create, no body", () => post(undefined), 400, () => INVALID],
  ["create, no sink", () => post(change(NOBODY, ["logs"])), 400, () => INVALID],
  [
    "update, the same type twice",
    () => patch(existing.id, change(existing.id, ["logs", "logs"])),
    400,
    () => INVALID,
  ],
  [
    "update, an unknown type",
    () => patch(existing.id, change(existing.id, ["traces"])),
    400,
    () => INVALID,
  ],
  [
    "update, another id in the body",
    () => patch(existing.id, change(foreign.id, ["logs"])),
    400,
    () => INVALID,
  ],
  [
    "update, no such connection",
    () => patch(NOBODY, change(NOBODY, ["logs"])),
    404,
    () => `Org connection with id:${NOBODY} not found not found`,
  ],
  [
    "update, of another org",
    () => patch(foreign.id, change(foreign.id, ["metrics"])),
    404,
    () => `Org connection with id:${foreign.id} not found not found`,
  ],
  [
    "update, from the sink",
    () => ({ ...patch(existing.id, change(existing.id, ["metrics"])), headers: keysOf(hub) }),
    404,
    () => `Org connection with id:${existing.id} not found not found`,
  ],
  [
    "delete, no such connection",
    () => remove(NOBODY),
    404,
    () => `org connection with id:${NOBODY} not found not found`,
  ],
  [
    "delete, of other orgs",
    () => remove(foreign.id),
    404,
    () => `org connection with id:${foreign.id} not found not found`,
  ],
  [
    "delete, id isn't a UUID",
    () => remove("connection-1"),
    400,
    () => "connection id must be a valid uuid",
  ],
  ["list, a limit of no number", () => list(asPayments, "?limit=all"), 400, () => INVALID],
  ["list, no keys", () => list({}), 401, () => "Unauthorized"],
  [
    "list, an unknown API key",
    () => list({ ...asPayments, "dd-api-key": "0" }),
    401,
    () => "Unauthorized",
  ],
  [
    "list, no application key",
    () => list({ "dd-api-key": payments.apiKey }),
    401,
    () => "Unauthorized",
  ],
  [
    "list, an unknown application key",
    () => list({ ...asPayments, "dd-application-key": "0" }),
    403,
    () => "Forbidden",
  ],
  [
    "list, an application key of another org",
    () => list({ ...asPayments, "dd-application-key": hub.appKey }),
    403,
    () => "Forbidden",
  ],
  [
    "list, an unknown token",
    () => list({ authorization: "Bearer ddpat_0" }),
    401,
    () => "Unauthorized",
  ],
  ["another path", () => ({ headers: asPayments, path: "/api/v2/orgs" }), 404, () => "Not found"],
  [
    "a GET of one connection",
    () => ({ headers: asPayments, path: `${PATH}/${existing.id}` }),
    404,
    () => "Not found",
  ],
];

it.each(refusals)("%s: refused, and nothing changes", async (_what, call, status, text) => {
  const before = datadog.connections;

  const answer = await ask(datadog, call());

  expect(answer).toEqual({ status, json: { errors: [text()] } });
  expect(datadog.connections).toEqual(before);
  expect(datadog.requests.map((request) => request.status)).toEqual([status]);
});

it("says who is not let in before it says what is wrong with the input", async () => {
  const answer = await ask(datadog, { ...post("{"), headers: {} });

  expect(answer.status).toBe(401);
});
