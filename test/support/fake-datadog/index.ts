import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono, type MiddlewareHandler } from "hono";
import { type Fault, type FaultEffect, injectFault, preventsApplying } from "./faults.ts";
import { HttpError, notFound, parseJson } from "./http.ts";
import { type AnswerParts, orgConnections } from "./org-connections.ts";
import { type Headers, Store } from "./store.ts";
import { usersAndOrgs } from "./users-and-orgs.ts";

export { passingFaults } from "./faults.ts";
export { orgs } from "./orgs.ts";

interface FakeDatadogOptions {
  /** 1000 by default. */
  readonly maxPageSize?: number;
  /** The port on 127.0.0.1; a free one by default. */
  readonly port?: number;
}

/** One request that reached the service. */
export interface LoggedRequest {
  readonly method: string;
  /** The path and the query, as they were sent. */
  readonly path: string;
  /** The name of the org whose API key or token was sent, if it is known. */
  readonly org: string | undefined;
  readonly headers: Headers;
  /** The parsed JSON body, if there was one. */
  readonly body: unknown;
  /** The fault that the request met, if it met one. */
  readonly fault: FaultEffect["kind"] | undefined;
  /** The status that was sent, if one was. */
  readonly status: number | undefined;
}

/** Called with each request; the service continues with the request when the promise resolves. */
export type RequestHook = (request: LoggedRequest) => void | Promise<void>;

/** How many requests an org may send in each period, which begins with a request. */
export interface RateLimit {
  readonly requests: number;
  readonly periodSeconds: number;
}

/** A running fake Datadog. */
export class FakeDatadog extends Store {
  /** The connection types that the service accepts. */
  readonly knownTypes = new Set(["logs", "metrics", "audit"]);
  /** The most connections in one page, whatever `limit` asks for. */
  readonly maxPageSize: number;
  answers: AnswerParts = {};
  /** Called when a request has arrived and is logged, before it is applied or refused. */
  beforeApply: RequestHook | undefined;
  /** Called when a request was applied or refused, before it is answered or meets its fault, as a latency. */
  beforeAnswer: RequestHook | undefined;
  readonly #log: LoggedRequest[] = [];
  #cleared = 0;
  #faults: { readonly fault: Fault; left: number }[] = [];
  #rateLimit: RateLimit | undefined;
  readonly #periods = new Map<string | undefined, { readonly endsAt: number; sent: number }>();
  readonly #server: Server;

  /** @internal Use `startFakeDatadog`. */
  constructor(maxPageSize: number) {
    super();
    this.maxPageSize = maxPageSize;
    const app = new Hono<{ Bindings: HttpBindings }>();
    app.use(this.#handle);
    app.route("/api/v2/org_connections", orgConnections(this));
    app.route("/api/v2", usersAndOrgs(this));
    app.notFound(() => {
      throw notFound();
    });
    app.onError((error, c) => {
      if (error instanceof HttpError) return c.json({ errors: [error.message] }, error.status);
      console.error(error);
      return c.json({ errors: ["Internal server error"] }, 500);
    });
    // The globals stay those of Node, which the tests' own requests use.
    this.#server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  }

  /** @internal Use `startFakeDatadog`. */
  async listen(port: number): Promise<void> {
    await once(this.#server.listen(port, "127.0.0.1"), "listening");
  }

  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the service is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Stops the service, and ends every connection at once, even if a request hangs. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await this.#server[Symbol.asyncDispose]();
  }

  /** The requests since the last `clearRequests`, in the order of arrival. */
  get requests(): readonly LoggedRequest[] {
    return this.#log.slice(this.#cleared);
  }

  /**
   * The requests as lines: `GET /api/v2/org_connections?limit=1000 200`. A request that got no
   * status shows its fault instead: `POST /api/v2/org_connections resetAfter`.
   */
  get requestLines(): string[] {
    return this.requests.map(requestLine);
  }

  /** Every request since the start as lines, also those that were cleared. */
  get history(): string[] {
    return this.#log.map(requestLine);
  }

  clearRequests(): void {
    this.#cleared = this.#log.length;
  }

  /** Makes the next request that matches, or the next `times` of them, go wrong. */
  fault(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  clearFaults(): void {
    this.#faults = [];
  }

  /** Answers 429 to what an org sends beyond this limit. */
  setRateLimit(limit: RateLimit): void {
    this.#rateLimit = limit;
  }

  /** Logs each request, applies the rate limit, delays the answer, and injects the fault. */
  readonly #handle: MiddlewareHandler<{ Bindings: HttpBindings }> = async (c, next) => {
    const headers = c.req.header();
    const { orgId } = this.identify(headers);
    const org = orgId === undefined ? undefined : this.org(orgId).name;
    const { isExceeded, rateHeaders } = this.#countRequest(orgId);
    const [method, path] = [c.req.method, c.env.incoming.url ?? "/"];
    const fault = isExceeded ? undefined : this.#takeFault(method, path, org);
    const request = {
      method,
      path,
      org,
      headers,
      body: parseJson(await c.req.text()),
      fault: fault?.kind,
      status: undefined,
    };
    const index = this.#log.push(request) - 1;

    await this.beforeApply?.(request);
    if (isExceeded) c.res = c.json({ errors: ["Too many requests"] }, 429);
    else if (!fault || !preventsApplying(fault)) await next();
    for (const [name, value] of Object.entries(rateHeaders)) c.res.headers.set(name, value);
    if (this.now !== Date.now) c.res.headers.set("date", new Date(this.now()).toUTCString());
    await this.beforeAnswer?.(request);
    const { outgoing } = c.env;
    const response = fault ? await injectFault(fault, c.res, outgoing) : c.res;
    const sent = outgoing.headersSent ? outgoing.statusCode : undefined;
    this.#log[index] = { ...request, status: response?.status ?? sent };
    if (fault) c.res = response ?? RESPONSE_ALREADY_SENT;
  };

  /** Takes the first fault that matches a request. */
  #takeFault(method: string, path: string, org: string | undefined): FaultEffect | undefined {
    const found = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method ?? method) === method &&
        path.includes(fault.path ?? "") &&
        (fault.org ?? org) === org,
    );
    if (found) found.left -= 1;
    return found?.fault;
  }

  #countRequest(orgId: string | undefined) {
    if (this.#rateLimit === undefined) return { isExceeded: false, rateHeaders: {} };
    const { requests, periodSeconds } = this.#rateLimit;
    const now = this.now();
    let period = this.#periods.get(orgId);
    if (period === undefined || period.endsAt <= now) {
      period = { endsAt: now + periodSeconds * 1000, sent: 0 };
      this.#periods.set(orgId, period);
    }
    period.sent += 1;
    const rateHeaders = {
      "x-ratelimit-limit": String(requests),
      "x-ratelimit-period": String(periodSeconds),
      "x-ratelimit-remaining": String(Math.max(requests - period.sent, 0)),
      "x-ratelimit-reset": String(Math.ceil((period.endsAt - now) / 1000)),
      "x-ratelimit-name": "org_connections",
    };
    return { isExceeded: period.sent > requests, rateHeaders };
  }
}

/** `POST /api/v2/org_connections 200`; without a status, the fault or `…` is in its place. */
const requestLine = ({ method, path, status, fault }: LoggedRequest): string =>
  `${method} ${path} ${status ?? fault ?? "…"}`;

/** Starts a fake Datadog on 127.0.0.1, as README.md shows. Close it when done. */
export async function startFakeDatadog({
  maxPageSize = 1000,
  port = 0,
}: FakeDatadogOptions = {}): Promise<FakeDatadog> {
  const datadog = new FakeDatadog(maxPageSize);
  await datadog.listen(port);
  return datadog;
}
