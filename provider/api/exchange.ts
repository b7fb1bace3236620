import type { Agent } from "node:http";

/** A request, without the options that all requests share. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly agent: Agent;
  /** Aborts the exchange, also while the body is being read. */
  readonly signal: AbortSignal;
}

/** An answer with its status and headers; the body is read on demand. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** @throws ExchangeError if the body can't be read completely. */
  body(): Promise<string>;
}

/** An exchange that ended without a complete answer. */
export class ExchangeError extends Error {
  /** Node.js's or OpenSSL's code: `ECONNRESET`, `CERT_HAS_EXPIRED`. */
  readonly code: string;
  /** The status of a proxy that refused to connect. */
  readonly proxyStatus: number | undefined;
  /** Whether the signal ended it. */
  readonly isAborted: boolean;
  /** `false` only if no connection was ready, so nothing of the request was sent. */
  readonly mayBeSent: boolean;

  constructor(cause: unknown) {
    const { name, message, code, erroredSysCall } = asFetchFailure(cause);
    super(message.replace(/^.*failed, reason: /s, "")); // node-fetch repeats the address
    this.code = code ?? "no connection";
    this.isAborted = name === "AbortError";
    this.mayBeSent = erroredSysCall !== "connect"; // also set by the agent
    const status =
      code === "ERR_PROXY_TUNNEL" ? /HTTP\/1\.\d (\d{3})/.exec(message)?.[1] : undefined;
    this.proxyStatus = status === undefined ? undefined : Number(status);
  }
}

/** What node-fetch throws. */
interface FetchFailure {
  readonly name: string;
  readonly message: string;
  /** Of Node.js or OpenSSL. */
  readonly code?: string;
  /** Of Node.js, or of our agent. */
  readonly erroredSysCall?: string;
}

function asFetchFailure(cause: unknown): FetchFailure {
  return cause instanceof Error ? cause : new Error(String(cause));
}

/**
 * Sends one request. Doesn't follow redirects: the credentials must not go to another address.
 *
 * @throws ExchangeError if no answer comes.
 */
export async function exchange(url: string, request: HttpRequest): Promise<HttpAnswer> {
  const { body = null, ...options } = request;
  const failed = (error: unknown) => {
    throw new ExchangeError(error);
  };
  // Loaded on the first request: previews and checks send none.
  const { fetch } = await import("./fetch.js");
  const response = await fetch(url, { ...options, body, redirect: "manual" }).catch(failed);
  return {
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: () => response.text().catch(failed),
  };
}
