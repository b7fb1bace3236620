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

/** Where and how one org's API is called. */
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
  #serverTime: { readonly date: number; readonly heardAt: number } | undefined;

  constructor(endpoint: Endpoint, waits: WaitOptions = {}) {
    this.#endpoint = endpoint;
    this.#clock = waits.clock ?? systemClock;
    this.#rateLimit = new RateLimit(waits);
  }

  /** Sends one request and returns the body of a success as text. */
  async send(method: Method, path: string, body?: unknown): Promise<string> {
    try {
      const answer = await this.#rateLimit.send(() => this.#exchange(method, path, body));
      const date = Date.parse(answer.headers["date"] ?? "");
      if (!Number.isNaN(date)) this.#serverTime = { date, heardAt: performance.now() };
      const text = await answer.body();
      if (answer.status >= 200 && answer.status < 300) return text;
      throw refusal(answer, text, (words) => this.#redact(words));
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
   * machine's clock where no answer had a date. Whole seconds, rounded down.
   */
  serverTimeAt(moment: number): number {
    const { date, heardAt } = this.#serverTime ?? { date: Date.now(), heardAt: performance.now() };
    return date - (heardAt - moment);
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

  /** The error for a request that got no whole answer. */
  #toApiError(error: ExchangeError): ApiError {
    const { baseUrl, timeoutSeconds } = this.#endpoint;
    const code = codeOf(error);
    if (error.isAborted) {
      return new ApiError(code, `${baseUrl} gave no answer within ${timeoutSeconds} s`);
    }
    const reason = this.#redact(reasonOf(error));
    const prefix =
      code === "tlsFailed" ? `no secure connection to ${baseUrl}` : `${baseUrl} can't be reached`;
    return new ApiError(code, `${prefix}: ${reason}`);
  }

  /** Takes the credentials out of a message, also those in the address of a proxy. */
  #redact(message: string): string {
    const secrets = Object.values(this.#endpoint.credentials);
    return secrets
      .filter((secret) => secret.length >= 8) // a shorter one is none, and may be part of a word
      .reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), message)
      .replace(/\/\/\S*@/g, "//[redacted]@"); // an @ may be part of the password
  }
}

function codeOf({ code, proxyStatus = 0, isAborted, mayBeSent }: ExchangeError): ApiErrorCode {
  if (mayBeSent) return isAborted ? "timeout" : "network";
  if (proxyStatus >= 400 && proxyStatus < 500) return "proxyFailed";
  const isTlsFailure = code === "EPROTO" || !isNetworkCode(code);
  return isTlsFailure && !isAborted ? "tlsFailed" : "connectFailed";
}

/** `ECONNREFUSED` and the like, or of a proxy; any other code is one of TLS or of certificates. */
function isNetworkCode(code: string): boolean {
  return /^E(AI_)?[A-Z0-9]+$/.test(code) || code === "ERR_PROXY_TUNNEL";
}

/**
 * What Node.js says, without OpenSSL's files and Node's advice for programs that a user starts. What
 * it says of a proxy isn't shown: some versions repeat the proxy's address with the password.
 */
function reasonOf({ message, code, proxyStatus }: ExchangeError): string {
  if (proxyStatus !== undefined) return `the proxy answered ${proxyStatus}`;
  if (code === "ERR_PROXY_TUNNEL") return "the proxy opened no tunnel";
  const openSsl = /:SSL routines:[^:]*:([^:]*)/.exec(message)?.[1];
  return openSsl ?? (message.replace(/; if the root CA.*/s, "") || code);
}

/** The error for an answer that isn't a success; `redact` takes the credentials out of its words. */
function refusal(answer: HttpAnswer, body: string, redact: (words: string) => string): ApiError {
  const { status } = answer;
  const statusText = redact(answer.statusText);
  const words = errorMessages(body, redact);
  const quoted = words ? ` ("${words}")` : "";
  const redirected =
    status < 400 ? ", a redirect, which isn't followed: it would take the keys along" : "";
  return new ApiError(
    refusalCode(status, words),
    `Datadog answered ${oneLine(`${status} ${statusText}`).trimEnd()}${quoted}${redirected}`,
    status,
  );
}

function refusalCode(status: number, words: string | undefined): ApiErrorCode {
  if (status === 429) return "rateLimited";
  if (status >= 500) return "serverError";
  return words === undefined || status < 400 ? "notDatadog" : "refused";
}

/** The texts of an error in Datadog's form, on one line; `undefined` for any other body. */
function errorMessages(body: string, redact: (words: string) => string): string | undefined {
  const parsed = safeParse(errorAnswer, parseJson(body));
  if (!parsed.success) return undefined;
  return oneLine(redact(parsed.output.errors.join("; "))).slice(0, 500);
}

/** Text without line breaks and other control characters. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
