import type { Agent } from "node:http";
import type { Response } from "node-fetch";
import { safeParse } from "valibot";
import { createAgent } from "./agent";
import { ApiFault, type FaultKind } from "./fault";
import { Gate } from "./gate";
import { parseJson } from "./json";
import { requestedWait } from "./rate-limit";
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

/** The codes of Node.js for a connection that was never made. */
const notConnected = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Sends single requests to one endpoint. Every failure is an {@link ApiFault}. */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #gate: Gate;
  #sender: Promise<[Agent, typeof import("node-fetch")]> | undefined;
  #serverTime: { readonly date: number; readonly heardAt: number } | undefined;

  /** @param onWait Hears of each wait that Datadog asks for, in seconds, before it begins. */
  constructor(endpoint: Endpoint, onWait?: (seconds: number) => void) {
    this.#endpoint = endpoint;
    this.#gate = new Gate(onWait);
  }

  /** Sends one request and returns the body of a success as text. */
  async send(method: Method, path: string, body?: unknown): Promise<string> {
    const { baseUrl, timeoutSeconds } = this.#endpoint;
    try {
      // Neither a preview nor a check sends anything, so neither loads what sends.
      this.#sender ??= Promise.all([createAgent(baseUrl), import("node-fetch")]);
      const [agent, { default: fetch }] = await this.#sender;
      await this.#gate.pass();
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: this.#headers(body !== undefined),
        body: body === undefined ? null : JSON.stringify(body),
        agent,
        redirect: "manual", // the credentials must not travel to another address
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      });
      this.#heed(response);
      const text = await response.text();
      if (response.ok) return text;
      throw refusal(response, text, (words) => this.#redact(words));
    } catch (error) {
      throw error instanceof ApiFault ? error : this.#lost(error);
    }
  }

  /**
   * The service's clock at a moment of `performance.now()`, in milliseconds of the Unix epoch; this
   * machine's clock where no answer had a date. Whole seconds, rounded down.
   */
  serverTimeAt(moment: number): number {
    const { date, heardAt } = this.#serverTime ?? { date: Date.now(), heardAt: performance.now() };
    return date - (heardAt - moment);
  }

  /** Takes from an answer what concerns the other requests: the time, and whether they must wait. */
  #heed(response: Response): void {
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) this.#serverTime = { date, heardAt: performance.now() };
    const wait = requestedWait(response);
    if (wait !== undefined) this.#gate.close(wait);
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

  /** The fault for a request that got no whole answer. */
  #lost(error: unknown): ApiFault {
    const { baseUrl, timeoutSeconds } = this.#endpoint;
    const { name, message: reason, code = "no connection" } = asFetchFailure(error);
    if (name === "AbortError") {
      return new ApiFault("timeout", `${baseUrl} gave no answer within ${timeoutSeconds} s`);
    }
    // node-fetch repeats the address.
    const last = this.#redact(reason.replace(/^.*failed, reason: /s, ""));
    const kind = notConnected.includes(code) ? "notSent" : "network";
    return new ApiFault(kind, `${baseUrl} can't be reached: ${last || code}`);
  }

  /** Takes the credentials out of a message, also those in the address of a proxy. */
  #redact(message: string): string {
    const secrets = Object.values(this.#endpoint.credentials);
    return secrets
      .filter((secret) => secret.length >= 8) // a shorter one is none, and may be part of a word
      .reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), message)
      .replace(/\/\/[^/@\s]+@/g, "//[redacted]@");
  }
}

/** What node-fetch throws; `code` is that of Node.js, where the network failed. */
interface FetchFailure {
  readonly name?: string;
  readonly message: string;
  readonly code?: string;
}

function asFetchFailure(error: unknown): FetchFailure {
  return error instanceof Error ? error : { message: String(error) };
}

/** The fault for an answer that isn't a success; `redact` takes the credentials out of its words. */
function refusal(response: Response, body: string, redact: (words: string) => string): ApiFault {
  const { status } = response;
  const statusText = redact(response.statusText);
  const words = datadogsWords(body, redact);
  const quoted = words ? ` ("${words}")` : "";
  const redirected =
    status < 400 ? ", a redirect, which isn't followed: it would take the keys along" : "";
  return new ApiFault(
    refusalKind(status, words),
    `Datadog answered ${oneLine(`${status} ${statusText}`).trimEnd()}${quoted}${redirected}`,
    status,
  );
}

function refusalKind(status: number, words: string | undefined): FaultKind {
  if (status === 429) return "rateLimited";
  if (status >= 500) return "serverError";
  return words === undefined || status < 400 ? "foreign" : "refused";
}

/** The texts of an error in Datadog's form, on one line; `undefined` for any other body. */
function datadogsWords(body: string, redact: (words: string) => string): string | undefined {
  const parsed = safeParse(errorAnswer, parseJson(body));
  if (!parsed.success) return undefined;
  return oneLine(redact(parsed.output.errors.join("; "))).slice(0, 500);
}

/** Text without line breaks and other control characters. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
