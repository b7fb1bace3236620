import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
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
  expect(message).toContain("can't be reached");
  expect(message).not.toContain("secretword");
});
