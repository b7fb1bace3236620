import type { Agent } from "node:http";
import { safeParse } from "valibot";
import { createAgent } from "./agent";
import { type Clock, systemClock, type WaitOptions } from "./clock";
import { ApiError, type ApiErrorCode } from "./errors";
import { ExchangeError, exchange, type HttpAnswer } from "./exchange";
import { parseJson } from "./json";
import { RateLimit } from "./rate-limit";
import { newRedact, type Redact } from "./redact";
import type { Method } from "./retry";
import { version } from "./version";
import { errorAnswer } from "./wire";

/** An API key with an application key, or a bearer token (personal, service account, OAuth). */
export type Credentials =
  | { readonly apiKey: string; readonly appKey: string }
  | { readonly bearerToken: string };

/** How one org's API is called. */
export interface Endpoint {
  /** Base address, without a slash at its end. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** Time for one request, from the first byte sent to the last byte received. */
  readonly timeoutSeconds: number;
}

const mebibyte = 2 ** 20;
/** A list of 1,000 connections has 0.6 MiB. */
const maxSuccessMebibytes = 64;
const maxErrorMebibytes = 1;
/** A list of 1,000 connections has 30,000 values. Once parsed, a value may take 30 times its text. */
const maxValues = 1_000_000;

/** How one request is sent. */
export interface SendOptions {
  /** Sends it at once, even during a pause. If it gets a 429, other requests don't pause for it. */
  readonly outsideRateLimit?: boolean;
}

/** Sends single requests to one endpoint. Every failure is an {@link ApiError}. */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #rateLimit: RateLimit;
  #redactor: Redact | undefined;
  #agent: Agent | undefined;
  #serverTime: { readonly date: number; readonly receivedAt: number } | undefined;

  constructor(endpoint: Endpoint, waits: WaitOptions = {}) {
    this.#endpoint = endpoint;
    this.#clock = waits.clock ?? systemClock;
    this.#rateLimit = new RateLimit(waits);
  }

  /** Sends one request and returns the body of a success as text, in which no credential is left. */
  async send(
    method: Method,
    path: string,
    body?: unknown,
    { outsideRateLimit = false }: SendOptions = {},
  ): Promise<string> {
    // The timer of an AbortSignal doesn't keep the process alive, nor does a request without a socket.
    const keepAlive = setInterval(() => {}, 60_000);
    try {
      const request = () => this.#exchange(method, path, body);
      const answer = await (outsideRateLimit ? request() : this.#rateLimit.send(request));
      const date = Date.parse(answer.headers["date"] ?? "");
      if (!Number.isNaN(date)) this.#serverTime = { date, receivedAt: performance.now() };
      return await this.#read(answer);
    } catch (error) {
      throw error instanceof ExchangeError ? this.#toApiError(error) : error;
    } finally {
      clearInterval(keepAlive);
    }
  }

  /** Returns the body of a success; throws the error for every other answer. */
  async #read(answer: HttpAnswer): Promise<string> {
    const { baseUrl } = this.#endpoint;
    const isSuccess = answer.status < 300;
    const maxMebibytes = isSuccess ? maxSuccessMebibytes : maxErrorMebibytes;
    const body = await answer.body(maxMebibytes * mebibyte);
    const status = oneLine(this.#redact(`${answer.status} ${answer.statusText}`)).trimEnd();
    if (body === undefined || hasTooManyValues(body)) {
      const bound = body === undefined ? `${maxMebibytes} MiB` : "a million values";
      const message = `${baseUrl} answered ${status} with a body of more than ${bound}`;
      throw new ApiError("tooLarge", message);
    }
    const text = this.#redact(body);
    if (!isSuccess) throw refusal(answer, status, text, baseUrl);
    if (!isWebPage(answer, text)) return text;
    throw new ApiError("invalidJson", `${baseUrl} answered with a web page instead of JSON`);
  }

  #exchange(method: Method, path: string, body: unknown): Promise<HttpAnswer> {
    const { baseUrl, timeoutSeconds } = this.#endpoint;
    this.#agent ??= createAgent(baseUrl, timeoutSeconds);
    return exchange(`${baseUrl}${path}`, {
      method,
      headers: this.#headers(body !== undefined),
      body: body === undefined ? undefined : JSON.stringify(body),
      agent: this.#agent,
      signal: this.#clock.timeout(timeoutSeconds),
    });
  }

  /**
   * The service's clock at a moment of `performance.now()`, in milliseconds of the Unix epoch; this
   * machine's clock if no answer had a date. Datadog's dates are whole seconds, rounded down.
   */
  serverTimeAt(moment: number): number {
    const { date, receivedAt } = this.#serverTime ?? {
      date: Date.now(),
      receivedAt: performance.now(),
    };
    return date - (receivedAt - moment);
  }

  #headers(hasBody: boolean): Record<string, string> {
    const { credentials } = this.#endpoint;
    return {
      Accept: "application/json",
      "User-Agent": `pulumi-datadog-org-connections/${version}`,
      ...(hasBody ? { "Content-Type": "application/json" } : {}),
      ...("bearerToken" in credentials
        ? { Authorization: `Bearer ${credentials.bearerToken}` }
        : { "DD-API-KEY": credentials.apiKey, "DD-APPLICATION-KEY": credentials.appKey }),
    };
  }

  /** Removes the credentials. Prepared when it is first needed: `check` makes a client for each profile. */
  #redact(text: string): string {
    this.#redactor ??= newRedact(Object.values(this.#endpoint.credentials));
    return this.#redactor(text);
  }

  /** The error for a request that got no complete answer. */
  #toApiError(error: ExchangeError): ApiError {
    const { baseUrl, timeoutSeconds } = this.#endpoint;
    const code = codeOf(error);
    if (error.isAborted) {
      return new ApiError(code, `${baseUrl} didn't respond within ${timeoutSeconds} s`);
    }
    const reason = withoutUserinfo(this.#redact(reasonOf(error)));
    const prefix =
      code === "tlsFailed" ? `can't connect securely to ${baseUrl}` : `${baseUrl} can't be reached`;
    return new ApiError(code, `${prefix}: ${reason}`);
  }
}

function codeOf({ code, isAborted, mayBeSent }: ExchangeError): ApiErrorCode {
  if (mayBeSent) return isAborted ? "timeout" : "network";
  if (code === "PROXY_REFUSED") return "proxyFailed";
  const isTlsFailure = code === "EPROTO" || !isNetworkCode(code);
  return isTlsFailure && !isAborted ? "tlsFailed" : "connectFailed";
}

/** Whether a code is a network's, such as `ECONNREFUSED`, or a proxy's; all others are of TLS. */
function isNetworkCode(code: string): boolean {
  return /^E(AI_)?[A-Z0-9]+$/.test(code) || code === "PROXY_UNAVAILABLE";
}

/** Node.js's message, without the names of OpenSSL's files and without its advice for command lines. */
function reasonOf({ message, code }: ExchangeError): string {
  const openSsl = /:SSL routines:[^:]*:([^:]*)/.exec(message)?.[1];
  return openSsl ?? (message.replace(/; if the root CA.*/s, "") || code);
}

/** Whether this text has more values than any answer, if it is JSON. */
function hasTooManyValues(text: string): boolean {
  const beforeValue = /[,[{]/g;
  let values = 0;
  while (values <= maxValues && beforeValue.test(text)) values += 1;
  return values > maxValues;
}

/** The error for an answer that isn't a success, from its status line and its body. */
function refusal(answer: HttpAnswer, status: string, text: string, baseUrl: string): ApiError {
  const messages = errorMessages(text);
  const code = refusalCode(answer.status, messages);
  const details = [
    `${code === "notDatadog" ? baseUrl : "Datadog"} answered ${status}`,
    messages ? ` ("${messages}")` : "",
    code === "notDatadog" && isWebPage(answer, text) ? " with a web page" : "",
    answer.status < 400
      ? ", a redirect, which isn't followed because it would forward the keys"
      : "",
  ];
  return new ApiError(code, details.join(""), answer.status);
}

function isWebPage({ headers }: HttpAnswer, text: string): boolean {
  if (/^\s*</.test(text)) return true;
  const isHtml = /^text\/html\b/i.test(headers["content-type"] ?? "");
  return isHtml && /\S/.test(text) && parseJson(text) === undefined;
}

function refusalCode(status: number, messages: string | undefined): ApiErrorCode {
  if (status === 429) return "rateLimited";
  if (status >= 500) return "serverError";
  return messages === undefined || status < 400 ? "notDatadog" : "refused";
}

/** The messages of an error in Datadog's format, on one line; `undefined` for any other body. */
function errorMessages(body: string): string | undefined {
  const parsed = safeParse(errorAnswer, parseJson(body));
  if (!parsed.success) return undefined;
  return oneLine(withoutUserinfo(parsed.output.errors.join("; "))).slice(0, 500);
}

/** Text without the user and the password of the addresses in it; the password may contain an @. */
function withoutUserinfo(text: string): string {
  return text.replace(/\/\/\S*@/g, "//[redacted]@");
}

/** Text without line breaks and other control characters. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
