import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
} from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { orgs } from "../../support/fake-datadog/index.ts";
import { InstantClock } from "../clock.ts";
import { creationProblem } from "../fixture.ts";

/** Certificates for localhost that nobody vouches for, with their keys. */
const selfSigned = readFileSync(join(import.meta.dirname, "self-signed.pem"), "utf8");
const expired = readFileSync(join(import.meta.dirname, "expired.pem"), "utf8");
const authorities = getCACertificates("default");

let servers: Server[];
let connections: number;
/** What the servers got to read after their TLS handshake. */
let received: string;

beforeEach(() => {
  servers = [];
  connections = 0;
  received = "";
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) vi.stubEnv(name, "");
});

afterEach(() => {
  setDefaultCACertificates(authorities);
  vi.unstubAllEnvs();
  for (const server of servers) server.close();
});

/** Starts a server on a free port, counts its connections, and returns its port. */
async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: Partial<AddressInfo> = Object(server.address());
  return port ?? 0;
}

/** A server with the certificate of localhost. */
const impostor = (options: Parameters<typeof createTlsServer>[0] = {}) =>
  listen(
    createTlsServer({ key: selfSigned, cert: selfSigned, ...options }, (socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => {
        received += data;
      });
    }),
  );

/** Lets requests go through a proxy that knows every host as this machine. */
async function useProxy(): Promise<void> {
  const proxy = createHttpServer().on("connect", (request, socket) => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const tunnel = connect(Number(request.url?.split(":")[1]), "127.0.0.1");
    socket.pipe(tunnel).pipe(socket);
    for (const end of [socket, tunnel]) end.on("error", () => {});
  });
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await listen(proxy)}`);
  connections -= 1; // that to the proxy
}

let clock: InstantClock;

function create(url: string): Promise<string> {
  clock = new InstantClock();
  return creationProblem(url, clock);
}

const cannotCreate = `Cannot create the org connection to ${orgs.hub.id}: `;
const nothingWasSent =
  "No request was sent. Check the certificate of that address, or of the proxy in HTTPS_PROXY, and " +
  "this machine's clock. If a proxy or gateway of your organization issues the certificates, " +
  "set NODE_USE_SYSTEM_CA=1 if this machine trusts them, or NODE_EXTRA_CA_CERTS to the path of their " +
  "CA certificate.";

describe("a TLS connection that fails is tried once, nothing is sent, and the message says why:", () => {
  const noConnection = (url: string, reason: string) =>
    `${cannotCreate}can't connect securely to ${url}: ${reason}. ${nothingWasSent}`;

  afterEach(() => {
    expect([connections, received, clock.waits]).toEqual([1, "", []]);
  });

  it("a self-signed certificate, whatever the environment allows", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const url = `https://localhost:${await impostor()}`;
    expect(await create(url)).toBe(noConnection(url, "self-signed certificate"));
  });

  it("the same through a proxy", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const url = `https://localhost:${await impostor()}`;
    await useProxy();
    expect(await create(url)).toBe(noConnection(url, "self-signed certificate"));
  });

  it("a certificate of another host", async () => {
    setDefaultCACertificates([...authorities, selfSigned]);
    const url = `https://datadog.invalid:${await impostor()}`;
    await useProxy();
    const reason =
      "Hostname/IP does not match certificate's altnames: Host: datadog.invalid. is not in the cert's " +
      "altnames: DNS:localhost, IP Address:127.0.0.1";
    expect(await create(url)).toBe(noConnection(url, reason));
  });

  it("a certificate that has expired", async () => {
    setDefaultCACertificates([...authorities, expired]);
    const url = `https://localhost:${await impostor({ key: expired, cert: expired })}`;
    expect(await create(url)).toBe(noConnection(url, "certificate has expired"));
  });

  it("a server that speaks no TLS", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    const url = `https://localhost:${await listen(server)}`;
    const reasons = ["wrong version number", "packet length too long"]; // versions of Node.js differ
    expect(reasons.map((reason) => noConnection(url, reason))).toContain(await create(url));
  });

  it("a server without a version of TLS that is safe", async () => {
    const url = `https://localhost:${await impostor({ maxVersion: "TLSv1.1", minVersion: "TLSv1" })}`;
    expect(await create(url)).toContain(nothingWasSent);
  });
});

describe("what surely wasn't sent is sent again, and its outcome is known:", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["a connection that ends before its TLS handshake does", (socket) => socket.destroy()],
  ])("%s", async (_what, accept) => {
    const url = `https://localhost:${await listen(createServer(accept))}`;
    const message = await create(url);
    expect(message).toContain(cannotCreate + url);
    expect(message).toMatch(/\. Check the network, the site or apiUrl, and HTTPS_PROXY\.$/);
    expect(message).not.toContain("It isn't known");
    expect([connections, clock.waits.length]).toEqual([5, 4]);
  });
});

it("a certificate that a CA of this machine vouches for is accepted", async () => {
  setDefaultCACertificates([...authorities, selfSigned]);
  const server = createTlsServer({ key: selfSigned, cert: selfSigned }, (socket) => {
    socket.once("data", (data) => {
      received += data;
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n{"errors":["No"]}');
    });
  });
  const message = await create(`https://localhost:${await listen(server)}`);
  expect(message).toContain('Datadog answered 403 Forbidden ("No")');
  expect(received).toMatch(/^POST \/api\/v2\/org_connections HTTP\/1\.1\r\n/);
});

it.each([
  ["", async () => {}],
  [" through a proxy", useProxy],
])(
  "a connection%s that breaks after its TLS handshake may have carried the request",
  async (_what, prepare) => {
    setDefaultCACertificates([...authorities, selfSigned]);
    const server = createTlsServer({ key: selfSigned, cert: selfSigned }, (socket) => {
      socket.once("data", () => socket.destroy());
    });
    const url = `https://localhost:${await listen(server)}`;
    await prepare();
    expect(await create(url)).toContain("It isn't known whether the connection was created.");
  },
);

it("a connection that is reset after its TLS handshake may have carried the request", async () => {
  setDefaultCACertificates([...authorities, selfSigned]);
  const sockets: Socket[] = [];
  const server = createTlsServer({ key: selfSigned, cert: selfSigned }, (socket) => {
    socket.once("data", () => sockets.at(-1)?.resetAndDestroy());
  });
  server.on("connection", (socket) => sockets.push(socket));
  expect(await create(`https://localhost:${await listen(server)}`)).toContain(
    "It isn't known whether the connection was created.",
  );
});

it("one connection carries several requests", async () => {
  setDefaultCACertificates([...authorities, selfSigned]);
  const methods: string[] = [];
  const server = createTlsServer({ key: selfSigned, cert: selfSigned }, (socket) => {
    socket.on("data", (data) => {
      const [method] = /^(?:GET|POST)/.exec(String(data)) ?? [];
      if (method === undefined) return; // the rest of a request
      methods.push(method);
      socket.write('HTTP/1.1 409 Conflict\r\nContent-Length: 17\r\n\r\n{"errors":["No"]}');
    });
  });
  await create(`https://localhost:${await listen(server)}`);
  expect(methods).toEqual(["POST", "GET"]);
  expect(connections).toBe(1);
});

it("a tunnel that its proxy resets may have carried the request", async () => {
  setDefaultCACertificates([...authorities, selfSigned]);
  let reset = () => {};
  const proxy = createHttpServer().on("connect", (request, socket: Socket) => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const tunnel = connect(Number(request.url?.split(":")[1]), "127.0.0.1");
    socket.pipe(tunnel).pipe(socket);
    for (const end of [socket, tunnel]) end.on("error", () => {});
    reset = () => socket.resetAndDestroy();
  });
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await listen(proxy)}`);
  const server = createTlsServer({ key: selfSigned, cert: selfSigned }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => reset());
  });
  expect(await create(`https://localhost:${await listen(server)}`)).toContain(
    "It isn't known whether the connection was created.",
  );
});
