import { type Context, Hono } from "hono";
import type { Behaviour } from "./behaviour.ts";
import { readCreate, readId, readUpdate } from "./bodies.ts";
import type { Access, Grant } from "./credentials.ts";
import { forbidden, invalidInput, notFound, unauthorized } from "./http-errors.ts";
import type { Org, User } from "./orgs.ts";
import type { Query, Rules } from "./rules.ts";
import type { World } from "./store.ts";
import {
  connectionDocument,
  currentUserDocument,
  listDocument,
  managedOrgsDocument,
  namelessDocument,
  userDocument,
  validDocument,
} from "./wire.ts";

/** The endpoints of Datadog's API that the service has. */
export function routes(world: World, rules: Rules, behaviour: Behaviour): Hono {
  const app = new Hono();
  app.get("/api/v2/org_connections", (c) => {
    const { org } = authorize(world, c, ["read", "write"]);
    const page = rules.list(org, readQuery(c, behaviour.maxPageSize));
    return c.json(listDocument(world, page, behaviour.answers));
  });
  app.post("/api/v2/org_connections", async (c) => {
    const { org, user } = authorize(world, c, ["write"]);
    const connection = rules.create(org, user, readCreate(await c.req.text()));
    return c.json({ data: connectionDocument(world, connection, behaviour.answers) });
  });
  app.patch("/api/v2/org_connections/:id", async (c) => {
    const { org } = authorize(world, c, ["write"]);
    const id = readId(c.req.param("id"));
    const connection = rules.update(org, id, readUpdate(await c.req.text()));
    return c.json({ data: namelessDocument(connection, behaviour.answers) });
  });
  app.delete("/api/v2/org_connections/:id", (c) => {
    const { org } = authorize(world, c, ["write"]);
    rules.remove(org, readId(c.req.param("id")));
    return c.json({});
  });
  app.get("/api/v2/validate", (c) => {
    const apiKey = c.req.header("dd-api-key");
    const orgId = world.keyring.orgOfApiKey(apiKey);
    if (apiKey === undefined || orgId === undefined) throw unauthorized();
    return c.json(validDocument(orgId, apiKey));
  });
  app.get("/api/v2/current_user", (c) => {
    const identity = world.identify(c.req.header());
    // Another status than the other endpoints answer to credentials that are wrong, not missing.
    if (identity.kind === "denied") throw sendsCredentials(c) ? forbidden() : unauthorized();
    if (!identity.identifies) throw forbidden();
    const user = world.user(identity.orgId, identity.userId);
    return c.json(currentUserDocument(world.org(identity.orgId), user, identity));
  });
  app.get("/api/v2/users/:id", (c) => {
    const { org, grant } = authorize(world, c, ["write", "read", "none"]);
    if (!grant.canReadUsers) throw forbidden();
    const user = world.findUser(org.id, c.req.param("id"));
    if (!user) throw notFound();
    return c.json({ data: userDocument(user) });
  });
  app.get("/api/v2/org", (c) => {
    const { org } = authorize(world, c, ["write", "read", "none"]);
    const managed = world.managedOrgs(org);
    // A guess: how an org is answered that manages none.
    if (!managed) throw forbidden();
    // A guess: which names match the filter.
    const filter = (c.req.query("filter[name]") ?? "").toLowerCase();
    const found = managed.filter(({ name }) => name.toLowerCase().includes(filter));
    return c.json(managedOrgsDocument(org, found));
  });
  return app;
}

/** Who sent a request, if these credentials may send it. */
function authorize(
  world: World,
  c: Context,
  allowed: readonly Access[],
): { org: Org; user: User; grant: Grant } {
  const identity = world.identify(c.req.header());
  if (identity.kind === "denied") throw identity.status === 401 ? unauthorized() : forbidden();
  if (!allowed.includes(identity.access)) throw forbidden();
  const { orgId, userId } = identity;
  return { org: world.org(orgId), user: world.user(orgId, userId), grant: identity };
}

function sendsCredentials(c: Context): boolean {
  if (/^Bearer ./i.test(c.req.header("authorization") ?? "")) return true;
  return Boolean(c.req.header("dd-api-key") && c.req.header("dd-application-key"));
}

function readQuery(c: Context, maxPageSize: number): Query {
  const limit = readCount(c.req.query("limit") ?? "1000");
  return {
    sourceOrgId: c.req.query("source_org_id"),
    sinkOrgId: c.req.query("sink_org_id"),
    limit: Math.min(limit, maxPageSize),
    offset: readCount(c.req.query("offset") ?? "0"),
  };
}

function readCount(text: string): number {
  if (!/^\d+$/.test(text)) throw invalidInput();
  return Number(text);
}
