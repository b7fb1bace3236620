import { once } from "node:events";
import { request } from "node:http";
import { expect, it } from "vitest";
import { create, keysOf, PATH, send } from "./client.ts";
import type { FaultEffect } from "./faults.ts";
import { orgs, passingFaults } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop } = orgs;
const datadog = useFakeDatadog();

const post = (signal?: AbortSignal) =>
  send(datadog(), { ...create(hub.id), ...(signal && { signal }) });
const status = async (org = payments, path = PATH) =>
  (await send(datadog(), { headers: keysOf(org), path })).status;

const html = "<html>Bad Gateway</html>";
const blanks = " ".repeat(100_000);
const compressed = { kind: "compressed", bytes: blanks.length } as const;

it.each<[FaultEffect, status: number, body: string, connections: number]>([
  [{ kind: "status", status: 502, headers: { "retry-after": "3" }, body: html }, 502, html, 0],
  [{ kind: "status", status: 503 }, 503, "", 0],
  [{ kind: "redirect", location: "https://login.example.com/" }, 302, "", 0],
  [{ kind: "wrongShape", json: [1] }, 200, "[1]", 1],
  [{ kind: "emptyBody" }, 200, "", 1],
  [{ ...compressed, encoding: "gzip" }, 200, blanks, 1],
  [{ ...compressed, encoding: "br" }, 200, blanks, 1],
  [{ ...compressed, encoding: "deflate", status: 403 }, 403, blanks, 0],
])("answers %o", async (effect, expected, body, connections) => {
  datadog().fault(effect);
  const response = await post();
  expect([response.status, await response.text()]).toEqual([expected, body]);
  expect(response.headers.get("location")).toBe("location" in effect ? effect.location : null);
  expect(response.headers.get("retry-after")).toBe(body === html ? "3" : null);
  expect(datadog().connections.length).toBe(connections);
  expect(datadog().requestLines).toEqual([`POST ${PATH} ${expected}`]);
  expect(datadog().trafficBytes).toBeLessThan(2000);
});

it.each([
  ["resetBefore", 0],
  ["resetAfter", 1],
] as const)("%s: resets the connection with %i connections stored", async (kind, connections) => {
  datadog().fault({ kind });
  await expect(post()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  expect(datadog().connections.length).toBe(connections);
  expect(datadog().requestLines).toEqual([`POST ${PATH} ${kind}`]);
});

it.each([
  ["hangBefore", 0],
  ["hangAfter", 1],
] as const)("%s: hangs until closed, with %i connections stored", async (kind, connections) => {
  datadog().fault({ kind });
  const answer = post().catch((error: unknown) => error);
  await expect.poll(() => datadog().requestLines).toEqual([`POST ${PATH} ${kind}`]);
  await expect.poll(() => datadog().connections.length).toBe(connections);
  await datadog().close();
  expect(await answer).toBeInstanceOf(TypeError);
});

it("truncates the JSON", async () => {
  datadog().fault({ kind: "truncatedJson" });
  const response = await post();
  expect(Number(response.headers.get("content-length"))).toBeGreaterThan(300);
  await expect(response.text()).rejects.toThrow("terminated");
  expect(datadog().connections.length).toBe(1);
});

it("sends the headers at once and the body later", async () => {
  datadog().fault({ kind: "slowBody", delayMs: 3_600_000 });
  const abort = new AbortController();
  const response = await post(abort.signal);
  expect([response.status, datadog().connections.length]).toEqual([200, 1]);
  abort.abort();
  await expect(response.text()).rejects.toThrow("aborted");

  datadog().fault({ kind: "slowBody", delayMs: 1 });
  expect(await (await post()).text()).toContain("already exists");
});

it("sends a body that never ends", async () => {
  datadog().fault({ kind: "endless" });
  const { body } = await post();
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > 10_000_000) break;
  }
  expect(bytes).toBeGreaterThan(10_000_000);
  expect(datadog().connections.length).toBe(1);
});

it("switches protocols", async () => {
  datadog().fault({ kind: "upgrade" });
  const { method, body } = create(hub.id);
  const sent = request(datadog().url + PATH, { method, headers: keysOf(payments) });
  const [response, socket] = await once(sent.end(JSON.stringify(body)), "upgrade");
  expect([response.statusCode, response.headers.upgrade]).toEqual([101, "websocket"]);
  expect(datadog().connections).toEqual([]);
  socket.destroy();
});

it("waits for the request that matches, as many times as told", async () => {
  const broken = { kind: "status", status: 500 } as const;
  datadog().fault({ ...broken, method: "POST" });
  datadog().fault({ ...broken, path: "offset=1000" });
  datadog().fault({ ...broken, org: "Shop", times: 2 });
  datadog().fault({ ...broken, path: "current_user", org: hub.id });
  expect(datadog().pendingFaults).toBe(5);
  expect(await status()).toBe(200);
  expect((await post()).status).toBe(500);
  expect(await status(payments, `${PATH}?offset=1000`)).toBe(500);
  expect([await status(shop), await status(shop), await status(shop)]).toEqual([500, 500, 200]);
  expect(await status(hub, "/api/v2/current_user")).toBe(500);
  datadog().fault(broken);
  datadog().clearFaults();
  expect(await status()).toBe(200);
});

it("draws random faults from the seed, and prefers a scripted one", async () => {
  const kinds = [503, 404].map((status) => ({ kind: "status", status }) as const);
  const withSeed = async (seed: number) => {
    datadog().setFaultRate({ probability: 0.5, seed, kinds });
    const found: number[] = [];
    while (found.length < 100) found.push(await status());
    return found;
  };
  const first = await withSeed(1);
  expect(await withSeed(1)).toEqual(first);
  expect(await withSeed(2)).not.toEqual(first);
  const counts = [200, 404, 503].map((code) => first.filter((one) => one === code).length);
  expect(counts.map((count) => Math.round(count / 25))).toEqual([2, 1, 1]);

  datadog().setFaultRate({ probability: 1, seed: 1, kinds });
  datadog().fault({ kind: "status", status: 418 });
  expect(await status()).toBe(418);
  datadog().setFaultRate(undefined);
  expect(await status()).toBe(200);
});

it.each(passingFaults)("a retry gets an answer after the passing fault %o", async (kind) => {
  datadog().fault(kind);
  await post()
    .then((response) => response.text())
    .catch(() => "");
  expect([200, 409]).toContain((await post()).status);
});

it("answers 429 beyond the rate limit of each org, in each period", async () => {
  const fake = datadog();
  let now = 100_000;
  fake.now = () => now;
  fake.setRateLimit({ requests: 2, periodSeconds: 10 });
  const limits = async (org = payments) => {
    const { status, headers } = await send(fake, { headers: keysOf(org) });
    const names = ["limit", "period", "remaining", "reset"];
    return [status, ...names.map((name) => headers.get(`x-ratelimit-${name}`))];
  };
  expect(await limits()).toEqual([200, "2", "10", "1", "10"]);
  expect(await limits()).toEqual([200, "2", "10", "0", "10"]);
  now += 9500;
  fake.fault({ kind: "resetBefore" });
  expect((await post()).status).toBe(429);
  expect(await limits()).toEqual([429, "2", "10", "0", "1"]);
  expect([fake.pendingFaults, fake.connections.length]).toEqual([1, 0]);
  fake.clearFaults();
  expect(await limits(shop)).toEqual([200, "2", "10", "1", "10"]);
  now += 16_000;
  expect(await limits()).toEqual([200, "2", "10", "1", "10"]);
  fake.setRateLimit(undefined);
  expect(await limits()).toEqual([200, null, null, null, null]);
});
