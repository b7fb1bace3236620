import { expect, it } from "vitest";
import { ask, create, keysOf, PATH, send, update } from "./client.ts";
import { orgs } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop } = orgs;
const nodeResponse = globalThis.Response;
const datadog = useFakeDatadog();

const listed = async () => JSON.stringify((await ask(datadog())).json);
const post = async (types?: string[]) => (await ask(datadog(), create(hub.id, types))).status;

it("shows manual changes, and logs none of them", async () => {
  const fake = datadog();
  const { id } = fake.connect({ source: payments.id, sink: hub, types: ["logs"] });
  fake.setTypes(id, ["metrics"]);
  fake.renameOrg(payments, "Pay");
  expect(fake.requests).toEqual([]);
  expect(await listed()).toMatch(/"metrics".*"Pay"/);
  expect(() => fake.connect({ source: payments, sink: hub, types: [] })).toThrow("Pay and Hub are");
  fake.remove(id);
  expect(await listed()).not.toContain(id);
  expect(() => fake.setTypes(id, ["logs"])).toThrow(`there is no org connection ${id}`);
  expect(() => fake.remove(id)).toThrow(`there is no org connection ${id}`);
  expect(() => fake.addOrg("Hub", hub.id.toUpperCase())).toThrow("already");
  fake.nextId = id;
  expect(fake.connect({ source: payments, sink: hub, types: ["logs"] }).id).toBe(id);
  expect(fake.connect({ source: payments, sink: shop, types: ["logs"] }).id).not.toBe(id);
});

it("logs requests, and counts their bytes", async () => {
  const fake = datadog();
  const call = create(hub.id, ["logs", "x".repeat(10_000)]);
  await send(fake, { ...call, path: `${PATH}?a=%2F` });
  expect(fake.requests).toEqual([
    {
      method: "POST",
      path: `${PATH}?a=%2F`,
      org: "Payments",
      headers: expect.objectContaining(keysOf(payments)),
      body: call.body,
      status: 400,
      fault: undefined,
    },
  ]);
  expect(fake.trafficBytes).toBeGreaterThan(10_000);
  fake.clearRequests();
  expect(fake.requestLines).toEqual([]);
  expect(fake.history).toEqual([`POST ${PATH}?a=%2F 400`]);
  expect(globalThis.Response).toBe(nodeResponse);
});

it.each([
  [{ meta: false }, /^((?!meta).)*$/],
  [{ names: false }, /^((?!name|included).)*$/],
  [{ relationships: false }, /^((?!relationships).)*$/],
  [{ relationships: [] }, /"relationships":{}/],
  [{ relationships: ["sink_org"] }, /"relationships":{"sink_org":{[^}]*"Hub"}}}/],
  [{ zulu: true }, /"created_at":"2025-08-26T20:19:38.208Z"/],
] as const)("with the answers %o, lists %o", async (answers, text) => {
  const fake = datadog();
  fake.now = () => Date.UTC(2025, 7, 26, 20, 19, 38, 208);
  const { id, createdAt } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
  expect(createdAt).toBe("2025-08-26T20:19:38.208000+00:00");
  fake.answers = answers;
  const response = await send(fake);
  expect(await response.text()).toMatch(text);
  expect(response.headers.get("date")).toBe("Tue, 26 Aug 2025 20:19:38 GMT");
  expect(JSON.stringify((await ask(fake, update(id, ["audit"]))).json)).not.toContain("name");
});

it("accepts later types and second connections of a pair, if told", async () => {
  const fake = datadog();
  fake.knownTypes.add("traces");
  fake.allowDoubles = true;
  expect([await post(["traces"]), await post()]).toEqual([200, 200]);
  fake.allowDoubles = false;
  for (const { id } of fake.connections) {
    expect(await post()).toBe(409);
    fake.remove(id);
  }
  expect(await post()).toBe(200);
});

it("lists lag behind each write", async () => {
  const fake = datadog();
  const first = fake.connect({ source: payments, sink: hub, types: ["logs"] });
  fake.listLag = 2;
  const second = fake.connect({ source: payments, sink: shop, types: ["logs"] });
  expect(await listed()).not.toContain(second.id);
  fake.remove(first.id);
  for (let lists = 0; lists < 2; lists += 1) expect(await listed()).not.toContain(second.id);
  expect(await listed()).toContain(second.id);

  fake.listLag = Number.POSITIVE_INFINITY;
  fake.setTypes(second.id, ["audit"]);
  for (let lists = 0; lists < 5; lists += 1) expect(await listed()).not.toContain("audit");
  fake.listLag = 0;
  expect(await listed()).toContain("audit");
});

it.each(["beforeApply", "beforeAnswer"] as const)("%s holds requests", async (hook) => {
  const fake = datadog();
  const waiting = new Map<string, () => void>();
  fake[hook] = ({ method, org }) =>
    new Promise((resolve) => void waiting.set(`${method} ${org?.name}`, resolve));
  const before = listed();
  await expect.poll(() => waiting.size).toBe(1);
  const created = post();
  await expect.poll(() => waiting.size).toBe(2);
  expect(fake.connections.length).toBe(hook === "beforeApply" ? 0 : 1);
  waiting.get("POST Payments")?.();
  expect(await created).toBe(200);
  waiting.get("GET Payments")?.();
  expect((await before).includes("created_at")).toBe(hook === "beforeApply");
});

it("delays an answer for the latency, when the change is made already", async () => {
  const fake = datadog();
  fake.latencyMs = [3_600_000, 3_700_000];
  const abort = new AbortController();
  const answer = send(fake, { ...create(hub.id), signal: abort.signal });
  await expect.poll(() => fake.connections.length).toBe(1);
  expect(fake.requestLines).toEqual([`POST ${PATH} …`]);
  abort.abort();
  await expect(answer).rejects.toThrow("aborted");
  fake.latencyMs = 1;
  expect(await post()).toBe(409);
});
