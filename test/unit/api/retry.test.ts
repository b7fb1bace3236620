import { beforeEach, describe, expect, it, vi } from "vitest";
import type { OrgConnectionsClient } from "../../../provider/api/client.ts";
import { systemClock } from "../../../provider/api/clock.ts";
import { backoffSeconds } from "../../../provider/api/retry.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { messageOf, newClient } from "../fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;
let client: OrgConnectionsClient;
let id: string;
let clock: InstantClock;

const wanted = ["audit"];

beforeEach(() => {
  fake = datadog();
  clock = new InstantClock();
  client = newClient(fake, { clock });
  const createdAt = "2025-08-26T20:19:38.208326+00:00";
  id = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"], createdAt }).id;
});

const connected = (sink: { id: string }) =>
  fake.connections.filter(({ sinkOrgId }) => sinkOrgId === sink.id).map(({ types }) => types);

/** For each verb: the call, and what it returns and leaves behind if it goes as wanted. */
const verbs = {
  GET: {
    call: async () => (await client.list()).get(id),
    expectDone: (result: unknown) => {
      expect(result).toMatchObject({ id, connectionTypes: ["logs"] });
      expect(connected(orgs.hub)).toEqual([["logs"]]);
    },
  },
  POST: {
    call: async () => (await client.create(orgs.shop.id, wanted)).connection,
    expectDone: (result: unknown) => {
      expect(result).toMatchObject({ id: fake.connections[1]?.id, connectionTypes: wanted });
      expect(connected(orgs.shop)).toEqual([wanted]);
    },
  },
  PATCH: {
    call: () => client.update(id, wanted),
    expectDone: (result: unknown) => {
      expect(result).toMatchObject({ id, connectionTypes: wanted });
      expect(connected(orgs.hub)).toEqual([wanted]);
    },
  },
  DELETE: {
    call: () => client.delete(id),
    expectDone: () => expect(connected(orgs.hub)).toEqual([]),
  },
};

type Verb = keyof typeof verbs;
const everyVerb: Verb[] = ["GET", "POST", "PATCH", "DELETE"];
const expectDone = async (verb: Verb) => verbs[verb].expectDone(await verbs[verb].call());

type Fault = Parameters<FakeDatadog["fault"]>[0];
type Expected = Readonly<Record<Verb, string>>;

/** The requests as `POST 200`, in their order. */
const shortLines = () => fake.requestLines.map((line) => line.replace(/ \S+/, "")).join(", ");

const again = (first: string): Expected => ({
  GET: `GET ${first}, GET 200`,
  POST: `POST ${first}, POST 200`,
  PATCH: `PATCH ${first}, PATCH 200`,
  DELETE: `DELETE ${first}, DELETE 200`,
});
/** Nobody knows whether it was applied; in truth it wasn't. */
const notApplied = (first: string): Expected => ({
  ...again(first),
  POST: `POST ${first}, GET 200, POST 200`,
});
/** Nobody knows whether it was applied; in truth it was. */
const applied = (first: string): Expected => ({
  ...again(first),
  POST: `POST ${first}, GET 200`,
  DELETE: `DELETE ${first}, DELETE 404`,
});
/** The request that hangs next gets no answer in time. */
function runOut(): void {
  fake.beforeAnswer = undefined;
  clock.expire();
}

const html = "<html><h1>Bad Gateway</h1></html>";
const status = (code: number, body = "") => ({ kind: "status", status: code, body }) as const;
const reset = { "x-ratelimit-reset": "0" };

const converging: [string, Fault, Expected][] = [
  ["429 that says how long to wait", { ...status(429), headers: reset }, again("429")],
  ["429 that doesn't", status(429), again("429")],
  ["500", status(500), notApplied("500")],
  ["502 with HTML", status(502, html), notApplied("502")],
  ["503", status(503), notApplied("503")],
  ["504", status(504), notApplied("504")],
  ["a reset before applying", { kind: "resetBefore" }, notApplied("resetBefore")],
  ["a reset after applying", { kind: "resetAfter" }, applied("resetAfter")],
  ["a hang before applying", { kind: "hangBefore" }, notApplied("hangBefore")],
  ["a hang after applying", { kind: "hangAfter" }, applied("hangAfter")],
  ["truncated JSON", { kind: "truncatedJson" }, applied("200")],
  ["an empty body", { kind: "emptyBody" }, { ...applied("200"), DELETE: "DELETE 200" }],
  ["a success of something else, with HTML", status(200, html), notApplied("200")],
];

describe.each(everyVerb)("%s ends as wanted after", (verb) => {
  it.each(converging)("%s", async (_what, fault, expected) => {
    fake.fault({ ...fault, method: verb });
    if (fault.kind.startsWith("hang")) fake.beforeAnswer = runOut;
    await expectDone(verb);
    expect(shortLines()).toBe(expected[verb]);
  });
});

describe("an answer of another shape", () => {
  const fault: Fault = { kind: "unexpectedResponse", json: { data: {} } };

  it.each<[Verb, string]>([
    ["POST", "POST 200, GET 200"],
    ["PATCH", "PATCH 200, GET 200"],
    ["DELETE", "DELETE 200"],
  ])("to %s is looked after: it was applied", async (verb, expected) => {
    fake.fault({ ...fault, method: verb });
    await expectDone(verb);
    expect(shortLines()).toBe(expected);
  });

  it("to GET fails: nothing is taken for gone", async () => {
    fake.fault(fault);
    expect(await messageOf(client.list())).toContain("isn't what its API reference describes");
    expect(shortLines()).toBe("GET 200");
  });
});

describe.each(everyVerb)("%s fails at once, and changes nothing, after", (verb) => {
  it.each<[string, Fault, string]>([
    ["a redirect", { kind: "redirect", location: "http://127.0.0.1:1/" }, "302"],
    ["a status that is neither a success nor an error", status(300, html), "300"],
    ["401", status(401, '{"errors":["Unauthorized"]}'), "401"],
    ["403", status(403, '{"errors":["Forbidden"]}'), "403"],
    ["404 of something else", status(404, html), "404"],
  ])("%s", async (_what, fault, code) => {
    const before = fake.connections;
    fake.fault({ ...fault, method: verb });
    expect(await messageOf(verbs[verb].call())).toContain(` answered ${code}`);
    expect(shortLines()).toBe(`${verb} ${code}`);
    expect(fake.connections).toEqual(before);
  });
});

describe("a fault that doesn't end", () => {
  it.each<[Verb, string]>([
    ["GET", "GET 503, GET 503, GET 503"],
    ["POST", "POST 503, GET 200, POST 503, GET 200, POST 503, GET 200"],
    ["PATCH", "PATCH 503, PATCH 503, PATCH 503, GET 200"],
    ["DELETE", "DELETE 503, DELETE 503, DELETE 503, GET 200"],
  ])("ends %s with what came back last", async (verb, expected) => {
    fake.fault({ ...status(503), method: verb, times: 99 });
    expect(await messageOf(verbs[verb].call())).toBe("Datadog answered 503 Service Unavailable");
    expect(shortLines()).toBe(expected);
  });

  it.each<Verb>(["PATCH", "DELETE"])("of the answers ends %s as wanted", async (verb) => {
    fake.fault({ kind: "resetAfter", method: verb, times: 99 });
    await expectDone(verb);
  });
});

it.each(everyVerb)("%s is sent again if no connection could be made", async (verb) => {
  client = newClient({ url: "http://127.0.0.1:1" }, { clock });
  expect(await messageOf(verbs[verb].call())).toContain("ECONNREFUSED");
  expect(clock.waits.length).toBeGreaterThanOrEqual(2);
});

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
    const reasons: string[] = [];
    const onWait = (reason: string) => reasons.push(reason);
    await newClient(fake, { clock, onWait }).list();
    expect(clock.waits).toHaveLength(2);
    expect(clock.waits[0]).toBeLessThan(0.5);
    expect(clock.waits[1]).toBeLessThan(1);
    expect(reasons).toEqual(Array(2).fill("Datadog answered 503 Service Unavailable"));
  });

  it("isn't begun if the operation has to end before", async () => {
    fake.fault(status(503));
    vi.spyOn(Math, "random").mockReturnValueOnce(0.8); // of 0.5 s
    clock.end = clock.now() + 0.3;
    expect(await messageOf(client.list())).toContain("503");
    expect(clock.waits).toEqual([]);
  });

  it("is waited for in seconds", async () => {
    const begun = systemClock.now();
    await systemClock.wait(0.02);
    expect(systemClock.now() - begun).toBeGreaterThan(0.019);
  });
});

describe.each(["PATCH", "DELETE"] as const)("a %s that may have been applied", (verb) => {
  it("isn't reported as not sent if the time ends before its retry", async () => {
    fake.fault({ ...status(502), headers: { "retry-after": "90" }, method: verb });
    clock.end = clock.now() + 60;
    expect(await messageOf(verbs[verb].call())).toBe("Datadog answered 502 Bad Gateway");
  });

  it("is looked for in the list if the rate limit refuses all its retries", async () => {
    fake.fault({ kind: "resetAfter", method: verb });
    fake.fault({ ...status(429), method: verb, times: 99 });
    await expectDone(verb);
    expect(fake.requests.at(-1)).toMatchObject({ method: "GET", status: 200 });
  });
});
