import { type ClientRequest, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { isIPv6 } from "node:net";
import { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";
import { isException, openTunnel, type ProxyServer, proxyOf } from "./proxy";

declare module "http" {
  interface Agent {
    /** Not documented, but what every agent for a proxy overrides. */
    addRequest(request: ClientRequest, options: object): void;
  }
}

/**
 * An agent that connects through a proxy, and marks the errors of connections that weren't ready yet:
 * these prove that no request was sent. It marks them in `syscall`, since node-fetch passes on only
 * that and `code`.
 */
class TlsAgent extends HttpsAgent {
  readonly #proxy: ProxyServer | undefined;
  readonly #timeoutSeconds: number;

  constructor(proxy: ProxyServer | undefined, timeoutSeconds: number) {
    super({ keepAlive: true, rejectUnauthorized: true }); // even if NODE_TLS_REJECT_UNAUTHORIZED is 0
    this.#proxy = proxy;
    this.#timeoutSeconds = timeoutSeconds;
  }

  override createConnection(
    options: ConnectionOptions,
    callback: (error: Error | null, stream: Duplex) => void = () => {},
  ): Duplex | undefined {
    const { host = "localhost", port = 443 } = options;
    if (!this.#proxy || isException(this.#proxy, host, Number(port))) return this.#connect(options);
    const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
    openTunnel(this.#proxy, target, this.#timeoutSeconds).then(
      (socket) => callback(null, this.#connect({ ...options, socket })),
      (error) => callback(markAsNotSent(error), new Duplex()),
    );
    return undefined;
  }

  #connect(options: ConnectionOptions): Duplex {
    const socket = connect(options);
    socket.on("error", markAsNotSent);
    socket.once("secureConnect", () => socket.off("error", markAsNotSent));
    return socket;
  }
}

function markAsNotSent(error: NodeJS.ErrnoException): Error {
  error.syscall = "connect";
  return error;
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
    ? new TlsAgent(proxyOf(process.env), timeoutSeconds)
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
