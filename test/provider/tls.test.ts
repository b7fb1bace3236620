import { readFileSync } from "node:fs";
import { createServer as createProxy } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OrgConnectionsClient } from "../../provider/api/client.ts";
import { messageOf } from "./fixture.ts";

/** A certificate that nobody vouches for, with its key. */
const selfSigned = readFileSync(join(import.meta.dirname, "self-signed.pem"));

let impostor: Server;
let requests: number;

const portOf = (server: { address(): unknown }) => {
  const { port }: Partial<AddressInfo> = Object(server.address());
  return port;
};
const list = () =>
  new OrgConnectionsClient({
    baseUrl: `https://localhost:${portOf(impostor)}`,
    credentials: { apiKey: "the-api-key", appKey: "the-app-key" },
    maxRetries: 0,
    timeoutSeconds: 5,
  }).list();

beforeEach(async () => {
  requests = 0;
  impostor = createServer({ key: selfSigned, cert: selfSigned }, (_request, response) => {
    requests += 1;
    response.end('{"data":[],"meta":{"page":{"total_filtered_count":0}}}');
  });
  await new Promise<void>((resolve) => impostor.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
});

afterEach(() => {
  vi.unstubAllEnvs();
  impostor.closeAllConnections();
  impostor.close();
});

it("gives no key to who can't prove to be Datadog, whatever the environment allows", async () => {
  expect(await messageOf(list())).toContain("self-signed certificate");
  expect(requests).toBe(0);
});

it("gives it to none through a proxy either", async () => {
  const proxy = createProxy().on("connect", (_request, socket) => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const tunnel = connect(portOf(impostor) ?? 0, "127.0.0.1");
    socket.pipe(tunnel).pipe(socket);
    for (const end of [socket, tunnel]) end.on("error", () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${portOf(proxy)}`);
  vi.stubEnv("NO_PROXY", "");
  try {
    expect(await messageOf(list())).toContain("self-signed certificate");
    expect(requests).toBe(0);
  } finally {
    proxy.close();
  }
});
