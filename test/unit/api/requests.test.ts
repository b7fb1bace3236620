import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { Endpoints } from "../../../provider/api/endpoints.ts";
import type { Credentials } from "../../../provider/api/transport.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { keys, messageOf } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

function client(credentials: Credentials = keys, maxRetries = 1, clock = new InstantClock()) {
  const options = { credentials, maxRetries, timeoutSeconds: 5, clock };
  return new Endpoints({ baseUrl: fake.url, ...options });
}

const everyVerb = ["GET", "POST", "PATCH", "DELETE"] as const;
type Verb = (typeof everyVerb)[number];

/** One call of each verb, on a connection that exists. */
function callOf(verb: Verb, one: Endpoints, id: string): Promise<unknown> {
  return {
    GET: () => one.list(0),
    POST: () => one.create(orgs.shop.id, ["logs"]),
    PATCH: () => one.update(id, ["audit"]),
    DELETE: () => one.delete(id),
  }[verb]();
}

const connect = () => fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] }).id;

describe("a request", () => {
  it("carries the keys, what it accepts, and who sends it", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    await client().create(orgs.hub.id, ["logs"]);
    expect(fake.requests[0]?.headers).toMatchObject({
      accept: "application/json",
      "content-type": "application/json",
      "dd-api-key": keys.apiKey,
      "dd-application-key": keys.appKey,
      "user-agent": `pulumi-datadog-org-connections/${version}`,
    });
  });

  it("carries a bearer token instead of keys", async () => {
    fake.addCredentials(orgs.payments, { token: "ddsat_1" });
    await client({ bearerToken: "ddsat_1" }).list(0);
    const headers = fake.requests[0]?.headers ?? {};
    expect(headers["authorization"]).toBe("Bearer ddsat_1");
    expect(Object.keys(headers).filter((name) => name.startsWith("dd-"))).toEqual([]);
    expect(headers).not.toHaveProperty("content-type");
  });

  it("leaves its connection open for the next one", async () => {
    await client().list(0);
    expect(fake.requests[0]?.headers["connection"]).toBe("keep-alive");
  });

  it("names the connection safely in its path", async () => {
    await messageOf(client().update("a/../b?c", ["logs"]));
    expect(fake.requests[0]?.path).toBe("/api/v2/org_connections/a%2F..%2Fb%3Fc");
  });

  it("is never redirected: the keys would travel along", async () => {
    const elsewhere = await startFakeDatadog();
    fake.fault({ kind: "redirect", location: `${elsewhere.url}/api/v2/org_connections` });
    expect(await messageOf(client().list(0))).toBe(
      `${fake.url} answered 302 Found, a redirect, which isn't followed because it would forward the keys`,
    );
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });
});

const status = (code: number) => ({ kind: "status", status: code, body: "<html></html>" }) as const;

describe("after a fault", () => {
  it.each<[string, readonly Verb[], Parameters<FakeDatadog["fault"]>[0]]>([
    ["429", everyVerb, { ...status(429), headers: { "x-ratelimit-reset": "0" } }],
    ["500", ["GET", "PATCH", "DELETE"], status(500)],
    ["502 with HTML", ["GET", "PATCH", "DELETE"], status(502)],
    ["503", ["GET", "PATCH", "DELETE"], status(503)],
    ["a reset connection", ["GET", "PATCH", "DELETE"], { kind: "resetBefore" }],
    ["a broken body", ["GET", "PATCH"], { kind: "truncatedJson" }],
    ["an empty body", ["GET", "PATCH"], { kind: "emptyBody" }],
    ["403", [], status(403)],
    ["a body of another shape", [], { kind: "wrongShape", json: {} }],
    ["a redirect", [], { kind: "redirect", location: "http://127.0.0.1:1/" }],
  ])("%s, %j are sent once more, no other verb", async (_what, again, fault) => {
    const bodiless = fault.kind === "emptyBody" || fault.kind === "wrongShape";
    for (const verb of everyVerb) {
      if (verb === "DELETE" && (bodiless || fault.kind === "truncatedJson")) continue;
      const id = connect();
      fake.clearRequests();
      fake.fault(fault);
      const outcome = await messageOf(callOf(verb, client(), id));
      const isSentAgain = again.includes(verb);
      expect([verb, fake.requests.length]).toEqual([verb, isSentAgain ? 2 : 1]);
      expect([verb, outcome === "nothing was thrown"]).toEqual([verb, isSentAgain]);
      for (const connection of fake.connections) fake.remove(connection.id);
    }
  });

  it.each(everyVerb)(
    "a refused connection, %s is sent again: it surely did nothing",
    async (verb) => {
      const clock = new InstantClock();
      const options = { credentials: keys, timeoutSeconds: 5, maxRetries: 2, clock };
      const one = new Endpoints({ baseUrl: "http://127.0.0.1:1", ...options });
      expect(await messageOf(callOf(verb, one, "1"))).toContain("ECONNREFUSED");
      expect(clock.waits).toHaveLength(2);
    },
  );

  it("a request that gets no answer in time is sent again", async () => {
    const clock = new InstantClock();
    fake.fault({ kind: "hangBefore" });
    fake.beforeAnswer = () => {
      fake.beforeAnswer = undefined;
      clock.expire();
    };
    await client(keys, 1, clock).list(0);
    expect(fake.requests).toHaveLength(2);
  });

  it("it tries as often as maxRetries says, and then tells what came back last", async () => {
    fake.fault({ ...status(503), times: 9 });
    expect(await messageOf(client(keys, 3).list(0))).toBe(
      "Datadog answered 503 Service Unavailable",
    );
    expect(fake.requests).toHaveLength(4);
  });
});
