import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { ApiError } from "./errors";

/** The proxy for https addresses. */
export interface ProxyServer {
  readonly isHttps: boolean;
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
  /** Hosts that are reached without the proxy, from `NO_PROXY`. */
  readonly exceptions: readonly string[];
}

/**
 * The proxy of `HTTPS_PROXY`, without a scheme as well, as curl and Go accept it.
 *
 * @throws ApiError `proxyFailed` if the address is unusable. Shows none of it: it may contain a password.
 */
export function proxyOf(env: NodeJS.ProcessEnv): ProxyServer | undefined {
  const name = env["https_proxy"] ? "https_proxy" : "HTTPS_PROXY";
  const value = env[name]?.trim();
  if (!value) return undefined;
  if (/^socks[^:/]*:\/\//i.test(value)) {
    throw unusable(`${name} is the address of a SOCKS proxy, and SOCKS isn't supported`);
  }
  const url = URL.parse(/^[^:/@]+:\/\//.test(value) ? value : `http://${value}`);
  const isValid = url !== null && /^https?:$/.test(url.protocol) && !/\p{Cc}/u.test(value);
  const password = isValid ? decoded(`${url.username}:${url.password}`) : undefined;
  if (!isValid || password === undefined) {
    throw unusable(`${name} isn't a valid address such as http://proxy.example:3128`);
  }
  const isHttps = url.protocol === "https:";
  return {
    isHttps,
    host: url.hostname.replace(/^\[|\]$/g, ""), // of IPv6
    port: Number(url.port || (isHttps ? 443 : 80)),
    authorization:
      password === ":" ? undefined : `Basic ${Buffer.from(password).toString("base64")}`,
    exceptions: (env["no_proxy"] || env["NO_PROXY"] || "").toLowerCase().split(/[\s,]+/),
  };
}

function unusable(problem: string): ApiError {
  return new ApiError("proxyFailed", problem);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether an entry of `NO_PROXY` is `*`, the host or a parent domain of it, with its port or without. */
export function isException({ exceptions }: ProxyServer, host: string, port: number): boolean {
  return exceptions.some((entry) => {
    const [, domain = "", ofPort = `${port}`] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (domain === "*") return true;
    const isHost = domain !== "" && `.${host.toLowerCase()}`.endsWith(`.${domain}`);
    return isHost && ofPort === `${port}`;
  });
}

/** The proxy refused. The code says whether it may open a tunnel later. */
class ProxyError extends Error {
  readonly code: "PROXY_REFUSED" | "PROXY_UNAVAILABLE";

  constructor(message: string, isRefusal: boolean) {
    super(message);
    this.code = isRefusal ? "PROXY_REFUSED" : "PROXY_UNAVAILABLE";
  }
}

/**
 * Asks a proxy for a tunnel. Node.js has this too, but it reads the answer without a bound, and leaves
 * the socket open if the proxy refuses or doesn't answer, which keeps the process alive.
 *
 * @param target The host and the port to connect to.
 */
export function openTunnel(
  { isHttps, host, port, authorization }: ProxyServer,
  target: string,
  timeoutSeconds: number,
): Promise<Duplex> {
  const request = (isHttps ? httpsRequest : httpRequest)({
    method: "CONNECT",
    host,
    port,
    path: target,
    headers: { host: target, ...(authorization && { "proxy-authorization": authorization }) },
    servername: isIP(host) ? "" : host, // not that of the header
    agent: false,
    rejectUnauthorized: true, // even if NODE_TLS_REJECT_UNAUTHORIZED is 0
    signal: AbortSignal.timeout(timeoutSeconds * 1000),
  });
  return new Promise((resolve, reject) => {
    request.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      const isRefusal = statusCode >= 400 && statusCode < 500;
      reject(new ProxyError(`the proxy answered ${statusCode}`, isRefusal));
    });
    request.once("error", (error: NodeJS.ErrnoException) => {
      const { code = "" } = error;
      if (code === "ABORT_ERR") reject(new ProxyError("the proxy didn't answer in time", false));
      else if (code === "ECONNRESET" || code.startsWith("HPE_")) {
        reject(new ProxyError("the proxy didn't open a tunnel", false));
      } else reject(error);
    });
    request.end();
  });
}
