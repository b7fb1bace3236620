/// <reference path="./node-fetch.d.ts" />
import type { Agent } from "node:http";
import type { Response } from "node-fetch";
import { createAgent } from "./agent";
import type { ClientOptions } from "./client";
import { type Clock, systemClock } from "./clock";
import { ApiError, type ApiErrorCode } from "./errors";
import { RateLimit } from "./rate-limit";
import type { Method } from "./retry";
import { newRedact, parseJson, withoutUserinfo } from "./text";
import { version } from "./version";
import { errorMessages } from "./wire";

/** An API key with an application key, or a bearer token (personal, service account, OAuth). */
export type Credentials =
  | { readonly apiKey: string; readonly appKey: string }
  | { readonly bearerToken: string };

interface SendOptions {
  /** Sends the request at once, even during a pause. If it gets a 429, other requests don't pause for it. */
  readonly isOutsideRateLimit?: boolean;
  /** Called when the request has waited for the rate limit. */
  readonly onSend?: (() => void) | undefined;
}

const mebibyte = 2 ** 20;
/** A list of 1,000 connections has 0.6 MiB. */
const maxSuccessMebibytes = 64;
const maxErrorMebibytes = 1;
/** A list of 1,000 connections has 30,000 values. Once parsed, a value may take 30 times its text. */
const maxValues = 1_000_000;

/** Sends single requests. Every failure is an {@link ApiError}. */
export class Transport {
  readonly #options: Omit<ClientOptions, "maxRetries">;
  readonly #clock: Clock;
  readonly #rateLimit: RateLimit;
  /** Removes the credentials from a text. */
  readonly #redact: (text: string) => string;
  #agent: Agent | undefined;
  #serverTime: { readonly date: number; readonly receivedAt: number } | undefined;

  constructor(options: Omit<ClientOptions, "maxRetries">) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rateLimit = new RateLimit(options);
    this.#redact = newRedact(Object.values(options.credentials));
  }

  /** Sends one request and returns the body of a success as text, without the credentials. */
  async send(
    method: Method,
    path: string,
    body?: unknown,
    { isOutsideRateLimit = false, onSend }: SendOptions = {},
  ): Promise<string> {
    // The timer of an AbortSignal doesn't keep the process alive, nor does a request without a socket.
    const keepAlive = setInterval(() => {}, 60_000);
    try {
      const request = () => {
        onSend?.();
        return this.#fetch(method, path, body);
      };
      const response = await (isOutsideRateLimit ? request() : this.#rateLimit.send(request));
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date)) this.#serverTime = { date, receivedAt: this.#clock.now() };
      return await this.#read(response);
    } finally {
      clearInterval(keepAlive);
    }
  }

  async #fetch(method: Method, path: string, body: unknown): Promise<Response> {
    const { baseUrl, timeoutSeconds } = this.#options;
    this.#agent ??= createAgent(baseUrl, timeoutSeconds);
    const request = {
      method,
      headers: this.#headers(body !== undefined),
      body: body === undefined ? null : JSON.stringify(body),
      agent: this.#agent,
      signal: this.#clock.timeout(timeoutSeconds), // also while the body is being read
      redirect: "manual", // the credentials must not go to another address
    } as const;
    // Loaded on the first request: previews and checks send none.
    const { default: fetch } = await import("node-fetch/src/index.js");
    return fetch(`${baseUrl}${path}`, request).catch(this.#fail);
  }

  /** Returns the body of a success; throws the error for every other answer. */
  async #read(response: Response): Promise<string> {
    const { baseUrl } = this.#options;
    const isSuccess = response.status < 300;
    const maxMebibytes = isSuccess ? maxSuccessMebibytes : maxErrorMebibytes;
    const body = await readText(response, maxMebibytes * mebibyte).catch(this.#fail);
    const status = this.#redact(`${response.status} ${response.statusText}`).trimEnd();
    if (body === undefined || hasTooManyValues(body)) {
      const bound = body === undefined ? `${maxMebibytes} MiB` : "a million values";
      const message = `${baseUrl} answered ${status} with a body of more than ${bound}`;
      throw new ApiError("tooLarge", message);
    }
    const text = this.#redact(body);
    if (!isSuccess) throw refusal(response, status, text, baseUrl);
    if (!isWebPage(response, text)) return text;
    throw new ApiError("invalidJson", `${baseUrl} answered with a web page instead of JSON`);
  }

  /**
   * The service's clock at a moment of this clock (seconds), in milliseconds of the Unix epoch; this
   * machine's clock if no answer had a date. Datadog's dates are whole seconds, rounded down.
   */
  serverTimeAt(moment: number): number {
    const now = { date: Date.now(), receivedAt: this.#clock.now() };
    const { date, receivedAt } = this.#serverTime ?? now;
    return date - (receivedAt - moment) * 1000;
  }

  #headers(hasBody: boolean): Record<string, string> {
    const { credentials } = this.#options;
    return {
      Accept: "application/json",
      "User-Agent": `pulumi-datadog-org-connections/${version}`,
      ...(hasBody ? { "Content-Type": "application/json" } : {}),
      ...("bearerToken" in credentials
        ? { Authorization: `Bearer ${credentials.bearerToken}` }
        : { "DD-API-KEY": credentials.apiKey, "DD-APPLICATION-KEY": credentials.appKey }),
    };
  }

  /** Throws the error for a request that got no complete answer. */
  readonly #fail = (failure: FetchFailure): never => {
    const { baseUrl, timeoutSeconds } = this.#options;
    const code = codeOf(failure);
    if (failure.name === "AbortError") {
      throw new ApiError(code, `${baseUrl} didn't respond within ${timeoutSeconds} s`);
    }
    const reason = withoutUserinfo(this.#redact(reasonOf(failure)));
    const prefix =
      code === "tlsFailed" ? `can't connect securely to ${baseUrl}` : `${baseUrl} can't be reached`;
    throw new ApiError(code, `${prefix}: ${reason}`);
  };
}

/** What node-fetch throws. The system call is `connect` if no connection was ready: nothing was sent. */
type FetchFailure = NodeJS.ErrnoException & { readonly erroredSysCall?: string };

function codeOf({ name, code = "", erroredSysCall }: FetchFailure): ApiErrorCode {
  if (erroredSysCall !== "connect") return name === "AbortError" ? "timeout" : "network";
  if (code === "PROXY_REFUSED") return "proxyFailed";
  // A network's code, such as `ECONNREFUSED`; all others are of TLS.
  const isNetwork = /^E(AI_)?[A-Z0-9]+$/.test(code) && code !== "EPROTO";
  return isNetwork || code === "PROXY_UNAVAILABLE" ? "connectFailed" : "tlsFailed";
}

/** Node.js's message, without the names of OpenSSL's files and without its advice for command lines. */
function reasonOf({ message, code = "no connection" }: FetchFailure): string {
  const ownMessage = message.replace(/^.*failed, reason: /s, ""); // node-fetch repeats the address
  const openSsl = /:SSL routines:[^:]*:([^:]*)/.exec(ownMessage)?.[1];
  return openSsl ?? (ownMessage.replace(/; if the root CA.*/s, "") || code);
}

/** Returns `undefined` if the body, decompressed, has more than this many bytes. */
async function readText({ body }: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined; // which destroys the body and its connection
    chunks.push(Buffer.from(chunk));
  }
  return new TextDecoder().decode(Buffer.concat(chunks)); // without a byte order mark
}

/** Whether this text has more values than any answer, if it is JSON. */
function hasTooManyValues(text: string): boolean {
  const beforeValue = /[,[{]/g;
  let values = 0;
  while (values <= maxValues && beforeValue.test(text)) values += 1;
  return values > maxValues;
}

/** The error for an answer that isn't a success, from its status line and its body. */
function refusal(response: Response, status: string, text: string, baseUrl: string): ApiError {
  const messages = errorMessages(text);
  const code = refusalCode(response.status, messages);
  const details = [
    `${code === "notDatadog" ? baseUrl : "Datadog"} answered ${status}`,
    messages ? ` ("${messages}")` : "",
    code === "notDatadog" && isWebPage(response, text) ? " with a web page" : "",
    response.status < 400
      ? ", a redirect, which isn't followed because it would forward the keys"
      : "",
  ];
  return new ApiError(code, details.join(""), response.status);
}

function refusalCode(status: number, messages: string | undefined): ApiErrorCode {
  if (status === 429) return "rateLimited";
  if (status >= 500) return "serverError";
  return messages === undefined || status < 400 ? "notDatadog" : "refused";
}

function isWebPage({ headers }: Response, text: string): boolean {
  if (/^\s*</.test(text)) return true;
  const isHtml = /^text\/html\b/i.test(headers.get("content-type") ?? "");
  return isHtml && /\S/.test(text) && parseJson(text) === undefined;
}
