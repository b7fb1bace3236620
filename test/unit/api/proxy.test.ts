import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { creationProblem } from "../fixture.ts";

const running = useFakeDatadog();
const authorities = getCACertificates("default");
/** A certificate for localhost that nobody vouches for, with its key. */
const selfSigned = readFileSync(join(import.meta.dirname, "self-signed.pem"), "utf8");

let proxies: Server[];
/** What the proxies were asked for. */
let asked: string[];
/** What a proxy does with a request to connect. */
let connectTo: (socket: Duplex) => void;
let clock: InstantClock;

beforeEach(async () => {
  proxies = [];
  asked = [];
  connectTo = (socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
  clock = new InstantClock();
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) vi.stubEnv(name, "");
});

afterEach(() => {
  setDefaultCACertificates(authorities);
  vi.unstubAllEnvs();
  for (const proxy of proxies) {
    proxy.closeAllConnections();
    proxy.close();
  }
});

/** Starts a proxy, and returns its port. */
async function listen(proxy: Server = createServer()): Promise<number> {
  proxies.push(proxy);
  proxy.on("request", (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(407).end();
  });
  proxy.on("connect", (request, socket) => {
    const authorization = request.headers["proxy-authorization"] ?? "";
    const [, base64 = ""] = authorization.split(" ");
    asked.push(`CONNECT ${request.url} ${Buffer.from(base64, "base64")}`);
    expect(JSON.stringify(request.rawHeaders)).not.toContain(orgs.payments.apiKey);
    socket.on("error", () => {});
    connectTo(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port }: Partial<AddressInfo> = Object(proxy.address());
  return port ?? 0;
}

const create = (url = "https://datadog.invalid") => creationProblem(url, clock);

const failed = (reason: string) => `Cannot create the org connection to ${orgs.hub.id}: ${reason}`;
const checkProxy = "No request was sent. Check HTTPS_PROXY and NO_PROXY.";

describe.each(["HTTPS_PROXY", "https_proxy"])("the proxy of %s", (name) => {
  it("carries https, gets its own credentials and sees no key; what it refuses isn't sent again", async () => {
    const port = await listen();
    vi.stubEnv(name, `http://user:p @ss@127.0.0.1:${port}`);
    expect(await create()).toBe(
      failed(`https://datadog.invalid can't be reached: the proxy answered 407. ${checkProxy}`),
    );
    expect(asked).toEqual(["CONNECT datadog.invalid:443 user:p @ss"]);
    expect(clock.waits).toEqual([]);
  });

  it.each(["HTTP://user:pass@127.0.0.1:", "user:pass@127.0.0.1:", " http://user:pass@127.0.0.1:"])(
    "may be written as %s…",
    async (address) => {
      vi.stubEnv(name, address + (await listen()));
      expect(await create()).toContain("the proxy answered 407");
      expect(asked).toEqual(["CONNECT datadog.invalid:443 user:pass"]);
    },
  );

  it.each([
    ["an ftp address", "ftp://user:p@ssw0rd@127.0.0.1:1"],
    ["a scheme that only contains http", "shttp://user:p@ssw0rd@127.0.0.1:1"],
    ["a port that is none", "http://user:p@ssw0rd@127.0.0.1:port"],
    ["a password that can't be decoded", "http://user:p@ssw0rd%zz@127.0.0.1:1"],
    ["a line break", "http://user:p@ssw0rd@127.0.0.1:1/\nx"],
  ])("is refused with %s, and none of it is shown", async (_what, address) => {
    vi.stubEnv(name, address);
    expect(await create()).toBe(
      failed(`${name} isn't a valid address such as http://proxy.example:3128. ${checkProxy}`),
    );
    expect(clock.waits).toEqual([]);
  });

  it.each(["socks5://user:p@ssw0rd@127.0.0.1:1", "SOCKS://127.0.0.1:1", "socks5h://127.0.0.1:1"])(
    "can't be one of SOCKS: %s",
    async (address) => {
      vi.stubEnv(name, address);
      expect(await create()).toBe(
        failed(`${name} is the address of a SOCKS proxy, and SOCKS isn't supported. ${checkProxy}`),
      );
    },
  );
});

it("a proxy that may open a tunnel later is asked again", async () => {
  connectTo = (socket) => socket.end("HTTP/1.1 502 No\r\n\r\n");
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await listen()}`);
  expect(await create()).toBe(
    failed(
      "https://datadog.invalid can't be reached: the proxy answered 502. " +
        "Check the network, the site or apiUrl, and HTTPS_PROXY.",
    ),
  );
  expect(asked).toHaveLength(5);
});

it("the host is asked for by its name, and an IPv6 address in brackets", async () => {
  vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await listen()}`);
  await create("https://[2001:db8::1]:8443");
  expect(asked).toEqual(["CONNECT [2001:db8::1]:8443 "]);
});

describe("no proxy is used", () => {
  it.each([
    "datadog.invalid",
    "other.invalid, .invalid",
    "*.invalid",
    "*",
    "invalid",
    "DATADOG.invalid:443",
    "other.invalid invalid",
  ])("for a host that is in NO_PROXY as %s", async (hosts) => {
    vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await listen()}`);
    vi.stubEnv("NO_PROXY", hosts);
    expect(await create()).toContain("https://datadog.invalid can't be reached: getaddrinfo");
    expect(asked).toEqual([]);
  });

  it.each(["adog.invalid", "api.datadog.invalid", "datadog.invalid:80", ",", "."])(
    "but it is for a host that isn't in NO_PROXY as %s",
    async (hosts) => {
      vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${await listen()}`);
      vi.stubEnv("NO_PROXY", hosts);
      expect(await create()).toContain("the proxy answered 407");
    },
  );

  it.each(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "MY_HTTPS_PROXY"])(
    "of %s",
    async (name) => {
      vi.stubEnv(name, `http://127.0.0.1:${await listen()}`);
      expect(await create()).toContain("https://datadog.invalid can't be reached: getaddrinfo");
      expect(asked).toEqual([]);
    },
  );

  it("for plain http, which is for this machine only: it would show the keys", async () => {
    const address = `http://127.0.0.1:${await listen()}`;
    for (const name of ["HTTPS_PROXY", "HTTP_PROXY"]) vi.stubEnv(name, address);
    const fake = running();
    expect(await create(fake.url)).toBe("nothing was thrown");
    expect(fake.connections).toHaveLength(1);
    expect(asked).toEqual([]);
  });
});

describe("a proxy that is reached by https", () => {
  let port: number;

  beforeEach(async () => {
    port = await listen(createSecureServer({ key: selfSigned, cert: selfSigned }));
    vi.stubEnv("HTTPS_PROXY", `https://user:secretword@localhost:${port}`);
  });

  it("carries requests if a CA of this machine vouches for it", async () => {
    setDefaultCACertificates([...authorities, selfSigned]);
    expect(await create()).toContain("the proxy answered 407");
    expect(asked).toEqual(["CONNECT datadog.invalid:443 user:secretword"]);
  });

  it.each(["1", "0"])(
    "gets nothing if its certificate can't be verified, with NODE_TLS_REJECT_UNAUTHORIZED=%s",
    async (rejects) => {
      vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", rejects);
      expect(await create()).toContain(
        "can't connect securely to https://datadog.invalid: self-signed certificate. No request was sent.",
      );
      expect(asked).toEqual([]);
    },
  );
});
