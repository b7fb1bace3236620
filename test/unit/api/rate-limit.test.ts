import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../provider/api/clock.ts";
import { interrupted } from "../../../provider/api/errors.ts";
import {
  RateLimit,
  remainingRequests,
  retryAfterSeconds,
} from "../../../provider/api/rate-limit.ts";
import { Transport } from "../../../provider/api/transport.ts";
import type { FakeDatadog } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock, SteppedClock } from "../clock.ts";
import { expectSoon, keys, messageOf, newClient } from "../fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

const answerOf = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, headers });

describe("the wait that Datadog asks for", () => {
  it.each<[number, Record<string, string>, number | undefined]>([
    [429, { "x-ratelimit-reset": "2" }, 2],
    [429, { "x-ratelimit-reset": "2", "retry-after": "7" }, 7],
    [429, { "x-ratelimit-reset": "0" }, 0],
    [429, { "x-ratelimit-reset": "1.25" }, 1.25],
    [429, { "x-ratelimit-reset": "999999999" }, 120],
    [429, { "x-ratelimit-reset": "1234567890" }, undefined],
    [429, { "x-ratelimit-reset": "soon" }, undefined],
    [429, { "x-ratelimit-reset": "-1" }, undefined],
    [429, { "x-ratelimit-reset": "1e9" }, undefined],
    [429, { "x-ratelimit-reset": "1." }, undefined],
    [429, { "x-ratelimit-reset": "2s" }, undefined],
    [429, { "x-ratelimit-reset": "in 2" }, undefined],
    [429, { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, undefined],
    [429, {}, undefined],
    [503, { "retry-after": "3", "x-ratelimit-reset": "60" }, 3],
    [200, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "4" }, 4],
    [200, { "x-ratelimit-remaining": "1", "x-ratelimit-reset": "4" }, undefined],
  ])("with %d and %j is %j s", (status, headers, expected) => {
    expect(retryAfterSeconds(answerOf(status, headers))).toBe(expected);
  });

  it.each<[Record<string, string>, number | undefined]>([
    [{ "x-ratelimit-remaining": "12" }, 12],
    [{ "x-ratelimit-remaining": "-1" }, undefined],
    [{}, undefined],
  ])("is over as long as requests remain: %j leaves %j", (headers, expected) => {
    expect(remainingRequests(answerOf(200, headers))).toBe(expected);
  });
});

describe("the requests of an org", () => {
  const ok = answerOf(200);
  const remaining = (count: number) => answerOf(200, { "x-ratelimit-remaining": `${count}` });

  /** Sends so many requests, which wait for their answers. */
  async function start(count: number, clock: Clock = new InstantClock()) {
    const limit = new RateLimit({ clock });
    const answers: PromiseWithResolvers<Response>[] = [];
    /** The requests that were sent, in their order. */
    const sent: number[] = [];
    let started = 0;
    const send = async (more = 1) => {
      const outcomes = Array.from({ length: more }, () => {
        const request = started++;
        return limit.send(() => {
          sent.push(request);
          const answer = Promise.withResolvers<Response>();
          answers.push(answer);
          return answer.promise;
        });
      });
      for (const outcome of outcomes) outcome.catch(() => {});
      await setImmediate();
      return outcomes;
    };
    const answer = async (index: number, result: Error | Response) => {
      if (result instanceof Error) answers[index]?.reject(result);
      else answers[index]?.resolve(result);
      await setImmediate();
    };
    await send(count);
    return { sent, send, answer };
  }

  it("are sent in their order, and never more at once than remain", async () => {
    const { sent, send, answer } = await start(3);
    await answer(0, remaining(2));
    await send(6);
    expect(sent).toHaveLength(3);
    await answer(1, remaining(1));
    expect(sent).toHaveLength(3);
    await answer(2, remaining(4));
    expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("after a 429: one goes first, and each answer without a limit lets one more go", async () => {
    const clock = new InstantClock();
    const { sent, send, answer } = await start(1, clock);
    await answer(0, answerOf(429));
    await send(9);
    expect(clock.waits).toEqual([0.5]);
    expect(sent).toHaveLength(1 + 1);
    await answer(1, ok);
    expect(sent).toHaveLength(2 + 2);
    await answer(2, new Error("the connection broke")); // only gives its place to another
    expect(sent).toHaveLength(3 + 2);
  });

  it("pause no longer after a burst of 429s than after one", async () => {
    const clock = new InstantClock();
    const { send, answer } = await start(3, clock);
    for (const index of [0, 1, 2]) await answer(index, answerOf(429));
    await send();
    await answer(3, answerOf(429));
    await send();
    expect(clock.waits).toEqual([0.5, 1]);
  });

  it("aren't let go by an answer that comes during a pause", async () => {
    const { sent, send, answer } = await start(3);
    await answer(0, answerOf(429, { "retry-after": "9" }));
    await answer(1, remaining(5));
    await answer(2, answerOf(429));
    await send(2);
    expect(sent).toHaveLength(3 + 1);
  });

  it("go one after the other if none remain and nothing says for how long", async () => {
    const { sent, send, answer } = await start(1);
    await answer(0, remaining(0));
    await send(2);
    expect(sent).toHaveLength(2);
  });

  describe("that wait for their turn", () => {
    const never = new Promise<never>(() => {});
    let waits: number;
    let end: Promise<never>;
    const clock: Clock = Object.assign(new InstantClock(), {
      untilEnd: <T>(result: Promise<T>) => Promise.race([result, end]),
      wait: () => {
        waits += 1;
        return never;
      },
    });

    beforeEach(() => {
      waits = 0;
      end = never;
    });

    it("end with their operation", async () => {
      const { promise: canceled, reject: cancel } = Promise.withResolvers<never>();
      end = canceled;
      const { sent, send, answer } = await start(1, clock);
      await answer(0, remaining(1));
      const waiting = (await send(3)).slice(1);
      cancel(interrupted());
      for (const outcome of waiting) expect(await messageOf(outcome)).toBe(interrupted().message);
      expect(sent).toHaveLength(2);
    });

    it("let the first of them wait for a pause, also if another one ends", async () => {
      const { send, answer } = await start(1, clock);
      await answer(0, answerOf(429));
      await send(3);
      end = Promise.reject(interrupted());
      const [ended] = await send();
      await expect(ended).rejects.toThrow(interrupted().message);
      end = never;
      await send(3);
      expect(waits).toBe(1);
    });
  });
});

const refused = { kind: "status", status: 429 } as const;
const statuses = () => fake.requests.map(({ status }) => status);

it("128 parallel creations all succeed under a limit of 10 in a second, with few 429s", async () => {
  const clock = new SteppedClock();
  fake.now = () => clock.now() * 1000;
  fake.setRateLimit({ requests: 10, periodSeconds: 1 });
  const client = newClient(fake, { clock });
  const sinks = Array.from({ length: 128 }, (_, index) => fake.addOrg(`Sink ${index}`));
  const begun = clock.now();
  await clock.run(
    sinks.map(
      ({ id }) =>
        () =>
          client.create(id, ["logs"]),
    ),
  );
  expect(fake.connections.map(({ sinkOrgId }) => sinkOrgId).sort()).toEqual(
    sinks.map(({ id }) => id).sort(),
  );
  const refusals = statuses().filter((code) => code === 429).length;
  expect(refusals).toBeLessThanOrEqual(128 - 10 + 1); // the first burst, which knows no limit
  expect(clock.now() - begun).toBeLessThanOrEqual(128 / 10 + 1);
});

describe("a 429", () => {
  it("isn't counted as a retry", async () => {
    fake.fault({ ...refused, headers: { "x-ratelimit-reset": "3" }, times: 30 });
    fake.fault({ kind: "status", status: 503 });
    await newClient(fake, { maxRetries: 1 }).list();
    expect(statuses()).toEqual([...Array(30).fill(429), 503, 200]);
  });

  it("fails a call after ten minutes", async () => {
    fake.fault({ ...refused, headers: { "x-ratelimit-reset": "60" }, times: 99 });
    const clock = new InstantClock();
    const begun = clock.now();
    expect(await messageOf(newClient(fake, { clock }).list())).toBe(
      "Datadog answered 429 Too Many Requests",
    );
    expect(clock.now() - begun).toBe(600);
    expect(statuses()).toEqual(Array(11).fill(429));
  });

  it("fails the requests that wait for their turn once none came through for ten minutes", async () => {
    fake.fault({ ...refused, headers: { "retry-after": "120" }, times: 99 });
    const clock = new SteppedClock();
    const client = newClient(fake, { clock });
    const begun = clock.now();
    const results = await clock.run(Array.from({ length: 30 }, () => () => client.list()));
    expect(results.map(({ status }) => status)).toEqual(Array(30).fill("rejected"));
    // A call begins its last attempt within ten minutes, and waits ten more for its turn.
    expect(clock.now() - begun).toBeLessThanOrEqual(600 + 600 + 120);
  });

  it("without a usable time is followed by a pause that doubles up to 20 s", async () => {
    fake.fault({ ...refused, headers: { "x-ratelimit-reset": "soon" }, times: 8 });
    const clock = new InstantClock();
    const client = newClient(fake, { clock });
    await client.list();
    expect(clock.waits).toEqual([0.5, 1, 2, 4, 8, 16, 20, 20]);
    fake.fault(refused);
    await client.list();
    expect(clock.waits.slice(8)).toEqual([0.5]);
  });

  it("holds back every other call of the org, and of no other", async () => {
    fake.fault({ ...refused, headers: { "retry-after": "2" } });
    const clock = new SteppedClock();
    const client = newClient(fake, { clock });
    const begun = clock.now();
    let waited: number | undefined;
    await clock.run([
      () => client.list(),
      async () => {
        await expectSoon(() => statuses()[0]).toBe(429);
        await newClient(fake).list();
        expect(statuses()).toEqual([429, 200]);
        const list = await client.list();
        waited = clock.now() - begun;
        return list;
      },
    ]);
    expect(waited).toBe(2);
    expect(statuses()).toEqual([429, 200, 200, 200]);
  });

  it("pauses nothing if its request is outside the rate limit, which also holds none back", async () => {
    fake.fault({ ...refused, headers: { "retry-after": "120" }, times: 2 });
    const clock = new InstantClock();
    const endpoint = { baseUrl: fake.url, credentials: keys, timeoutSeconds: 5 };
    const transport = new Transport({ ...endpoint, clock });
    const send = (isOutsideRateLimit: boolean) =>
      messageOf(
        transport.send("GET", "/api/v2/org_connections", undefined, { isOutsideRateLimit }),
      );
    expect(await send(true)).toBe("Datadog answered 429 Too Many Requests");
    expect(await send(false)).toBe("Datadog answered 429 Too Many Requests");
    await send(true);
    expect([statuses(), clock.waits]).toEqual([[429, 429, 200], []]);
  });
});
