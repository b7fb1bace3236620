import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
  type TLSSocket,
} from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withUserErrors } from "../../../provider/errors.ts";
import { orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { expectSoon, messageOf, newClient } from "../fixture.ts";

const datadog = useFakeDatadog();
/** A certificate for localhost that nobody vouches for, with its key. */
const selfSigned = readFileSync(join(import.meta.dirname, "self-signed.pem"), "utf8");
const authorities = getCACertificates("default");
const trustSelfSigned = () => setDefaultCACertificates([...authorities, selfSigned]);

let servers: Server[];
/** How many connections the servers that aren't proxies got. */
let connections: number;
/** How many connections to servers and proxies are open. */
let open: number;
/** What the proxies were asked for. */
let asked: string[];
let clock: InstantClock;

beforeEach(() => {
  servers = [];
  connections = 0;
  open = 0;
  asked = [];
  clock = new InstantClock();
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) vi.stubEnv(name, "");
});

afterEach(() => {
  setDefaultCACertificates(authorities);
  vi.unstubAllEnvs();
  for (const server of servers) server.close();
});

/** Starts a server on a free port, and returns its port. */
async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    open += 1;
    socket.on("error", () => {});
    socket.on("close", () => {
      open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: Partial<AddressInfo> = Object(server.address());
  return port ?? 0;
}

/** Starts a server with the certificate of localhost, and returns its address. */
async function listenTls(
  serve: (socket: TLSSocket) => void,
  options: Parameters<typeof createTlsServer>[0] = {},
): Promise<string> {
  const certificate = { key: selfSigned, cert: selfSigned, ...options };
  const server = createTlsServer(certificate, (socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  return `https://localhost:${await listen(server)}`;
}

/** Refuses, and leaves it to the other side to end the connection. */
function refuseTunnel(socket: Duplex): void {
  socket.write("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  socket.resume().once("end", () => socket.end());
}

/** Starts a proxy, and returns its port. */
async function listenProxy(
  answer: (socket: Duplex, target: string) => void = refuseTunnel,
  proxy: Server = createHttpServer(),
): Promise<number> {
  proxy.on("connect", (request, socket) => {
    const [, base64 = ""] = (request.headers["proxy-authorization"] ?? "").split(" ");
    asked.push(`CONNECT ${request.url} ${Buffer.from(base64, "base64")}`);
    expect(JSON.stringify(request.rawHeaders)).not.toContain(orgs.payments.apiKey);
    connections -= 1;
    socket.on("error", () => {});
    answer(socket, request.url);
  });
  return listen(proxy);
}

/** Opens a tunnel to this machine, whatever the host is. */
function openTunnel(socket: Duplex, target: string): void {
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  const tunnel = connect(Number(target.split(":")[1]), "127.0.0.1");
  socket.pipe(tunnel).pipe(socket);
  tunnel.on("error", () => {});
}

const useProxy = async (answer?: (socket: Duplex, target: string) => void) =>
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await listenProxy(answer)}`);

const action = `Cannot create the org connection to ${orgs.hub.id}`;
const failed = (reason: string) => `${action}: ${reason}`;

/** What a user reads if Payments can't connect to Hub. A request has five attempts. */
function create(url = "https://datadog.invalid"): Promise<string> {
  const client = newClient({ url }, { clock, maxRetries: 4 });
  return messageOf(withUserErrors("create", action, () => client.create(orgs.hub.id, ["logs"])));
}

const checkNetwork = "Check the network, the site or apiUrl, and HTTPS_PROXY.";
const checkProxy = "No request was sent. Check HTTPS_PROXY and NO_PROXY.";
const checkCertificate =
  "No request was sent. Check the certificate of that address, or of the proxy in HTTPS_PROXY, and " +
  "this machine's clock. If a proxy or gateway of your organization issues the certificates, " +
  "set NODE_USE_SYSTEM_CA=1 if this machine trusts them, or NODE_EXTRA_CA_CERTS to the path of their " +
  "CA certificate.";
const maybeCreated = "It isn't known whether the connection was created.";

describe("a TLS connection that fails is tried once, nothing is sent, and the message says why:", () => {
  let received = "";
  const impostor = (options?: Parameters<typeof createTlsServer>[0]) =>
    listenTls((socket) => {
      socket.on("data", (data) => {
        received += data;
      });
    }, options);

  it.each<[string, () => Promise<string>, RegExp]>([
    ["a self-signed certificate", impostor, /^self-signed certificate$/],
    [
      "a self-signed certificate, through a proxy",
      async () => {
        await useProxy(openTunnel);
        return impostor();
      },
      /^self-signed certificate$/,
    ],
    [
      "a certificate of another host",
      async () => {
        trustSelfSigned();
        await useProxy(openTunnel);
        return (await impostor()).replace("localhost", "datadog.invalid");
      },
      /^Hostname\/IP does not match certificate's altnames: Host: datadog.invalid. is not in the cert's altnames: DNS:localhost, IP Address:127.0.0.1$/,
    ],
    [
      "a server that speaks no TLS",
      async () => {
        const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
        return `https://localhost:${await listen(server)}`;
      },
      /^(wrong version number|packet length too long)$/, // versions of Node.js differ
    ],
    [
      "a server without a version of TLS that is safe",
      () => impostor({ maxVersion: "TLSv1.1", minVersion: "TLSv1" }),
      /version/,
    ],
  ])("%s, whatever the environment allows", async (_what, prepare, reason) => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    const url = await prepare();
    const begin = failed(`can't connect securely to ${url}: `);
    const end = `. ${checkCertificate}`;
    const message = await create(url);
    expect(message.slice(begin.length, -end.length)).toMatch(reason);
    expect(message).toBe(begin + message.slice(begin.length, -end.length) + end);
    expect([connections, received, clock.waits]).toEqual([1, "", []]);
  });
});

it("a connection that ends before its TLS handshake surely carried nothing, and is tried again", async () => {
  const url = `https://localhost:${await listen(createServer((socket) => socket.destroy()))}`;
  const message = await create(url);
  expect(message.startsWith(failed(url))).toBe(true);
  expect(message.endsWith(`. ${checkNetwork}`)).toBe(true);
  expect(message).not.toContain(maybeCreated);
  expect([connections, clock.waits.length]).toEqual([5, 4]);
});

it("one connection carries several requests, if a CA of this machine vouches for its certificate", async () => {
  trustSelfSigned();
  const lines: string[] = [];
  const url = await listenTls((socket) => {
    socket.on("data", (data) => {
      const [line] = /^(?:GET|POST) .*/.exec(String(data)) ?? [];
      if (line === undefined) return; // the rest of a request
      lines.push(line);
      socket.write('HTTP/1.1 409\r\nContent-Length: 17\r\n\r\n{"errors":["No"]}');
    });
  });
  expect(await create(url)).toContain('Datadog answered 409 ("No")');
  expect(lines).toEqual([
    "POST /api/v2/org_connections HTTP/1.1",
    expect.stringMatching(/^GET \/api\/v2\/org_connections\?limit=1000&offset=0&sink_org_id=/),
  ]);
  expect(connections).toBe(1);
});

describe("a request may have been carried by", () => {
  let rawSocket: Socket | undefined;
  let tunnel: Duplex | undefined;
  const reset = (socket: Duplex | undefined) => Object(socket).resetAndDestroy();

  it.each<[string, (socket: TLSSocket) => void, (() => Promise<unknown>)?]>([
    ["a connection that breaks after its TLS handshake", (socket) => socket.destroy()],
    ["a connection that is reset after its TLS handshake", () => reset(rawSocket)],
    ["a tunnel that breaks", (socket) => socket.destroy(), () => useProxy(openTunnel)],
    [
      "a tunnel that its proxy resets",
      () => reset(tunnel),
      () =>
        useProxy((socket, target) => {
          tunnel = socket;
          openTunnel(socket, target);
        }),
    ],
  ])("%s", async (_what, breakOff, prepare) => {
    trustSelfSigned();
    const url = await listenTls((socket) => socket.once("data", () => breakOff(socket)));
    servers[0]?.on("connection", (socket) => {
      rawSocket = socket;
    });
    await prepare?.();
    expect(await create(url)).toContain(maybeCreated);
  });
});

describe.each(["HTTPS_PROXY", "https_proxy"])("the proxy of %s", (name) => {
  it("carries https, gets its own credentials and sees no key; what it refuses isn't sent again", async () => {
    vi.stubEnv(name, `http://user:p @ss@127.0.0.1:${await listenProxy()}`);
    expect(await create()).toBe(
      failed(`https://datadog.invalid can't be reached: the proxy answered 407. ${checkProxy}`),
    );
    expect(asked).toEqual(["CONNECT datadog.invalid:443 user:p @ss"]);
    expect(clock.waits).toEqual([]);
    await expectSoon(() => open).toBe(0);
  });

  it.each(["HTTP://user:pass@127.0.0.1:", "user:pass@127.0.0.1:", "\thttp://user:pass@127.0.0.1:"])(
    "may be written as %s…",
    async (address) => {
      vi.stubEnv(name, address + (await listenProxy()));
      expect(await create()).toContain("the proxy answered 407");
      expect(asked).toEqual(["CONNECT datadog.invalid:443 user:pass"]);
    },
  );

  const notValid = "isn't a valid address such as http://proxy.example:3128";
  const socks = "is the address of a SOCKS proxy, and SOCKS isn't supported";

  it.each([
    ["ftp://user:p@ssw0rd@127.0.0.1:1", notValid],
    ["shttp://user:p@ssw0rd@127.0.0.1:1/socks://x", notValid],
    ["http://user:p@ssw0rd@127.0.0.1:port", notValid],
    ["http://user:p@ssw0rd%zz@127.0.0.1:1", notValid],
    ["http://user:p@ssw0rd@127.0.0.1:1/\nx", notValid],
    ["socks5://user:p@ssw0rd@127.0.0.1:1", socks],
    ["SOCKS://127.0.0.1:1", socks],
    ["socks5h://127.0.0.1:1", socks],
  ])("can't be %j, of which nothing is shown", async (address, problem) => {
    vi.stubEnv(name, address);
    expect(await create()).toBe(failed(`${name} ${problem}. ${checkProxy}`));
    expect(clock.waits).toEqual([]);
  });
});

it.each([
  ["answers 500", "HTTP/1.1 500 No\r\n\r\n", "answered 500"],
  ["redirects", "HTTP/1.1 302 Found\r\n\r\n", "answered 302"],
  ["doesn't speak HTTP", "220 ready\r\n\r\n", "didn't open a tunnel"],
  ["ends at once", "", "didn't open a tunnel"],
])(
  "a proxy that %s may open a tunnel later, and is asked again",
  async (_what, answer, problem) => {
    await useProxy((socket) => socket.end(answer));
    expect(await create()).toBe(
      failed(`https://datadog.invalid can't be reached: the proxy ${problem}. ${checkNetwork}`),
    );
    expect(asked).toHaveLength(5);
  },
);

it.each([
  ["upgrades the connection", "Connection: Upgrade\r\nUpgrade: x\r\n"],
  ["answers 101 without an upgrade", ""],
])("a service that %s fails each attempt", async (_what, headers) => {
  const upgrade = `HTTP/1.1 101 -\r\n${headers}\r\n`;
  const server = createServer((socket) => socket.on("data", () => socket.write(upgrade)));
  const url = `http://127.0.0.1:${await listen(server)}`;
  expect(await create(url)).toBe(
    failed(
      `${url} can't be reached: it changed to another protocol (status 101). ${maybeCreated} If the ` +
        "next `pulumi up` says that the orgs are already connected, it was: set `adoptExisting: true` to " +
        `take it over. ${checkNetwork}`,
    ),
  );
  expect(connections).toBeGreaterThan(1);
  await expectSoon(() => open).toBe(0);
});

it("a proxy is asked for an IPv6 address in brackets", async () => {
  await useProxy((socket) => socket.end("HTTP/1.1 400 No\r\n\r\n"));
  await create("https://[2001:db8::1]:8443");
  expect(asked).toEqual(["CONNECT [2001:db8::1]:8443 "]);
});

it("a proxy may have an IPv6 address", async () => {
  vi.stubEnv("HTTPS_PROXY", "http://[::1]:1");
  expect(await create()).toMatch(/: connect E[A-Z]+ ::1:1\b/);
});

describe("no proxy is used", () => {
  it.each([
    ["no_proxy", "datadog.invalid"],
    ["NO_PROXY", "other.invalid, .invalid"],
    ["NO_PROXY", "*.invalid"],
    ["NO_PROXY", "*"],
    ["NO_PROXY", "invalid"],
    ["NO_PROXY", "DATADOG.invalid:443"],
    ["NO_PROXY", "other.invalid invalid"],
  ])("for a host that is in %s as %s", async (name, hosts) => {
    await useProxy();
    vi.stubEnv(name, hosts);
    expect(await create()).toContain("https://datadog.invalid can't be reached: getaddrinfo");
    expect(asked).toEqual([]);
  });

  it.each(["adog.invalid", "api.datadog.invalid", "datadog.invalid:80", ",", "."])(
    "but it is for a host that isn't in NO_PROXY as %s",
    async (hosts) => {
      await useProxy();
      vi.stubEnv("NO_PROXY", hosts);
      for (const host of ["datadog.invalid", "datadog.invalid."]) {
        expect(await create(`https://${host}`)).toContain("the proxy answered 407");
      }
    },
  );

  it.each(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "MY_HTTPS_PROXY"])(
    "of %s",
    async (name) => {
      vi.stubEnv(name, `http://127.0.0.1:${await listenProxy()}`);
      expect(await create()).toContain("https://datadog.invalid can't be reached: getaddrinfo");
      expect(asked).toEqual([]);
    },
  );

  it("for plain http, which is for this machine only: it would show the keys", async () => {
    const proxy = createHttpServer(({ method, url }) => asked.push(`${method} ${url}`));
    const address = `http://127.0.0.1:${await listenProxy(refuseTunnel, proxy)}`;
    for (const name of ["HTTPS_PROXY", "HTTP_PROXY"]) vi.stubEnv(name, address);
    const fake = datadog();
    expect(await create(fake.url)).toBe("nothing was thrown");
    expect(fake.connections).toHaveLength(1);
    expect(asked).toEqual([]);
  });
});

describe("a proxy that is reached by https", () => {
  async function useTlsProxy(host: string): Promise<void> {
    const proxy = createHttpsServer({ key: selfSigned, cert: selfSigned });
    const port = await listenProxy(refuseTunnel, proxy);
    vi.stubEnv("HTTPS_PROXY", `https://user:secretword@${host}:${port}`);
  }

  it.each(["localhost", "127.0.0.1"])(
    "at %s carries requests if a CA vouches for it",
    async (host) => {
      trustSelfSigned();
      await useTlsProxy(host);
      expect(await create()).toContain("the proxy answered 407");
      expect(asked).toEqual(["CONNECT datadog.invalid:443 user:secretword"]);
    },
  );

  it("gets nothing if its certificate can't be verified, whatever the environment allows", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    await useTlsProxy("localhost");
    expect(await create()).toContain(
      "can't connect securely to https://datadog.invalid: self-signed certificate. No request was sent.",
    );
    expect(asked).toEqual([]);
  });
});
