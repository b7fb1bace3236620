import { once } from "node:events";
import { get } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { creation, keysOf, list, PATH, send } from "./client.ts";
import type { Misbehaviour } from "./faults.ts";
import { orgs } from "./orgs.ts";
import { type FakeDatadog, startFakeDatadog } from "./service.ts";

const { hub, payments, shop } = orgs;

let datadog: FakeDatadog;
beforeEach(async () => {
  datadog = await startFakeDatadog();
});
afterEach(() => datadog.close());

const post = (signal?: AbortSignal) =>
  send(datadog, {
    method: "POST",
    headers: keysOf(payments),
    body: creation(hub.id, ["logs"]),
    ...(signal && { signal }),
  });

/** Waits until the request is in the log and `applied` connections are stored. */
const arrived = (applied: number) =>
  expect
    .poll(() => [datadog.requests.length, datadog.connections.length], { timeout: 10_000 })
    .toEqual([1, applied]);

it("answers a status with headers and HTML instead of applying", async () => {
  const headers = { "x-ratelimit-reset": "3" };
  datadog.fault({ kind: "status", status: 502, headers, body: "<html>Bad Gateway</html>" });

  const response = await post();

  expect(response.status).toBe(502);
  expect(response.headers.get("content-type")).toBe("text/html");
  expect(response.headers.get("x-ratelimit-reset")).toBe("3");
  expect(await response.text()).toBe("<html>Bad Gateway</html>");
  expect(datadog.connections).toEqual([]);
  expect(datadog.requestLines).toEqual([`POST ${PATH} 502`]);
});

it("answers a status with no body", async () => {
  datadog.fault({ kind: "status", status: 503 });

  const response = await post();

  expect([response.status, await response.text()]).toEqual([503, ""]);
});

it("redirects instead of applying", async () => {
  datadog.fault({ kind: "redirect", location: "https://login.example.com/" });

  const response = await post();

  expect(response.status).toBe(302);
  expect(response.headers.get("location")).toBe("https://login.example.com/");
  expect(datadog.connections).toEqual([]);
});

it.each([
  ["resetBefore", 0],
  ["resetAfter", 1],
] as const)("%s: the connection is reset with %i connections stored", async (kind, applied) => {
  datadog.fault({ kind });

  await expect(post()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  expect(datadog.connections.length).toBe(applied);
  expect(datadog.requestLines).toEqual([`POST ${PATH} ${kind}`]);
});

it.each([
  ["hangBefore", 0],
  ["hangAfter", 1],
] as const)("%s: no answer comes, with %i connections stored", async (kind, applied) => {
  datadog.fault({ kind });
  const abort = new AbortController();
  const answer = post(abort.signal);

  await arrived(applied);
  expect(datadog.requestLines).toEqual([`POST ${PATH} ${kind}`]);
  abort.abort();
  await expect(answer).rejects.toThrow("aborted");
});

it("ends a request that hangs when it is closed", async () => {
  datadog.fault({ kind: "hangBefore" });
  const answer = post().catch((error: unknown) => error);
  await arrived(0);

  await datadog.close();

  expect(await answer).toBeInstanceOf(TypeError);
});

it("applies, and cuts the JSON in half", async () => {
  datadog.fault({ kind: "truncatedJson" });

  const response = await post();

  expect(response.status).toBe(200);
  expect(Number(response.headers.get("content-length"))).toBeGreaterThan(300);
  await expect(response.text()).rejects.toThrow("terminated");
  expect(datadog.connections.length).toBe(1);
});

it.each<[Misbehaviour, string]>([
  [{ kind: "wrongShape", json: { data: [] } }, '{"data":[]}'],
  [{ kind: "emptyBody" }, ""],
])("applies, and answers 200 with another body: %o", async (misbehaviour, body) => {
  datadog.fault(misbehaviour);

  const response = await post();

  expect([response.status, await response.text()]).toEqual([200, body]);
  expect(datadog.connections.length).toBe(1);
});

it("sends the headers at once and the body later", async () => {
  datadog.fault({ kind: "slowBody", delayMs: 3_600_000 });
  const abort = new AbortController();

  const response = await post(abort.signal);

  expect(response.status).toBe(200);
  expect(datadog.connections.length).toBe(1);
  abort.abort();
  await expect(response.text()).rejects.toThrow("aborted");

  datadog.fault({ kind: "slowBody", delayMs: 1 });
  expect((await list(datadog, payments)).sources).toEqual(["Payments"]);
});

describe("a fault waits for its request", () => {
  const status = async (org = payments, query = "") =>
    (await send(datadog, { headers: keysOf(org), path: PATH + query })).status;
  const broken = { kind: "status", status: 500 } as const;

  it("once, or as many times as told", async () => {
    datadog.fault(broken);
    datadog.fault({ kind: "status", status: 503, times: 2 });
    expect(datadog.pendingFaults).toBe(3);

    expect([await status(), await status(), await status(), await status()]).toEqual([
      500, 503, 503, 200,
    ]);
    expect(datadog.pendingFaults).toBe(0);
  });

  it("by method", async () => {
    datadog.fault({ ...broken, method: "POST" });

    expect([await status(), (await post()).status]).toEqual([200, 500]);
  });

  it("by a part of the path", async () => {
    datadog.fault({ ...broken, path: "offset=1000" });

    expect([await status(), await status(payments, "?offset=1000")]).toEqual([200, 500]);
  });

  it.each(["Shop", shop.id])("by org: %s", async (org) => {
    datadog.fault({ ...broken, org });

    expect([await status(), await status(shop)]).toEqual([200, 500]);
  });

  it("until it is cleared", async () => {
    datadog.fault(broken);
    datadog.clearFaults();

    expect(await status()).toBe(200);
  });
});

it("holds an answer back for the latency, when the change is made already", async () => {
  datadog.latencyMs = 3_600_000;
  const abort = new AbortController();
  const answer = post(abort.signal);

  await arrived(1);
  expect(datadog.requestLines).toEqual([`POST ${PATH} …`]);
  abort.abort();
  await expect(answer).rejects.toThrow("aborted");

  datadog.latencyMs = 1;
  expect((await list(datadog, payments)).sources).toEqual(["Payments"]);
});

it("answers 101, and applies nothing", async () => {
  datadog.fault({ kind: "upgrade" });
  const request = get(datadog.url + PATH, { headers: keysOf(payments) });
  const [response, socket] = await once(request, "upgrade");
  expect([response.statusCode, response.headers.upgrade]).toEqual([101, "websocket"]);
  socket.destroy();
});

it("sends a body that never ends", async () => {
  datadog.fault({ kind: "endless" });
  const { body } = await post();
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > 10_000_000) break;
  }
  expect(bytes).toBeGreaterThan(10_000_000);
  expect(datadog.connections.length).toBe(1);
});

it.each(["gzip", "br", "deflate"] as const)("compresses a body with %s", async (encoding) => {
  datadog.fault({ kind: "compressed", encoding, bytes: 100_000, status: 403 });
  const response = await post();
  expect(response.status).toBe(403);
  expect(await response.text()).toBe(" ".repeat(100_000));
  expect(datadog.connections.length).toBe(0);
  expect(datadog.trafficBytes).toBeLessThan(2000);
});
