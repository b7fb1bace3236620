import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { createGunzip } from "node:zlib";

/** A request, without what is the same for each. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly agent: Agent;
  /** Ends the exchange, also while the body is read. */
  readonly signal: AbortSignal;
  /** Milliseconds after which Node gives up a proxy that doesn't answer, which `signal` can't. */
  readonly timeout: number;
}

/** An answer, whose body is still to be read. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** @throws ExchangeError if the body doesn't end. */
  body(): Promise<string>;
}

/** An exchange that ended without a whole answer. */
export class ExchangeError extends Error {
  /** The code of Node.js or of OpenSSL: `ECONNRESET`, `CERT_HAS_EXPIRED`. */
  readonly code: string;
  /** The status with which a proxy refused to connect. */
  readonly proxyStatus: number | undefined;
  /** Whether the signal ended it. */
  readonly isAborted: boolean;
  /** `false` only if no connection was ready for the request, so none of it can have been sent. */
  readonly mayBeSent: boolean;

  constructor(cause: unknown, { isAborted = false, mayBeSent = true }) {
    const { message, code, statusCode }: NodeJS.ErrnoException & { statusCode?: number } =
      cause instanceof Error ? cause : new Error(String(cause));
    super(message);
    this.code = code ?? "no connection";
    this.proxyStatus = statusCode;
    this.isAborted = isAborted;
    this.mayBeSent = mayBeSent;
  }
}

/**
 * Sends one request, and follows no redirect.
 *
 * @throws ExchangeError if no answer comes.
 */
export async function exchange(url: string, request: HttpRequest): Promise<HttpAnswer> {
  const { body, signal, ...options } = request;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let mayBeSent = false;
  const send = url.startsWith("https:") ? requestHttps : requestHttp;
  const outgoing = send(url, options, resolve)
    .on("error", reject)
    .on("socket", (socket: Socket) => {
      whenReady(socket, () => {
        mayBeSent = true;
      });
    });
  // Not Node's own option `signal`, which has no effect before a proxy has answered.
  const abort = () => {
    reject(signal.reason);
    outgoing.destroy();
  };
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  outgoing.end(body);
  const failed = (error: unknown) =>
    new ExchangeError(error, { isAborted: signal.aborted, mayBeSent });
  const incoming = await promise.catch((error: unknown) => {
    throw failed(error);
  });
  return {
    status: incoming.statusCode ?? 0,
    statusText: incoming.statusMessage ?? "",
    headers: incoming.headers,
    body: () =>
      text(decoded(incoming)).catch((error: unknown) => {
        throw failed(error);
      }),
  };
}

/** Node keeps what is written until the connection is made and its certificate is verified. */
function whenReady(socket: Socket, ready: () => void): void {
  // A tunnel through a proxy, and a connection that is used again, are ready already.
  if (socket instanceof TLSSocket && !socket.authorized) socket.once("secureConnect", ready);
  else if (socket.connecting) socket.once("connect", ready);
  else ready();
}

function decoded(incoming: IncomingMessage): NodeJS.ReadableStream {
  if (incoming.headers["content-encoding"] !== "gzip") return incoming;
  return pipeline(incoming, createGunzip(), () => {}); // the reader hears of a failure too
}
