import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { type Fault, type FaultRate, Faults } from "./faults.ts";
import { createApp, type HttpSettings, type RequestHook } from "./http.ts";
import { orgs as defaultOrgs, type Org } from "./orgs.ts";
import { Store } from "./store.ts";
import {
  ByteCounter,
  type LoggedRequest,
  type RateLimit,
  RateLimiter,
  RequestLog,
  requestLine,
} from "./traffic.ts";
import type { Answers } from "./wire.ts";

export { passingFaults } from "./faults.ts";
export { orgs } from "./orgs.ts";

/** How to start a fake Datadog; each option has a default. */
export interface FakeDatadogOptions {
  /** The orgs to begin with; the five of `orgs` by default. */
  readonly orgs?: readonly Org[];
  /** The connection types that the service accepts; `logs`, `metrics` and `audit` by default. */
  readonly knownTypes?: readonly string[];
  readonly maxPageSize?: number;
  readonly latencyMs?: HttpSettings["latencyMs"];
  /** The port on 127.0.0.1; a free one by default. */
  readonly port?: number;
}

/** A running fake Datadog. */
export class FakeDatadog extends Store implements HttpSettings {
  readonly knownTypes: Set<string>;
  readonly maxPageSize: number;
  answers: Answers = {};
  latencyMs: HttpSettings["latencyMs"];
  beforeApply: RequestHook | undefined;
  beforeAnswer: RequestHook | undefined;
  readonly #log = new RequestLog();
  readonly #limiter = new RateLimiter();
  readonly #faults = new Faults();
  readonly #byteCounter = new ByteCounter();
  readonly #server: Server;

  /** @internal Use `startFakeDatadog`. */
  constructor(options: FakeDatadogOptions) {
    super(options.orgs ?? Object.values(defaultOrgs));
    this.knownTypes = new Set(options.knownTypes ?? ["logs", "metrics", "audit"]);
    this.maxPageSize = options.maxPageSize ?? 1000;
    this.latencyMs = options.latencyMs ?? 0;
    const traffic = { log: this.#log, limiter: this.#limiter, faults: this.#faults };
    const { fetch } = createApp(this, this, traffic);
    // The globals stay those of Node, which the tests' own requests use.
    this.#server = createServer(getRequestListener(fetch, { overrideGlobalObjects: false }));
    this.#byteCounter.watch(this.#server);
  }

  /** @internal Use `startFakeDatadog`. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
  }

  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the service is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Stops the service, and ends every connection at once, even if a request hangs. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** The requests since the last `clearRequests`, in the order of arrival. */
  get requests(): readonly LoggedRequest[] {
    return this.#log.requests;
  }

  /**
   * The requests as lines: `GET /api/v2/org_connections?limit=1000 200`. A request that got no
   * status shows its fault instead: `POST /api/v2/org_connections resetAfter`.
   */
  get requestLines(): string[] {
    return this.#log.requests.map(requestLine);
  }

  /** Every request since the start as lines, also those that were cleared. */
  get history(): string[] {
    return this.#log.history.map(requestLine);
  }

  clearRequests(): void {
    this.#log.clear();
  }

  /** Bytes sent and received so far, headers included. */
  get trafficBytes(): number {
    return this.#byteCounter.bytes;
  }

  /** Makes the next request that matches, or the next `times` of them, go wrong. */
  fault(fault: Fault): void {
    this.#faults.add(fault);
  }

  /** How many requests are still to meet a scripted fault. */
  get pendingFaults(): number {
    return this.#faults.pending;
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /** Makes requests without a scripted fault go wrong at this rate; `undefined`: none. */
  setFaultRate(rate: FaultRate | undefined): void {
    this.#faults.setRate(rate);
  }

  /** Answers 429 to what an org sends beyond this limit; `undefined`: no limit. */
  setRateLimit(limit: RateLimit | undefined): void {
    this.#limiter.limit = limit;
  }
}

/**
 * Starts a fake Datadog on 127.0.0.1. Close it when done.
 *
 * @example
 * const datadog = await startFakeDatadog();
 * datadog.fault({ kind: "resetAfter", method: "POST" });
 * // … let a client of `datadog.url` work with the keys of `orgs.payments` …
 * expect(datadog.requestLines).toEqual(["POST /api/v2/org_connections resetAfter"]);
 * await datadog.close();
 */
export async function startFakeDatadog(options: FakeDatadogOptions = {}): Promise<FakeDatadog> {
  const datadog = new FakeDatadog(options);
  await datadog.listen(options.port ?? 0);
  return datadog;
}
