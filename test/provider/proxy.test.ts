import { createServer, type Server } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { AddressInfo } from "node:net";
import { ProxyAgent } from "proxy-agent";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAgent } from "../../provider/api/agent.ts";
import { OrgConnectionsClient } from "../../provider/api/client.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { messageOf } from "./fixture.ts";

const running = useFakeDatadog();

/** A proxy that notes what it is asked for, and refuses it. */
let proxy: Server;
let asked: string[];

beforeEach(async () => {
  asked = [];
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(407).end();
  });
  proxy.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url} ${JSON.stringify(request.rawHeaders)}`);
    socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port }: Partial<AddressInfo> = Object(proxy.address());
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY"]) {
    vi.stubEnv(name, `http://user:secretword@127.0.0.1:${port}`);
  }
});

afterEach(() => {
  vi.unstubAllEnvs();
  proxy.closeAllConnections();
  proxy.close();
});

const credentials = { apiKey: "the-api-key", appKey: "the-app-key" };
const client = (baseUrl: string) =>
  new OrgConnectionsClient({ baseUrl, credentials, maxRetries: 0, timeoutSeconds: 5 });

it("https goes through the proxy of the environment, which sees no key", async () => {
  const message = await messageOf(client("https://datadog.invalid").list());
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatch(/^CONNECT datadog\.invalid:443 /);
  expect(asked[0]).not.toContain("the-ap");
  expect(message).not.toContain("secretword");
});

it("the hosts of NO_PROXY don't", async () => {
  vi.stubEnv("NO_PROXY", "datadog.invalid");
  expect(await messageOf(client("https://datadog.invalid").list())).toContain(
    "https://datadog.invalid can't be reached: getaddrinfo",
  );
  expect(asked).toEqual([]);
});

it("plain http, which is for this machine only, never does: it would show the keys", async () => {
  const { url } = running();
  expect(await messageOf(client(url).list())).toContain("Datadog answered 401");
  expect(asked).toEqual([]);
});

it("an unusable proxy is told without its password", async () => {
  vi.stubEnv("HTTPS_PROXY", "ftp://user:secretword@127.0.0.1:1");
  const message = await messageOf(client("https://datadog.invalid").list());
  expect(message).toBe(
    "https://datadog.invalid can't be reached: Unsupported protocol for proxy URL: " +
      "ftp://[redacted]@127.0.0.1:1",
  );
});

describe("the agent for https", () => {
  const address = "http://127.0.0.1:1";

  beforeEach(() => {
    for (const name of Object.keys(process.env)) {
      if (/proxy/i.test(name)) vi.stubEnv(name, undefined);
    }
  });

  it.each(["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])("uses the proxy of %s", async (name) => {
    vi.stubEnv(name, address);
    expect(await createAgent("https://datadog.invalid")).toBeInstanceOf(ProxyAgent);
  });

  it.each([
    ["HTTPS_PROXY", ""],
    ["MY_HTTPS_PROXY", address],
    ["HTTPS_PROXY_PORT", "1"],
  ])("uses none where %s is %j, and keeps its connections", async (name, value) => {
    vi.stubEnv(name, value);
    const agent = await createAgent("https://datadog.invalid");
    expect(agent).toBeInstanceOf(HttpsAgent);
    expect(agent).toHaveProperty("keepAlive", true);
  });
});
