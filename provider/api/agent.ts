import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isIP, isIPv6 } from "node:net";
import { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";
import { ApiError } from "./errors";

declare module "http" {
  interface Agent {
    /** Not documented, but what every agent for a proxy overrides. */
    addRequest(request: ClientRequest, options: object): void;
  }
}

/**
 * The agent that carries the requests to `baseUrl`: connections are reused, and the proxy of
 * `HTTPS_PROXY` is used except for the hosts of `NO_PROXY`. Certificates are always verified. Plain
 * http, which is for this machine only, is never sent to a proxy.
 *
 * @param timeoutSeconds Time for the proxy's answer.
 * @throws ApiError `proxyFailed` if the proxy's address is unusable.
 */
export function createAgent(baseUrl: string, timeoutSeconds: number): HttpAgent {
  const agent = baseUrl.startsWith("https:")
    ? newTlsAgent(timeoutSeconds)
    : new HttpAgent({ keepAlive: true });
  const addRequest = agent.addRequest.bind(agent);
  agent.addRequest = (request, options) => {
    failOnUpgrade(request);
    addRequest(request, options);
  };
  return agent;
}

/** Node.js reports an upgrade only to who listens for it, so node-fetch would never settle. */
function failOnUpgrade(request: ClientRequest): void {
  const fail = () =>
    request.emit("error", new Error("it changed to another protocol (status 101)"));
  request.once("upgrade", (_answer, socket) => {
    socket.destroy();
    fail();
  });
  request.once("response", ({ statusCode }) => {
    if (statusCode === 101) fail(); // without a header that says to what
  });
}

/** An agent that connects through the proxy. */
function newTlsAgent(timeoutSeconds: number): HttpsAgent {
  const proxy = proxyOf(process.env);
  // It verifies certificates even if NODE_TLS_REJECT_UNAUTHORIZED is 0.
  const agent = new HttpsAgent({ keepAlive: true, rejectUnauthorized: true });
  agent.createConnection = (options: ConnectionOptions, callback = () => {}) => {
    const { host = "localhost", port = 443 } = options;
    if (!proxy || isException(proxy, host, Number(port))) return connectTls(options);
    const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
    openTunnel(proxy, target, timeoutSeconds).then(
      (socket) => callback(null, connectTls({ ...options, socket })),
      (error) => callback(markAsNotSent(error), new Duplex()),
    );
    return undefined;
  };
  return agent;
}

function connectTls(options: ConnectionOptions): Duplex {
  const socket = connect(options);
  socket.on("error", markAsNotSent);
  socket.once("secureConnect", () => socket.off("error", markAsNotSent));
  return socket;
}

/**
 * Marks the error of a connection that wasn't ready yet: it proves that no request was sent. The mark
 * is in `syscall`, since node-fetch passes on only that and `code`.
 */
function markAsNotSent(error: NodeJS.ErrnoException): Error {
  error.syscall = "connect";
  return error;
}

/** Reads `HTTPS_PROXY`, as curl and Go accept it. An error shows none of it: it may contain a password. */
function proxyOf(env: NodeJS.ProcessEnv) {
  const name = env["https_proxy"] ? "https_proxy" : "HTTPS_PROXY";
  const value = env[name]?.trim();
  if (!value) return undefined;
  if (/^socks[^:/]*:\/\//i.test(value)) {
    const problem = `${name} is the address of a SOCKS proxy, and SOCKS isn't supported`;
    throw new ApiError("proxyFailed", problem);
  }
  try {
    const url = new URL(/^[^:/@]+:\/\//.test(value) ? value : `http://${value}`);
    if (!/^https?:$/.test(url.protocol) || /\p{Cc}/u.test(value)) throw new Error("not valid");
    return {
      isHttps: url.protocol === "https:",
      host: url.hostname.replace(/^\[|\]$/g, ""), // of IPv6
      port: url.port, // empty if it is that of the protocol
      // User and password, `:` if there are none.
      login: decodeURIComponent(`${url.username}:${url.password}`),
      // Hosts that are reached without the proxy.
      exceptions: (env["no_proxy"] || env["NO_PROXY"] || "").toLowerCase().split(/[\s,]+/),
    };
  } catch {
    const problem = `${name} isn't a valid address such as http://proxy.example:3128`;
    throw new ApiError("proxyFailed", problem);
  }
}

type ProxyServer = NonNullable<ReturnType<typeof proxyOf>>;

/** Whether an entry of `NO_PROXY` is `*`, the host or a parent domain of it, with its port or without. */
function isException({ exceptions }: ProxyServer, host: string, port: number): boolean {
  return exceptions.some((entry) => {
    const [, domain = "", ofPort = `${port}`] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (domain === "*") return true;
    const isHost = domain !== "" && `.${host.toLowerCase()}`.endsWith(`.${domain}`);
    return isHost && ofPort === `${port}`;
  });
}

/**
 * Asks a proxy for a tunnel. Node.js has this too, but it reads the answer without a bound, and leaves
 * the socket open if the proxy refuses or doesn't answer, which keeps the process alive.
 *
 * @param target The host and the port to connect to.
 */
function openTunnel(
  { isHttps, host, port, login }: ProxyServer,
  target: string,
  timeoutSeconds: number,
): Promise<Duplex> {
  const authorization = `Basic ${Buffer.from(login).toString("base64")}`;
  const request = (isHttps ? httpsRequest : httpRequest)({
    method: "CONNECT",
    host,
    port,
    path: target,
    headers: { host: target, ...(login !== ":" && { "proxy-authorization": authorization }) },
    servername: isIP(host) ? "" : host, // not that of the header
    agent: false,
    rejectUnauthorized: true, // even if NODE_TLS_REJECT_UNAUTHORIZED is 0
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
  return new Promise((resolve, reject) => {
    const fail = (message: string, code = "PROXY_UNAVAILABLE") =>
      reject(Object.assign(new Error(message), { code }));
    request.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      const isRefusal = statusCode >= 400 && statusCode < 500;
      fail(`the proxy answered ${statusCode}`, isRefusal ? "PROXY_REFUSED" : undefined);
    });
    request.once("error", (error: NodeJS.ErrnoException) => {
      const { code = "" } = error;
      if (code === "ABORT_ERR") fail("the proxy didn't answer in time");
      else if (code === "ECONNRESET" || code.startsWith("HPE_")) {
        fail("the proxy didn't open a tunnel");
      } else reject(error);
    });
    request.end();
  });
}
