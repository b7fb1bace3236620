import { Agent as HttpAgent } from "node:http";
import { type AgentOptions, Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import type { ConnectionOptions } from "node:tls";
import { ApiError } from "./errors";

/** Node's own support of proxies, which its type definitions for this version don't have yet. */
interface ProxyAgentOptions extends AgentOptions {
  readonly proxyEnv?: NodeJS.ProcessEnv;
}

/**
 * An agent that marks the errors of connections that weren't ready yet: these prove that no request
 * was sent. It marks them in `syscall`, since node-fetch passes on only that and `code`.
 */
class MarkingAgent extends HttpsAgent {
  override createConnection(
    options: ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = super.createConnection(options, (error, stream) => {
      if (error) markAsNotSent(error);
      callback?.(error, stream);
    });
    socket?.on("error", markAsNotSent);
    socket?.once("secureConnect", () => socket.off("error", markAsNotSent));
    return socket;
  }
}

function markAsNotSent(error: NodeJS.ErrnoException): void {
  error.syscall = "connect";
}

/**
 * The agent that carries the requests to `baseUrl`: connections are reused, and the
 * proxy of `HTTPS_PROXY` is used except for the hosts of `NO_PROXY`. Certificates are always
 * verified. Plain http, which is for this machine only, is never sent to a proxy.
 *
 * @throws ApiError `proxyFailed` if the proxy's address is unusable.
 */
export function createAgent(baseUrl: string): HttpAgent {
  if (!baseUrl.startsWith("https:")) return new HttpAgent({ keepAlive: true });
  const { env } = process;
  const name = env["https_proxy"] ? "https_proxy" : "HTTPS_PROXY"; // the order of Node
  const proxy = env[name];
  // Node would bypass a proxy of another scheme.
  if (proxy && !/^https?:\/\//.test(proxy)) throw unusable(name);
  if (proxy?.startsWith("https:") && env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    const reason = "NODE_TLS_REJECT_UNAUTHORIZED=0 would leave its certificate unverified";
    throw new ApiError("proxyFailed", `the proxy in ${name} can't be used, because ${reason}`);
  }
  const options: ProxyAgentOptions = {
    keepAlive: true,
    rejectUnauthorized: true, // even if NODE_TLS_REJECT_UNAUTHORIZED is 0
    proxyEnv: env,
  };
  try {
    return new MarkingAgent(options);
  } catch {
    throw unusable(name);
  }
}

/** Shows neither the address nor Node's message: both may contain a password. */
function unusable(name: string): ApiError {
  const example = "http://proxy.example:3128";
  return new ApiError("proxyFailed", `${name} isn't a valid address such as ${example}`);
}
