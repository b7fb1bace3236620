import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { z } from "zod";
import type { Access, Grant } from "./credentials.ts";
import { type Faults, type IncomingRequest, randomNumbers } from "./faults.ts";
import { injectFault, preventsApplying } from "./inject-fault.ts";
import type { Org, User } from "./orgs.ts";
import {
  createConnection,
  deleteConnection,
  forbidden,
  HttpError,
  invalidInput,
  listConnections,
  notFound,
  type Query,
  unauthorized,
  updateConnection,
} from "./rules.ts";
import type { Store } from "./store.ts";
import type { RateLimiter, RequestLog } from "./traffic.ts";
import * as wire from "./wire.ts";

/** Called with each request; the service goes on with the request when the promise resolves. */
export type RequestHook = (request: IncomingRequest & { body: unknown }) => void | Promise<void>;

/** How the service answers. What isn't read-only may be set at any time. */
export interface HttpSettings {
  /** The connection types that the service accepts. */
  readonly knownTypes: ReadonlySet<string>;
  /** The most connections in one page, whatever `limit` asks for. */
  readonly maxPageSize: number;
  /** What answers about connections have. */
  answers: wire.Answers;
  /** Milliseconds added to every answer, or the range that they are drawn from. */
  latencyMs: number | readonly [from: number, to: number];
  /** Called when a request has arrived and is logged, before it is applied or refused. */
  beforeApply: RequestHook | undefined;
  /** Called when a request was applied or refused, before it is answered or meets its fault. */
  beforeAnswer: RequestHook | undefined;
}

interface Traffic {
  readonly log: RequestLog;
  readonly limiter: RateLimiter;
  readonly faults: Faults;
}

/** The whole HTTP application. */
export function createApp(store: Store, settings: HttpSettings, traffic: Traffic) {
  const app = new Hono<{ Bindings: HttpBindings }>();
  // Before the middleware, which would log the requests.
  app.route("/_fake", controlApi(store, traffic.log));
  app.use(middleware(store, settings, traffic));
  app.route("/api/v2/org_connections", orgConnections(store, settings));
  app.route("/api/v2", neighbours(store));
  app.notFound((c) => c.json({ errors: ["Not found"] }, 404));
  app.onError((error, c) => {
    if (error instanceof HttpError) return c.json({ errors: [error.message] }, error.status);
    console.error(error);
    return c.json({ errors: ["Internal server error"] }, 500);
  });
  return app;
}

/** Logs each request, applies the rate limit, injects its fault, and delays its answer. */
function middleware(
  store: Store,
  settings: HttpSettings,
  { log, limiter, faults }: Traffic,
): MiddlewareHandler<{ Bindings: HttpBindings }> {
  const random = randomNumbers(1);
  return async (c, next) => {
    const headers = c.req.header();
    const { orgId } = store.identify(headers);
    const org = orgId === undefined ? undefined : store.org(orgId);
    const request = { method: c.req.method, path: c.env.incoming.url ?? "/", org };
    const body = wire.parseJson(await c.req.text());
    const limit = limiter.count(org?.id ?? "nobody", store.now());
    const fault = limit.isExceeded ? undefined : faults.take(request);
    const setStatus = log.add({ ...request, org: org?.name, headers, body, fault: fault?.kind });

    await settings.beforeApply?.({ ...request, body });
    if (limit.isExceeded) c.res = c.json({ errors: ["Too many requests"] }, 429);
    else if (!fault || !preventsApplying(fault)) await next();
    for (const [name, value] of Object.entries(limit.headers)) c.res.headers.set(name, value);
    if (store.now !== Date.now) c.res.headers.set("date", new Date(store.now()).toUTCString());
    const latencyMs = drawFrom(settings.latencyMs, random);
    if (latencyMs > 0) await sleep(latencyMs, undefined, { ref: false });
    await settings.beforeAnswer?.({ ...request, body });
    const { response, status } = await injectFault(fault, c.res, c.env.outgoing);
    setStatus(status);
    if (response !== c.res) c.res = response; // Hono copies what it is given
  };
}

function drawFrom(range: HttpSettings["latencyMs"], random: () => number): number {
  const [from, to] = typeof range === "number" ? [range, range] : range;
  return from + random() * (to - from);
}

function orgConnections(store: Store, settings: HttpSettings): Hono {
  const app = new Hono();
  app.get("/", (c) => {
    const { org } = authorize(store, c, ["read", "write"]);
    const page = listConnections(store, org, readQuery(c, settings.maxPageSize));
    return c.json(wire.listDocument(store, page, settings.answers));
  });
  app.post("/", async (c) => {
    const { org, user } = authorize(store, c, ["write"]);
    const request = wire.readCreate(await c.req.text(), settings.knownTypes);
    const connection = createConnection(store, org, user, request);
    return c.json({ data: wire.connectionDocument(store, connection, settings.answers) });
  });
  app.patch("/:id", async (c) => {
    const { org } = authorize(store, c, ["write"]);
    const id = wire.readId(c.req.param("id"));
    const types = wire.readUpdate(await c.req.text(), id, settings.knownTypes);
    const connection = updateConnection(store, org, id, types);
    // The live service leaves out every name here.
    const answers = { ...settings.answers, names: false };
    return c.json({ data: wire.connectionDocument(store, connection, answers) });
  });
  app.delete("/:id", (c) => {
    const { org } = authorize(store, c, ["write"]);
    deleteConnection(store, org, wire.readId(c.req.param("id")));
    return c.json({});
  });
  return app;
}

function neighbours(store: Store): Hono {
  const app = new Hono();
  app.get("/validate", (c) => {
    const apiKey = c.req.header("dd-api-key") ?? "";
    const orgId = store.orgIdOfApiKey(apiKey);
    if (orgId === undefined) throw unauthorized();
    return c.json(wire.validDocument(orgId, apiKey));
  });
  app.get("/current_user", (c) => {
    const identity = store.identify(c.req.header());
    if (identity.kind === "denied") {
      throw identity.reason === "missing" ? unauthorized() : forbidden();
    }
    if (!identity.identifies) throw forbidden();
    const { orgId, userId } = identity;
    return c.json(wire.currentUserDocument(store.org(orgId), store.user(orgId, userId), identity));
  });
  app.get("/users/:id", (c) => {
    const { org, canReadUsers } = authorize(store, c, ["write", "read", "none"]);
    if (!canReadUsers) throw forbidden();
    const user = store.findUser(org.id, c.req.param("id"));
    if (!user) throw notFound();
    return c.json({ data: wire.userDocument(user) });
  });
  app.get("/org", (c) => {
    const { org } = authorize(store, c, ["write", "read", "none"]);
    const managed = store.managedOrgs(org);
    // A guess: how an org is answered that manages none, and which names match the filter.
    if (!managed) throw forbidden();
    const filter = (c.req.query("filter[name]") ?? "").toLowerCase();
    const found = managed.filter(({ name }) => name.toLowerCase().includes(filter));
    return c.json(wire.managedOrgsDocument(org, found));
  });
  return app;
}

/**
 * The sender of a request, if their access is one of `allowed`.
 *
 * A guess: the reference has both 401 and 403, and doesn't say which is for what.
 */
function authorize(
  store: Store,
  c: Context,
  allowed: readonly Access[],
): Grant & { org: Org; user: User } {
  const identity = store.identify(c.req.header());
  if (identity.kind === "denied") {
    throw identity.reason === "wrong" ? forbidden() : unauthorized();
  }
  if (!allowed.includes(identity.access)) throw forbidden();
  const { orgId, userId } = identity;
  return { ...identity, org: store.org(orgId), user: store.user(orgId, userId) };
}

function readQuery(c: Context, maxPageSize: number): Query {
  return {
    sourceOrgId: c.req.query("source_org_id"),
    sinkOrgId: c.req.query("sink_org_id"),
    limit: Math.min(readCount(c.req.query("limit") ?? "1000"), maxPageSize),
    offset: readCount(c.req.query("offset") ?? "0"),
  };
}

function readCount(text: string): number {
  if (!/^\d+$/.test(text)) throw invalidInput();
  return Number(text);
}

const manualChange = z.discriminatedUnion("action", [
  z.object({ action: z.literal("setTypes"), id: z.string(), types: z.array(z.string()) }),
  z.object({ action: z.literal("remove"), id: z.string() }),
]);

/** The control API, for a person or a process that has only the address: see the README. */
function controlApi(store: Store, log: RequestLog): Hono {
  const app = new Hono();
  app.get("/requests", (c) => c.json(log.requests));
  app.delete("/requests", (c) => {
    log.clear();
    return c.json({});
  });
  app.post("/hand", async (c) => {
    const change = manualChange.parse(wire.parseJson(await c.req.text()));
    if (change.action === "remove") store.remove(change.id);
    else store.setTypes(change.id, change.types);
    return c.json({});
  });
  app.onError((error, c) => c.json({ errors: [error.message] }, 400));
  return app;
}
