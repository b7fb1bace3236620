import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import { Endpoints } from "../../../provider/api/endpoints.ts";
import type { Credentials } from "../../../provider/api/transport.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { configOf, keys, messageOf, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

function client(credentials: Credentials = keys) {
  const options = { credentials, maxRetries: 0, timeoutSeconds: 5 };
  return new Endpoints({ baseUrl: fake.url, ...options });
}

const attributes = { connection_types: ["logs"], created_at: "2025-08-26T20:19:38Z" };
const connection = (changes: object) => ({
  data: { type: "org_connection", id: orgs.shop.id, attributes, relationships: {}, ...changes },
});

type Fault = Parameters<FakeDatadog["fault"]>[0];

const status = (code: number, body?: string, headers?: Record<string, string>): Fault => ({
  kind: "status",
  status: code,
  ...(body !== undefined && { body }),
  ...(headers && { headers }),
});

const notAsDescribed = "Datadog's answer isn't what its API reference describes";

describe("an answer is refused that", () => {
  it.each<[string, unknown, string]>([
    ["is no object", 7, "the answer"],
    ["has no data", {}, "data"],
    ["has no type", connection({ type: undefined }), "data.type"],
    ["is no connection", connection({ type: "org" }), "data.type"],
    ["has no id", connection({ id: undefined }), "data.id"],
    ["has an empty id", connection({ id: "" }), "data.id"],
    ["has no attributes", connection({ attributes: undefined }), "data.attributes"],
    [
      "has no types",
      connection({ attributes: { ...attributes, connection_types: undefined } }),
      "data.attributes.connection_types",
    ],
    [
      "has a type that is no text",
      connection({ attributes: { ...attributes, connection_types: ["logs", 7] } }),
      "data.attributes.connection_types.1",
    ],
    [
      "has an empty date",
      connection({ attributes: { ...attributes, created_at: "" } }),
      "data.attributes.created_at",
    ],
    ["has no relationships", connection({ relationships: undefined }), "data.relationships"],
    [
      "has a sink with an empty id",
      connection({ relationships: { sink_org: { data: { id: "" } } } }),
      "data.relationships.sink_org.data.id",
    ],
  ])("%s", async (_what, json, where) => {
    fake.fault({ kind: "wrongShape", json });
    const message = await messageOf(client().create(orgs.hub.id, ["logs"]));
    expect(message).toContain(`${notAsDescribed} (${where}: `);
  });

  it.each([
    [undefined, 'expected "id"'],
    [7, "expected string"],
    ["", "expected a UUID"],
    ["..", "expected a UUID"],
  ])("has the id %j, with the message that it is %s", async (id, expected) => {
    fake.fault({ kind: "wrongShape", json: connection({ id }) });
    const message = await messageOf(client().create(orgs.hub.id, ["logs"]));
    expect(message).toBe(`${notAsDescribed} (data.id: ${expected})`);
  });

  it.each([-1, 0.5, "1"])("counts %j connections", async (total_filtered_count) => {
    const json = { data: [], meta: { page: { total_filtered_count } } };
    fake.fault({ kind: "wrongShape", json });
    expect(await messageOf(client().list(0, {}))).toContain("(meta.page.total_filtered_count: ");
  });

  it("names no org where the org of the key is asked for", async () => {
    fake.fault({ kind: "wrongShape", json: { data: { id: "" } } });
    expect(await messageOf(client().validate())).toContain("(data.id: ");
  });

  it.each(["[]", '"deleted"'])("is %s, to a delete", async (body) => {
    fake.fault({ kind: "status", status: 200, body });
    expect(await messageOf(client().delete("1"))).toContain("(the answer: ");
  });

  it.each(["", "null"])("is %j", async (body) => {
    fake.fault({ kind: "status", status: 200, body });
    expect(await messageOf(client().list(0, {}))).toBe(
      "Datadog's answer isn't valid JSON, although its status reports success",
    );
  });
});

describe("a web page instead of JSON", () => {
  const html = { "content-type": "text/html; charset=utf-8" };

  it.each<[string, Fault, string]>([
    ["a success", status(200, "<!DOCTYPE html><title>"), "with a web page instead of JSON"],
    ["a success, after a line break", status(200, "\n <html>"), "with a web page instead of JSON"],
    ["a success, by its type", status(200, "Log in", html), "with a web page instead of JSON"],
    ["an error", status(404, "<html></html>"), "404 Not Found with a web page"],
    ["an error, by its type", status(403, "No", html), "403 Forbidden with a web page"],
    ["an error that is text", status(403, "No", { "content-type": "text/plain" }), "403 Forbidden"],
    [
      "a redirect",
      status(301),
      "301 Moved Permanently, a redirect, which isn't followed because it would forward the keys",
    ],
  ])("%s is reported with the address that answered", async (_what, fault, expected) => {
    fake.fault(fault);
    expect(await messageOf(client().list(0, {}))).toBe(`${fake.url} answered ${expected}`);
  });

  it("but not the error of a gateway", async () => {
    fake.fault(status(502, "<html></html>"));
    expect(await messageOf(client().list(0, {}))).toBe("Datadog answered 502 Bad Gateway");
  });

  it.each([
    ["JSON", "{}"],
    ["nothing", ""],
  ])("but not %s with its type", async (_what, body) => {
    fake.fault(status(200, body, html));
    expect(await messageOf(client().delete("1"))).toBe("nothing was thrown");
  });

  it("is explained to the user", async () => {
    fake.fault({ ...status(200, "<html></html>"), times: 9 });
    const options = { clock: new InstantClock() };
    const call = newProvider(configOf(fake), options).read(orgs.shop.id, {
      sinkOrgId: orgs.hub.id,
      connectionTypes: ["logs"],
    });
    expect(await messageOf(call)).toBe(
      `Cannot read the org connection ${orgs.shop.id}: ${fake.url} answered with a web page instead of JSON. ` +
        "The address of Datadog's API is https://api.SITE, such as https://api.datadoghq.eu: check the site, apiUrl " +
        "or DD_HOST, and HTTPS_PROXY.",
    );
  });
});

it("a refusal may have texts, or titles and details", async () => {
  const errors = ["One", { title: "Two", detail: "2" }, { title: "Three" }, { detail: "Four" }];
  fake.fault({ kind: "status", status: 400, body: JSON.stringify({ errors }) });
  expect(await messageOf(client().list(0, {}))).toBe(
    'Datadog answered 400 Bad Request ("One; Two: 2; Three; Four")',
  );
});

it("a refusal is quoted on one line", async () => {
  fake.fault({ kind: "status", status: 400, body: '{"errors":["One\\r\\n\\ttwo"]}' });
  expect(await messageOf(client().list(0, {}))).toBe(
    'Datadog answered 400 Bad Request ("One two")',
  );
});

it.each(["null", "[]", '{"errors":"No"}', '{"errors":[7]}', '{"message":"No"}'])(
  "a refusal in another form, such as %s, isn't quoted",
  async (body) => {
    fake.fault({ kind: "status", status: 400, body });
    expect(await messageOf(client().list(0, {}))).toBe(`${fake.url} answered 400 Bad Request`);
  },
);

describe("the time of the service", () => {
  const date = "Wed, 21 Oct 2026 07:28:00 GMT";
  const seconds = (one: Endpoints, at = performance.now()) =>
    Math.round(one.serverTimeAt(at) / 1000);

  it("is the one of its answers, before and after", async () => {
    fake.fault({ kind: "status", status: 200, body: '{"data":[]}', headers: { date } });
    const one = client();
    await one.list(0, {});
    const heardAt = performance.now();
    expect(one.serverTimeAt(heardAt) - Date.parse(date)).toBeLessThan(30_000);
    expect(one.serverTimeAt(heardAt)).toBeGreaterThanOrEqual(Date.parse(date));
    expect(seconds(one, heardAt + 60_000) - seconds(one, heardAt)).toBe(60);
  });

  it("is this machine's where no answer tells it", async () => {
    const server = createServer((_request, response) => {
      response.sendDate = false;
      response.end('{"data":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port }: Partial<AddressInfo> = Object(server.address());
    const options = { credentials: { bearerToken: "t" }, maxRetries: 0, timeoutSeconds: 5 };
    const one = new Endpoints({ baseUrl: `http://127.0.0.1:${port}`, ...options });
    await one.list(0, {});
    const [now, here] = [one.serverTimeAt(performance.now()), Date.now()];
    server.closeAllConnections();
    server.close();
    expect(Math.abs(now - here)).toBeLessThan(1000);
  });
});
