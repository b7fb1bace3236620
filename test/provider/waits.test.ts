import { beforeEach, describe, expect, it } from "vitest";
import { OrgConnectionsClient } from "../../provider/api/client.ts";
import { Gate } from "../../provider/api/gate.ts";
import { requestedWait } from "../../provider/api/rate-limit.ts";
import { waitSeconds } from "../../provider/api/retry.ts";
import { type FakeDatadog, orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const keys = { apiKey: orgs.payments.apiKey, appKey: orgs.payments.appKey };
const status = (code: number) => ({ kind: "status", status: code, body: "<html></html>" }) as const;

describe("the backoff", () => {
  it.each([
    [1, 0.5],
    [2, 1],
    [5, 8],
    [50, 20],
  ])("after attempt %d is a random part of %d s", (attempt, most) => {
    expect(waitSeconds(attempt, 0.5, 1)).toBe(most);
    expect(waitSeconds(attempt, 0.5, 0)).toBe(0);
  });

  it("begins with half a second unless told", () => {
    expect(waitSeconds(1, undefined, 1)).toBe(0.5);
    expect(waitSeconds(1)).toBeLessThan(0.5);
  });

  it("comes before each further attempt", async () => {
    fake.fault({ ...status(503), times: 2 });
    const waits: number[] = [];
    await new OrgConnectionsClient({
      baseUrl: fake.url,
      credentials: keys,
      timeoutSeconds: 5,
      maxRetries: 2,
      firstBackoffSeconds: 0.02,
      onWait: (seconds) => waits.push(seconds),
    }).list();
    expect(waits).toHaveLength(2);
    expect(Math.max(...waits)).toBeGreaterThan(0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(0.04);
  });
});

describe("the wait that Datadog asks for", () => {
  const wait = (code: number, headers: Record<string, string>) =>
    requestedWait({ status: code, headers: new Headers(headers) });

  it.each<[number, Record<string, string>, number | undefined]>([
    [429, { "x-ratelimit-reset": "2" }, 2],
    [429, { "x-ratelimit-reset": "2", "retry-after": "7" }, 7],
    [429, { "x-ratelimit-reset": "86400" }, 120],
    [429, { "x-ratelimit-reset": "soon" }, undefined],
    [429, { "x-ratelimit-reset": "-1" }, undefined],
    [429, { "x-ratelimit-reset": "1e9" }, undefined],
    [429, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, undefined],
    [429, { "x-ratelimit-reset": "0" }, 0],
    [429, { "x-ratelimit-reset": "1.25" }, 1.25],
    [429, { "x-ratelimit-reset": "1." }, undefined],
    [429, { "x-ratelimit-reset": "2s" }, undefined],
    [429, { "x-ratelimit-reset": "in 2" }, undefined],
    [429, { "x-ratelimit-reset": "999999999" }, 120],
    [429, { "x-ratelimit-reset": "1234567890" }, undefined],
    [429, {}, undefined],
    [503, { "retry-after": "3", "x-ratelimit-reset": "60" }, 3],
    [200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4" }, 4],
    [200, { "x-ratelimit-remaining": "1", "x-ratelimit-reset": "4" }, undefined],
  ])("with %d and %j is %j s", (code, headers, expected) => {
    expect(wait(code, headers)).toBe(expected);
  });
});

describe("the gate", () => {
  /** A clock that goes on only by waiting. */
  function newClock() {
    let time = 100;
    const waits: number[] = [];
    const wait = async (seconds: number) => {
      waits.push(seconds);
      time += seconds;
    };
    return { now: () => time, wait, waits };
  }

  it("lets pass at once where nobody is told to wait", async () => {
    const clock = newClock();
    await new Gate(() => {}, clock).pass();
    expect(clock.waits).toEqual([]);
  });

  it("lets nobody pass before the longest of the waits is over, and tells of it", async () => {
    const clock = newClock();
    const told: number[] = [];
    const gate = new Gate((seconds) => told.push(seconds), clock);
    gate.close(30);
    gate.close(5);
    await gate.pass();
    expect(clock.now()).toBe(130);
    await gate.pass();
    expect([clock.waits, told]).toEqual([[30], [30]]);
  });

  it("has a clock of its own", async () => {
    const gate = new Gate();
    const begun = performance.now();
    gate.close(0.02);
    await gate.pass();
    expect(performance.now() - begun).toBeGreaterThan(19);
  });

  it("holds back every other call of the org once one is told to wait", async () => {
    fake.fault({ ...status(429), headers: { "retry-after": "2" } });
    const { promise: isTold, resolve: onWait } = Promise.withResolvers<unknown>();
    const options = { credentials: keys, timeoutSeconds: 5, maxRetries: 1, onWait };
    const one = new OrgConnectionsClient({ baseUrl: fake.url, ...options });
    const first = one.list();
    await isTold;
    const others = Array.from({ length: 5 }, () => one.list());
    const other = new OrgConnectionsClient({ baseUrl: fake.url, ...options }); // has its own gate
    await other.list();
    expect(fake.requestLines.map((line) => line.slice(-3))).toEqual(["429", "200"]);
    await Promise.all([first, ...others]);
    expect(fake.requestLines.map((line) => line.slice(-3))).toEqual([
      "429",
      ...Array(7).fill("200"),
    ]);
  });
});
