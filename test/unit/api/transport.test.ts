import { createServer } from "node:net";
import { inspect } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { systemClock } from "../../../provider/api/clock.ts";
import { type Credentials, Transport } from "../../../provider/api/transport.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import {
  inputsTo,
  keys,
  messageOf,
  namespace,
  newClient,
  newOrg,
  newProvider,
} from "../fixture.ts";

const { hub, payments } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;
const bearerToken = "ddsat_0123456789abcdef";

beforeEach(() => {
  fake = datadog();
  fake.addCredentials(payments, { token: bearerToken });
});

const newTransport = (credentials: Credentials = keys) =>
  new Transport({ baseUrl: fake.url, credentials, timeoutSeconds: 5 });
const path = "/api/v2/org_connections";
const json = { "content-type": "application/json" };
const send = () => newTransport().send("GET", path);

type Fault = Parameters<FakeDatadog["fault"]>[0];
const status = (code: number, body = "", headers = {}) =>
  ({ kind: "status", status: code, body, headers }) as const;

/** Everything that a log, a debugger or a crash report could show of a value. */
const shown = (value: unknown) =>
  inspect(value, { showHidden: true, depth: Number.POSITIVE_INFINITY }) +
  JSON.stringify(value) +
  String(value);

describe.each([
  {
    what: "a pair of keys",
    credentials: keys,
    headers: { "dd-api-key": keys.apiKey, "dd-application-key": keys.appKey },
  },
  {
    what: "a token",
    credentials: { bearerToken },
    headers: { authorization: `Bearer ${bearerToken}` },
  },
])("$what", ({ credentials, headers: expected }) => {
  const secrets = Object.values(credentials);
  const hasSecret = (text: string) => secrets.some((secret) => text.includes(secret));
  it("is sent in its headers and nowhere else, with what every request has", async () => {
    const client = newClient(fake, { credentials });
    const { connection } = await client.create(hub.id, ["logs"]);
    await client.list();
    await client.update(connection.id, ["audit"]);
    await client.delete(connection.id);
    expect(fake.requests.map(({ method }) => method)).toEqual(["POST", "GET", "PATCH", "DELETE"]);
    for (const { headers, ...rest } of fake.requests) {
      const sent = Object.entries(headers).filter(([, value]) => hasSecret(value));
      expect(Object.fromEntries(sent)).toEqual(expected);
      expect(hasSecret(JSON.stringify(rest))).toBe(false);
      expect(headers).toMatchObject({
        accept: "application/json",
        connection: "keep-alive",
        "user-agent": `pulumi-datadog-org-connections/${manifest.version}`,
      });
    }
    expect(fake.requests[0]?.headers).toHaveProperty("content-type", "application/json");
  });

  it("isn't shown by what holds it", async () => {
    const transport = newTransport(credentials);
    await transport.send("GET", path);
    const org = newOrg(fake, { credentials });
    await org.list();
    const config = Object.entries({ apiUrl: fake.url, ...credentials });
    const provider = newProvider(
      Object.fromEntries(config.map(([name, value]) => [`${namespace}:${name}`, value])),
    );
    await provider.create(inputsTo(hub));
    for (const holder of [transport, org, org.client, provider]) {
      expect(hasSecret(shown(holder))).toBe(false);
    }
  });

  it.each<Fault>([
    status(401, JSON.stringify({ errors: secrets })),
    status(403, JSON.stringify({ errors: ["x".repeat(490) + secrets[0]] })),
    status(500, secrets.join(" ")),
    { kind: "redirect", location: `http://127.0.0.1:1/${secrets[0]}` },
    { kind: "resetBefore" },
    { kind: "hangBefore" },
    { kind: "truncatedJson" },
    { kind: "unexpectedResponse", json: { data: secrets[0] } },
  ])("isn't shown by the error after $kind $status", async (fault) => {
    const clock = new InstantClock();
    fake.fault(fault);
    if (fault.kind === "hangBefore") fake.beforeAnswer = () => clock.expire();
    const client = newClient(fake, { credentials, clock, maxRetries: 0 });
    const error: unknown = await client.list().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    const starts = secrets.map((secret) => secret.slice(0, 8));
    for (const secret of starts) expect(shown(error)).not.toContain(secret);
  });

  it("isn't shown if it is in the status line", async () => {
    const line = `HTTP/1.1 403 ${secrets.join(" ")}\r\n\r\n`;
    const server = createServer((socket) => socket.once("data", () => socket.end(line)));
    await new Promise<void>((started) => server.listen(0, "127.0.0.1", started));
    const url = `http://127.0.0.1:${Object(server.address()).port}`;
    const message = await messageOf(newClient({ url }, { credentials }).list());
    server.close();
    expect(message).toContain("answered 403 [redacted]");
    expect(hasSecret(message)).toBe(false);
  });
});

it("a redirect is never followed: the keys would travel along", async () => {
  const elsewhere = await startFakeDatadog();
  fake.fault({ kind: "redirect", location: `${elsewhere.url}${path}` });
  expect(await messageOf(send())).toBe(
    `${fake.url} answered 302 Found, a redirect, which isn't followed because it would forward the keys`,
  );
  expect(elsewhere.requests).toEqual([]);
  await elsewhere.close();
});

it("nothing is sent once the time has run out", async () => {
  const clock = Object.assign(new InstantClock(), { timeout: () => AbortSignal.abort() });
  const endpoint = { baseUrl: fake.url, credentials: keys, timeoutSeconds: 5 };
  await expect(new Transport({ ...endpoint, clock }).send("GET", path)).rejects.toMatchObject({
    code: "timeout",
    message: `${fake.url} didn't respond within 5 s`,
  });
  expect(fake.requests).toEqual([]);
});

const html = { "content-type": "text/html; charset=utf-8" };
const webPage = "ADDRESS answered with a web page instead of JSON";

it.each<[string, Fault, string]>([
  ["1 MiB of an error", status(400, " ".repeat(2 ** 20)), "ADDRESS answered 400 Bad Request"],
  [
    "more than 1 MiB of an error",
    status(400, " ".repeat(2 ** 20 + 1)),
    "ADDRESS answered 400 Bad Request with a body of more than 1 MiB",
  ],
  ["a million values", status(200, "[".repeat(1e6), json), "nothing was thrown"],
  [
    "more than a million values",
    status(200, "[".repeat(1e6 + 1)),
    "ADDRESS answered 200 OK with a body of more than a million values",
  ],
  ["a page", status(200, "<!DOCTYPE html><title>", json), webPage],
  ["a page after a line break", status(200, "\n <html>", json), webPage],
  ["a page by its type", status(200, "Log in", html), webPage],
  ["JSON with the type of a page", status(200, "{}", html), "nothing was thrown"],
  ["nothing with the type of a page", status(200, "", html), "nothing was thrown"],
  [
    "an error with a page",
    status(404, "<html></html>"),
    "ADDRESS answered 404 Not Found with a web page",
  ],
  [
    "an error with a page by its type",
    status(403, "No", html),
    "ADDRESS answered 403 Forbidden with a web page",
  ],
  [
    "an error with text",
    status(403, "No", { "content-type": "text/plain; not=text/html" }),
    "ADDRESS answered 403 Forbidden",
  ],
  ["a gateway's page", status(502, "<html></html>"), "Datadog answered 502 Bad Gateway"],
  [
    "a refusal of two lines",
    status(400, '{"errors":["One\\r\\n\\ttwo"]}'),
    'Datadog answered 400 Bad Request ("One two")',
  ],
])("the answer is %s", async (_what, fault, expected) => {
  fake.fault(fault);
  expect((await messageOf(send())).replace(fake.url, "ADDRESS")).toBe(expected);
});

describe("the time of the service", () => {
  const date = "Wed, 21 Oct 2026 07:28:00 GMT";

  it("is the one of its answers, before and after", async () => {
    fake.fault(status(200, "{}", { date }));
    const transport = newTransport();
    await transport.send("GET", path);
    const heardAt = systemClock.now();
    const time = transport.serverTimeAt(heardAt);
    expect(time - Date.parse(date)).toBeLessThan(30_000);
    expect(time).toBeGreaterThanOrEqual(Date.parse(date));
    expect(Math.round(transport.serverTimeAt(heardAt + 60) - time)).toBe(60_000);
  });

  it("is this machine's if no answer has a date", async () => {
    fake.fault(status(200, "{}", { date: "soon" }));
    const transport = newTransport();
    await transport.send("GET", path);
    const difference = transport.serverTimeAt(systemClock.now()) - Date.now();
    expect(Math.abs(difference)).toBeLessThan(1000);
  });
});
