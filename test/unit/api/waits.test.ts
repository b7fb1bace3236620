import { beforeEach, describe, expect, it, vi } from "vitest";
import { OrgConnectionsClient } from "../../../provider/api/client.ts";
import { type Clock, systemClock } from "../../../provider/api/clock.ts";
import {
  RateLimit,
  remainingRequests,
  retryAfterSeconds,
} from "../../../provider/api/rate-limit.ts";
import { backoffSeconds } from "../../../provider/api/retry.ts";
import { Transport } from "../../../provider/api/transport.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock, SteppedClock } from "../clock.ts";
import { messageOf } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const { apiKey, appKey } = orgs.payments;
const status = (code: number) => ({ kind: "status", status: code, body: "<html></html>" }) as const;

function newClient(clock: Clock, maxRetries: number, onWait?: (reason: string) => void) {
  const options = { credentials: { apiKey, appKey }, timeoutSeconds: 5, maxRetries, clock, onWait };
  return new OrgConnectionsClient({ baseUrl: fake.url, ...options });
}

const statuses = () => fake.requests.map((request) => request.status);

describe("the backoff", () => {
  it.each([
    [0, 0.5],
    [1, 1],
    [4, 8],
    [50, 20],
  ])("after %d retries is a random part of %d s", (retries, most) => {
    expect(backoffSeconds(retries, 1)).toBe(most);
    expect(backoffSeconds(retries, 0)).toBe(0);
    expect(backoffSeconds(retries)).toBeLessThan(most);
  });

  it("comes before each further attempt, with its reason", async () => {
    fake.fault({ ...status(503), times: 2 });
    const clock = new InstantClock();
    const reasons: string[] = [];
    await newClient(clock, 2, (reason) => reasons.push(reason)).list();
    expect(clock.waits).toHaveLength(2);
    expect(clock.waits[0]).toBeLessThan(0.5);
    expect(clock.waits[1]).toBeLessThan(1);
    expect(reasons).toEqual(Array(2).fill("Datadog answered 503 Service Unavailable"));
  });

  it("isn't begun if the operation has to end before", async () => {
    fake.fault(status(503));
    vi.spyOn(Math, "random").mockReturnValueOnce(0.8); // of 0.5 s
    const clock = new InstantClock();
    clock.end = clock.now() + 0.3;
    expect(await messageOf(newClient(clock, 2).list())).toContain("503");
    expect(clock.waits).toEqual([]);
  });
});

describe.each(["PATCH", "DELETE"] as const)("a %s that may have been applied", (method) => {
  const write = async (clock: Clock) => {
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const client = newClient(clock, 2);
    return method === "PATCH" ? client.update(id, ["audit"]) : client.delete(id);
  };

  it("isn't reported as not sent if the time ends before its retry", async () => {
    fake.fault({ ...status(502), headers: { "retry-after": "90" }, method });
    const clock = new InstantClock();
    clock.end = clock.now() + 60;
    expect(await messageOf(write(clock))).toBe("Datadog answered 502 Bad Gateway");
  });

  it("is looked for in the list if the rate limit refuses all its retries", async () => {
    fake.fault({ kind: "resetAfter", method });
    fake.fault({ ...status(429), headers: { "retry-after": "120" }, method, times: 9 });
    await write(new InstantClock());
    expect(fake.requests.at(-1)).toMatchObject({ method: "GET", status: 200 });
    expect(fake.connections.map(({ types }) => types)).toEqual(
      method === "PATCH" ? [["audit"]] : [],
    );
  });
});

describe("the wait that Datadog asks for", () => {
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
    expect(retryAfterSeconds({ status: code, headers: new Headers(headers) })).toBe(expected);
  });

  it.each<[string | undefined, number | undefined]>([
    ["7", 7],
    ["12", 12],
    ["0", 0],
    ["1234567890", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["few", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("X-RateLimit-Remaining of %j leaves %j requests", (value, expected) => {
    const headers = { "x-ratelimit-remaining": value };
    expect(remainingRequests({ status: 200, headers })).toBe(expected);
  });
});

describe("under a rate limit of 10 requests in a second", () => {
  it.each([64, 128])("%d parallel creations all succeed, with few 429s", async (count) => {
    const clock = new SteppedClock();
    fake.now = () => clock.now() * 1000;
    fake.setRateLimit({ requests: 10, periodSeconds: 1 });
    const sinks = Array.from({ length: count }, (_, index) => fake.addOrg(`Sink ${index}`));
    const client = newClient(clock, 0);
    const begun = clock.now();
    const results = await clock.run(
      sinks.map(
        ({ id }) =>
          () =>
            client.create(id, ["logs"]),
      ),
    );
    expect(results.filter(({ status }) => status === "rejected")).toEqual([]);
    expect(fake.connections.map(({ sinkOrgId }) => sinkOrgId).sort()).toEqual(
      sinks.map(({ id }) => id).sort(),
    );
    const refused = statuses().filter((code) => code === 429).length;
    expect(refused).toBeLessThanOrEqual(count - 10 + 1); // the first burst, which knows no limit
    expect(clock.now() - begun).toBeLessThanOrEqual(count / 10 + 1);
  });

  it("a limit that is known is kept without a 429", async () => {
    const clock = new SteppedClock();
    fake.now = () => clock.now() * 1000;
    fake.setRateLimit({ requests: 10, periodSeconds: 1 });
    const sinks = Array.from({ length: 40 }, (_, index) => fake.addOrg(`Sink ${index}`));
    const client = newClient(clock, 0);
    await client.list();
    await clock.run(
      sinks.map(
        ({ id }) =>
          () =>
            client.create(id, ["logs"]),
      ),
    );
    expect(statuses()).toEqual(Array(41).fill(200));
  });
});

describe("a 429", () => {
  it("isn't counted as a retry", async () => {
    fake.fault({ ...status(429), headers: { "x-ratelimit-reset": "3" }, times: 30 });
    const clock = new InstantClock();
    await newClient(clock, 0).list();
    expect(statuses()).toEqual([...Array(30).fill(429), 200]);
  });

  it("leaves all retries for other failures", async () => {
    fake.fault(status(429));
    fake.fault(status(503));
    await newClient(new InstantClock(), 1).list();
    expect(statuses()).toEqual([429, 503, 200]);
  });

  it("fails a call after ten minutes", async () => {
    fake.fault({ ...status(429), headers: { "x-ratelimit-reset": "60" }, times: 99 });
    const clock = new InstantClock();
    const begun = clock.now();
    expect(await messageOf(newClient(clock, 20).list())).toBe(
      "Datadog answered 429 Too Many Requests",
    );
    expect(clock.now() - begun).toBe(600);
    expect(statuses()).toEqual(Array(11).fill(429));
  });

  it("fails the requests that wait for their turn once none came through for ten minutes", async () => {
    fake.fault({ ...status(429), headers: { "retry-after": "120" }, times: 99 });
    const clock = new SteppedClock();
    const client = newClient(clock, 0);
    const begun = clock.now();
    const results = await clock.run(Array.from({ length: 30 }, () => () => client.list()));
    expect(results.map(({ status }) => status)).toEqual(Array(30).fill("rejected"));
    // A call begins its last attempt within ten minutes, and waits ten more for its turn.
    expect(clock.now() - begun).toBeLessThanOrEqual(600 + 600 + 120);
  });

  it("of a request outside the rate limit fails it at once, and pauses nothing", async () => {
    fake.fault({ ...status(429), headers: { "retry-after": "120" } });
    const clock = new InstantClock();
    const options = { credentials: { apiKey, appKey }, baseUrl: fake.url, timeoutSeconds: 5 };
    const transport = new Transport({ ...options, clock });
    const path = "/api/v2/org_connections";
    const outside = transport.send("GET", path, undefined, { isOutsideRateLimit: true });
    expect(await messageOf(outside)).toBe("Datadog answered 429 Too Many Requests");
    await transport.send("GET", path);
    expect(clock.waits).toEqual([]);
    expect(statuses()).toEqual([429, 200]);
  });

  it("doesn't hold back a request outside the rate limit", async () => {
    fake.fault({ ...status(429), headers: { "retry-after": "120" } });
    const clock = new InstantClock();
    const options = { credentials: { apiKey, appKey }, baseUrl: fake.url, timeoutSeconds: 5 };
    const transport = new Transport({ ...options, clock });
    const path = "/api/v2/org_connections";
    await messageOf(transport.send("GET", path));
    await transport.send("GET", path, undefined, { isOutsideRateLimit: true });
    expect(clock.waits).toEqual([]);
  });

  it("without a usable time is followed by a pause that doubles up to 20 s", async () => {
    fake.fault({ ...status(429), headers: { "x-ratelimit-reset": "soon" }, times: 8 });
    const clock = new InstantClock();
    const client = newClient(clock, 0);
    await client.list();
    expect(clock.waits).toEqual([0.5, 1, 2, 4, 8, 16, 20, 20]);
    fake.fault(status(429));
    await client.list();
    expect(clock.waits.slice(8)).toEqual([0.5]);
  });

  it("holds back every other call of the org, and of no other", async () => {
    fake.fault({ ...status(429), headers: { "retry-after": "2" } });
    const clock = new SteppedClock();
    const client = newClient(clock, 0);
    const other = newClient(new InstantClock(), 0);
    const begun = clock.now();
    let waited: number | undefined;
    await clock.run([
      () => client.list(),
      async () => {
        while (statuses()[0] !== 429) await new Promise(setImmediate);
        await other.list();
        expect(statuses()).toEqual([429, 200]);
        const list = await client.list();
        waited = clock.now() - begun;
        return list;
      },
    ]);
    expect(waited).toBe(2);
    expect(statuses()).toEqual([429, 200, 200, 200]);
  });
});

describe("the requests of an org", () => {
  /** Requests that wait for their answers, in the order in which they were sent. */
  function newRequests(limit: RateLimit) {
    const sent: ((answer: Answer | Error) => void)[] = [];
    const send = async () => {
      const sending = limit.send(
        () =>
          new Promise<Answer>((resolve, reject) => {
            sent.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
          }),
      );
      sending.catch(() => {});
      await new Promise(setImmediate);
    };
    const answer = async (index: number, with_: Answer | Error) => {
      sent[index]?.(with_);
      await new Promise(setImmediate);
    };
    return { sent, send, answer };
  }

  type Answer = Parameters<typeof retryAfterSeconds>[0];
  const ok = (headers: Answer["headers"] = {}): Answer => ({ status: 200, headers });
  const remaining = (count: number) => ok({ "x-ratelimit-remaining": String(count) });

  async function burst(count: number) {
    const requests = newRequests(new RateLimit({ clock: new InstantClock() }));
    for (let index = 0; index < count; index += 1) await requests.send();
    return requests;
  }

  it("leave at once while no limit is known", async () => {
    const { sent, send, answer } = await burst(5);
    expect(sent).toHaveLength(5);
    await answer(0, ok());
    await send();
    expect(sent).toHaveLength(5 + 1);
  });

  it("are never more in flight than remain", async () => {
    const { sent, send, answer } = await burst(3);
    await answer(0, remaining(2));
    for (let index = 0; index < 5; index += 1) await send();
    expect(sent).toHaveLength(3);
    await answer(1, remaining(1));
    expect(sent).toHaveLength(3);
    await answer(2, remaining(4));
    expect(sent).toHaveLength(3 + 4);
  });

  it("after a 429: one goes first, and each answer that tells no limit lets one more go", async () => {
    const clock = new InstantClock();
    const { sent, send, answer } = newRequests(new RateLimit({ clock }));
    await send();
    await answer(0, { status: 429, headers: {} });
    for (let index = 0; index < 9; index += 1) await send();
    expect(clock.waits).toEqual([0.5]);
    expect(sent).toHaveLength(1 + 1);
    await answer(1, ok());
    expect(sent).toHaveLength(2 + 2);
    await answer(2, new Error("the connection broke"));
    expect(sent).toHaveLength(3 + 3);
  });

  it("pause no longer after a burst of 429s than after one", async () => {
    const clock = new InstantClock();
    const { send, answer } = newRequests(new RateLimit({ clock }));
    for (let index = 0; index < 3; index += 1) await send();
    for (let index = 0; index < 3; index += 1) await answer(index, { status: 429, headers: {} });
    await send();
    await answer(3, { status: 429, headers: {} });
    await send();
    expect(clock.waits).toEqual([0.5, 1]);
  });

  it("are not let go by an answer that comes during a pause", async () => {
    const { sent, send, answer } = await burst(3);
    await answer(0, { status: 429, headers: { "retry-after": "9" } });
    await answer(1, remaining(5));
    await answer(2, { status: 429, headers: {} });
    await send();
    await send();
    expect(sent).toHaveLength(3 + 1);
  });

  it("go one after the other where none remain and nothing says for how long", async () => {
    const { sent, send, answer } = await burst(1);
    await answer(0, remaining(0));
    await send();
    await send();
    expect(sent).toHaveLength(2);
  });
});

describe("the system's clock", () => {
  it("waits, and lets time run out", async () => {
    const begun = systemClock.now();
    const signal = systemClock.timeout(0.01);
    await systemClock.wait(0.02);
    expect(systemClock.now() - begun).toBeGreaterThan(0.019);
    expect(signal.aborted).toBe(true);
  });
});
