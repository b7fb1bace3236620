import { expect, it } from "vitest";
import { ask, creation, keysOf, send } from "./client.ts";
import { orgs } from "./orgs.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { useFakeDatadog } from "./vitest.ts";

const running = useFakeDatadog();
const { hub, payments, shop } = orgs;
const hour = 3600;

const limitsOf = ({ headers }: { headers: { get(name: string): string | null } }) =>
  ["limit", "period", "remaining", "reset"].map((name) => headers.get(`x-ratelimit-${name}`));

it("answers 429 beyond the limit, applies nothing, and lets another org go on", async () => {
  const fake = running();
  fake.setRateLimit({ requests: 2, periodSeconds: hour });
  fake.setFaultRate({ probability: 0, seed: 1, kinds: [] });
  const answers = [
    await send(fake, { headers: keysOf(payments) }),
    await send(fake, { headers: keysOf(payments), method: "PATCH", path: "/nowhere" }),
    await send(fake, { headers: keysOf(payments) }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 429]);
  expect(answers.map(limitsOf)).toEqual([
    ["2", "3600", "1", "3600"],
    ["2", "3600", "0", "3600"],
    ["2", "3600", "0", "3600"],
  ]);
  const call = { headers: keysOf(payments), method: "POST", body: creation(hub.id, ["logs"]) };
  expect(await ask(fake, call)).toEqual({ status: 429, json: { errors: ["Too many requests"] } });
  expect(fake.connections).toEqual([]);
  expect((await send(fake, { headers: keysOf(shop) })).status).toBe(200);
});

it("lets a request beyond the limit meet no fault", async () => {
  const fake = running();
  fake.setRateLimit({ requests: 0, periodSeconds: hour });
  fake.fault({ kind: "resetBefore" });
  expect((await send(fake, { headers: keysOf(payments) })).status).toBe(429);
  expect(fake.pendingFaults).toBe(1);
});

it("tells nothing of a limit where there is none", async () => {
  expect(limitsOf(await send(running(), { headers: keysOf(payments) }))).toEqual(
    Array(4).fill(null),
  );
});

it("begins a new period with the first request after the last one", () => {
  let now = 100;
  const limiter = new RateLimiter({ requests: 1, periodSeconds: 10 }, () => now);
  const count = () => {
    const { isTooMany, headers } = limiter.count("org");
    return [isTooMany, headers["x-ratelimit-reset"]];
  };
  expect([count(), count()]).toEqual([
    [false, "10"],
    [true, "10"],
  ]);
  now = 109.5;
  expect(count()).toEqual([true, "1"]);
  now = 125;
  expect(count()).toEqual([false, "10"]);
});
