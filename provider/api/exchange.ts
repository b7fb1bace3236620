/// <reference path="./node-fetch.d.ts" />
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
  /**
   * Returns `undefined` if the body, decompressed, has more than this many bytes.
   *
   * @throws ExchangeError if the body can't be read completely.
   */
  body(maxBytes: number): Promise<string | undefined>;
}

/** An exchange that ended without a complete answer. */
export class ExchangeError extends Error {
  /** The code of Node.js, OpenSSL or a ProxyError: `ECONNRESET`, `CERT_HAS_EXPIRED`. */
  readonly code: string;
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
  }
}

/** What node-fetch throws. */
interface FetchFailure {
  readonly name: string;
  readonly message: string;
  /** Of Node.js, OpenSSL or our proxy. */
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
  const { default: fetch } = await import("node-fetch/src/index.js");
  const response = await fetch(url, { ...options, body, redirect: "manual" }).catch(failed);
  return {
    status: response.status,
    statusText: response.statusText,
    headers: Object.fromEntries(response.headers),
    body: (maxBytes) => readText(response.body ?? [], maxBytes).catch(failed),
  };
}

async function readText(
  body: AsyncIterable<string | Buffer> | Iterable<never>,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return undefined; // which destroys the body and its connection
    chunks.push(Buffer.from(chunk));
  }
  return new TextDecoder().decode(Buffer.concat(chunks)); // without a byte order mark
}
