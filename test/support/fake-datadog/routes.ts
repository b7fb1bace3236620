import { type Context, Hono } from "hono";
import type { Behaviour } from "./behaviour.ts";
import { readCreate, readId, readUpdate } from "./bodies.ts";
import type { Access } from "./credentials.ts";
import { forbidden, invalidInput, unauthorized } from "./http-errors.ts";
import type { Org } from "./orgs.ts";
import type { Query, Rules } from "./rules.ts";
import type { World } from "./store.ts";
import { connectionDocument, listDocument, namelessDocument, validDocument } from "./wire.ts";

/** The endpoints of Datadog's API that the service has. */
export function routes(world: World, rules: Rules, behaviour: Behaviour): Hono {
  const app = new Hono();
  app.get("/api/v2/org_connections", (c) => {
    const org = authorize(world, c, ["read", "write"]);
    const page = rules.list(org, readQuery(c, behaviour.maxPageSize));
    return c.json(listDocument(world, page, behaviour.answers));
  });
  app.post("/api/v2/org_connections", async (c) => {
    const org = authorize(world, c, ["write"]);
    const connection = rules.create(org, readCreate(await c.req.text()));
    return c.json({ data: connectionDocument(world, connection, behaviour.answers) });
  });
  app.patch("/api/v2/org_connections/:id", async (c) => {
    const org = authorize(world, c, ["write"]);
    const id = readId(c.req.param("id"));
    const connection = rules.update(org, id, readUpdate(await c.req.text()));
    return c.json({ data: namelessDocument(connection, behaviour.answers) });
  });
  app.delete("/api/v2/org_connections/:id", (c) => {
    const org = authorize(world, c, ["write"]);
    rules.remove(org, readId(c.req.param("id")));
    return c.json({});
  });
  app.get("/api/v2/validate", (c) => {
    const apiKey = c.req.header("dd-api-key");
    const orgId = world.keyring.orgOfApiKey(apiKey);
    if (apiKey === undefined || orgId === undefined) throw unauthorized();
    return c.json(validDocument(orgId, apiKey));
  });
  return app;
}

function authorize(world: World, c: Context, allowed: readonly Access[]): Org {
  const identity = world.keyring.identify(c.req.header());
  if (identity.kind === "denied") throw identity.status === 401 ? unauthorized() : forbidden();
  if (!allowed.includes(identity.access)) throw forbidden();
  return world.org(identity.orgId);
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
