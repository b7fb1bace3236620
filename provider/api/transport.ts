import type { Agent } from "node:http";
import { safeParse } from "valibot";
import { createAgent } from "./agent";
import { type Clock, systemClock, type WaitOptions } from "./clock";
import { ApiError, type ApiErrorCode } from "./errors";
import { ExchangeError, exchange, type HttpAnswer } from "./exchange";
import { parseJson } from "./json";
import { RateLimit } from "./rate-limit";
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

/** Sends single requests to one endpoint. Every failure is an {@link ApiError}. */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #rateLimit: RateLimit;
  #agent: Agent | undefined;
  #serverTime: { readonly date: number; readonly receivedAt: number } | undefined;

  constructor(endpoint: Endpoint, waits: WaitOptions = {}) {
    this.#endpoint = endpoint;
    this.#clock = waits.clock ?? systemClock;
    this.#rateLimit = new RateLimit(waits);
  }

  /** Sends one request and returns the body of a success as text. */
  async send(
    method: Method,
    path: string,
    body?: unknown,
    { outsideRateLimit = false } = {},
  ): Promise<string> {
    const exchange = () => this.#exchange(method, path, body);
    try {
      const answer = await (outsideRateLimit ? exchange() : this.#rateLimit.send(exchange));
      const date = Date.parse(answer.headers["date"] ?? "");
      if (!Number.isNaN(date)) this.#serverTime = { date, receivedAt: performance.now() };
      const text = await answer.body();
      if (answer.status < 300) return text;
      throw refusal(answer, text, (messages) => this.#redact(messages));
    } catch (error) {
      throw error instanceof ExchangeError ? this.#toApiError(error) : error;
    }
  }

  #exchange(method: Method, path: string, body: unknown): Promise<HttpAnswer> {
    const { baseUrl, timeoutSeconds } = this.#endpoint;
    this.#agent ??= createAgent(baseUrl);
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

  /** The error for a request that got no complete answer. */
  #toApiError(error: ExchangeError): ApiError {
    const { baseUrl, timeoutSeconds } = this.#endpoint;
    const code = codeOf(error);
    if (error.isAborted) {
      return new ApiError(code, `${baseUrl} didn't respond within ${timeoutSeconds} s`);
    }
    const reason = this.#redact(reasonOf(error));
    const prefix =
      code === "tlsFailed" ? `can't connect securely to ${baseUrl}` : `${baseUrl} can't be reached`;
    return new ApiError(code, `${prefix}: ${reason}`);
  }

  /** Removes credentials from a message, also those in a proxy's address. */
  #redact(message: string): string {
    const secrets = Object.values(this.#endpoint.credentials);
    return secrets
      .filter((secret) => secret.length >= 8) // a shorter one isn't a key, and may be part of a word
      .reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), message)
      .replace(/\/\/\S*@/g, "//[redacted]@"); // the password may contain an @
  }
}

function codeOf({ code, proxyStatus = 0, isAborted, mayBeSent }: ExchangeError): ApiErrorCode {
  if (mayBeSent) return isAborted ? "timeout" : "network";
  if (proxyStatus >= 400 && proxyStatus < 500) return "proxyFailed";
  const isTlsFailure = code === "EPROTO" || !isNetworkCode(code);
  return isTlsFailure && !isAborted ? "tlsFailed" : "connectFailed";
}

/** Whether a code is a network's, such as `ECONNREFUSED`, or a proxy's; all others are of TLS. */
function isNetworkCode(code: string): boolean {
  return /^E(AI_)?[A-Z0-9]+$/.test(code) || code === "ERR_PROXY_TUNNEL";
}

/**
 * Node.js's message, without the names of OpenSSL's files and without its advice for command lines.
 * Replaces messages about a proxy: in some versions they contain its address with the password.
 */
function reasonOf({ message, code, proxyStatus }: ExchangeError): string {
  if (proxyStatus !== undefined) return `the proxy answered ${proxyStatus}`;
  if (code === "ERR_PROXY_TUNNEL") return "the proxy didn't open a tunnel";
  const openSsl = /:SSL routines:[^:]*:([^:]*)/.exec(message)?.[1];
  return openSsl ?? (message.replace(/; if the root CA.*/s, "") || code);
}

/** The error for an answer that isn't a success; `redact` removes credentials from its text. */
function refusal(answer: HttpAnswer, body: string, redact: (messages: string) => string): ApiError {
  const { status } = answer;
  const statusText = redact(answer.statusText);
  const messages = errorMessages(body, redact);
  const quoted = messages ? ` ("${messages}")` : "";
  const redirected =
    status < 400 ? ", a redirect, which isn't followed because it would forward the keys" : "";
  return new ApiError(
    refusalCode(status, messages),
    `Datadog answered ${oneLine(`${status} ${statusText}`).trimEnd()}${quoted}${redirected}`,
    status,
  );
}

function refusalCode(status: number, messages: string | undefined): ApiErrorCode {
  if (status === 429) return "rateLimited";
  if (status >= 500) return "serverError";
  return messages === undefined || status < 400 ? "notDatadog" : "refused";
}

/** The messages of an error in Datadog's format, on one line; `undefined` for any other body. */
function errorMessages(body: string, redact: (messages: string) => string): string | undefined {
  const parsed = safeParse(errorAnswer, parseJson(body));
  if (!parsed.success) return undefined;
  return oneLine(redact(parsed.output.errors.join("; "))).slice(0, 500);
}

/** Text without line breaks and other control characters. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
