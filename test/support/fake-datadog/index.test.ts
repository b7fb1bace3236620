import { expect, it } from "vitest";
import { create, keysOf, send } from "./client.ts";
import { orgs, startFakeDatadog } from "./index.ts";
import { useFakeDatadog } from "./vitest.ts";

const { hub, payments, shop } = orgs;
const datadog = useFakeDatadog();

const status = async (call = {}) => (await send(datadog(), call)).status;

it("draws random faults from the seed, and prefers a scripted one", async () => {
  const kinds = [503, 404].map((code) => ({ kind: "status", status: code }) as const);
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
});

it("answers 429 beyond the rate limit of each org, in each period", async () => {
  let now = 100_000;
  datadog().now = () => now;
  datadog().setRateLimit({ requests: 2, periodSeconds: 10 });
  const limits = async (org = payments) => {
    const response = await send(datadog(), { headers: keysOf(org) });
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

it("makes the change before the latency", async () => {
  const slow = await startFakeDatadog({ latencyMs: [3_600_000, 3_700_000] });
  const answer = send(slow, create(hub.id)).catch((error: unknown) => error);
  await expect.poll(() => slow.connections.length).toBe(1);
  await slow.close();
  expect(await answer).toBeInstanceOf(TypeError);
});
