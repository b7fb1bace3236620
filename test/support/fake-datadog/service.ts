import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "./app.ts";
import type { Answers, Behaviour, Hold } from "./behaviour.ts";
import type { Birth, Connection } from "./connections.ts";
import type { Access, CredentialOptions, Credentials } from "./credentials.ts";
import { type Fault, FaultQueue } from "./faults.ts";
import { type LoggedRequest, RequestLog, requestLine } from "./log.ts";
import {
  orgs as defaultOrgs,
  newOrg,
  newUser,
  type Org,
  type OrgRef,
  type User,
  type UserSeed,
} from "./orgs.ts";
import { type FaultRate, RandomFaults } from "./random-faults.ts";
import { type RateLimit, RateLimiter } from "./rate-limiter.ts";
import { World } from "./store.ts";
import { Traffic } from "./traffic.ts";

/** How to start a fake Datadog; each setting has a default. */
export interface FakeDatadogOptions {
  /** The connection types that the service accepts: `logs`, `metrics` and `audit` unless told. */
  readonly knownTypes?: readonly string[];
  /** The most connections in one page, whatever `limit` asks for; 1000 unless told. */
  readonly maxPageSize?: number;
  /** The orgs to begin with; the five of `orgs` unless told. */
  readonly orgs?: readonly Org[];
  /** Milliseconds added to every answer, or the range that they are drawn from; 0 unless told. */
  readonly latencyMs?: Behaviour["latencyMs"];
  /** The port on 127.0.0.1; a free one unless told. */
  readonly port?: number;
}

/** A running fake Datadog. What is done through its methods is no request, so it is not logged. */
export class FakeDatadog implements Behaviour {
  readonly knownTypes: Set<string>;
  readonly maxPageSize: number;
  answers: Answers = {};
  allowDoubles = false;
  latencyMs: Behaviour["latencyMs"];
  beforeApply: Hold | undefined;
  beforeAnswer: Hold | undefined;
  readonly #world = new World();
  readonly #log = new RequestLog();
  readonly #limiter = new RateLimiter(undefined, () => this.now() / 1000);
  readonly #faults = new FaultQueue();
  #randomFaults: RandomFaults | undefined;
  readonly #traffic = new Traffic();
  readonly #server: Server;

  /** @internal Use `startFakeDatadog`. */
  constructor(options: FakeDatadogOptions) {
    this.latencyMs = options.latencyMs ?? 0;
    for (const org of options.orgs ?? Object.values(defaultOrgs)) this.#world.addOrg(org);
    this.knownTypes = new Set(options.knownTypes ?? ["logs", "metrics", "audit"]);
    this.maxPageSize = options.maxPageSize ?? 1000;
    const { fetch } = createApp(this.#world, this, {
      log: this.#log,
      limiter: this.#limiter,
      faults: this.#faults,
      randomFault: () => this.#randomFaults?.draw(),
    });
    // The globals stay those of Node, which the tests' own requests use.
    this.#server = createServer(getRequestListener(fetch, { overrideGlobalObjects: false }));
    this.#traffic.watch(this.#server);
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
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the service is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Stops the service, and ends every connection at once: also those that hang. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  get now(): () => number {
    return this.#world.connections.now;
  }

  set now(clock: () => number) {
    this.#world.connections.now = clock;
  }

  /** The id of the next new connection, such as that of a deleted one; used once. */
  get nextId(): string | undefined {
    return this.#world.connections.nextId;
  }

  set nextId(id: string | undefined) {
    this.#world.connections.nextId = id;
  }

  /**
   * How many lists after a write, by a request or by hand, show everything as it was before; 0 unless
   * set. Set to `Infinity`, lists show nothing new until it is set to 0.
   */
  get listLag(): number {
    return this.#world.connections.lag;
  }

  set listLag(lists: number) {
    this.#world.connections.lag = lists;
  }

  /** Every request since the service was started, as lines: what is cleared stays here. */
  get history(): string[] {
    return this.#log.history().map(requestLine);
  }

  /** Every request since the last `clearRequests`, in the order of arrival. */
  get requests(): readonly LoggedRequest[] {
    return this.#log.all();
  }

  /**
   * The requests as lines: `GET /api/v2/org_connections?limit=1000 200`. A request that got no
   * status shows its fault instead: `POST /api/v2/org_connections resetAfter`.
   */
  get requestLines(): string[] {
    return this.#log.all().map(requestLine);
  }

  /** Bytes sent and received so far, headers included. */
  get trafficBytes(): number {
    return this.#traffic.bytes;
  }

  clearRequests(): void {
    this.#log.clear();
  }

  /** Lets the next request that matches, or the next `times` of them, go wrong. */
  fault(fault: Fault): void {
    this.#faults.add(fault);
  }

  /** How many requests are still to meet a fault. */
  get pendingFaults(): number {
    return this.#faults.pending;
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  /** Lets requests that no scripted fault waits for go wrong at this rate; `undefined`: none. */
  setFaultRate(rate: FaultRate | undefined): void {
    this.#randomFaults = rate && new RandomFaults(rate);
  }

  /** Answers 429 to what an org sends beyond this limit; `undefined`: there is none. */
  setRateLimit(limit: RateLimit | undefined): void {
    this.#limiter.limit = limit;
  }

  /** Every org, by its name of today. */
  get orgs(): readonly Org[] {
    return this.#world.orgs();
  }

  /** Adds an org with its keys; a random id unless told. Throws when the id is taken. */
  addOrg(name: string, id?: string): Org {
    return this.#world.addOrg(newOrg(name, id));
  }

  renameOrg(org: OrgRef, name: string): void {
    this.#world.renameOrg(org, name);
  }

  /** Lets an org in with more credentials. An API key may be one that it has already. */
  addCredentials(
    org: OrgRef,
    credentials: Credentials,
    access: Access = "write",
    options: CredentialOptions = {},
  ): void {
    this.#world.addCredentials(org, credentials, access, options);
  }

  /** Adds a user to an org. Credentials and connections can belong to it. */
  addUser(org: OrgRef, seed: UserSeed = {}): User {
    return this.#world.addUser(newUser(this.#world.org(org).id, seed));
  }

  /**
   * Disables a user. Its credentials are refused from now on, and Datadog deletes its connections.
   */
  deactivate(user: User): void {
    this.#world.deactivate(user);
  }

  /** Makes an org the parent of others, which `GET /api/v2/org` then lists. */
  setManagedOrgs(parent: OrgRef, managed: readonly OrgRef[]): void {
    this.#world.setManagedOrgs(parent, managed);
  }

  /** Revokes an API key, an application key or a token. Throws when there is none such. */
  revoke(secret: string): void {
    this.#world.keyring.revoke(secret);
  }

  /** Every org connection, oldest first. */
  get connections(): readonly Connection[] {
    return this.#world.connections.all();
  }

  /** Somebody connects two orgs by hand. No rule of the service is checked but the pair's. */
  connect(pair: Birth & { source: OrgRef; sink: OrgRef; types: readonly string[] }): Connection {
    const source = this.#world.org(pair.source);
    const sink = this.#world.org(pair.sink);
    if (this.#world.connections.has(source.id, sink.id) && !this.allowDoubles) {
      throw new Error(`${source.name} and ${sink.name} are connected already`);
    }
    return this.#world.connections.add(source, sink, pair.types, pair);
  }

  /** Somebody changes a connection by hand. Throws when there is none such. */
  setTypes(id: string, types: readonly string[]): Connection {
    return this.#world.connections.setTypes(this.#world.connection(id), types);
  }

  /** Somebody removes a connection by hand. Throws when there is none such. */
  remove(id: string): void {
    this.#world.connections.remove(this.#world.connection(id));
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
