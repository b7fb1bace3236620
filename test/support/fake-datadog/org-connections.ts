import { type Context, Hono } from "hono";
import { z } from "zod";
import { authorize, HttpError, notFound, parseJson, resource } from "./http.ts";
import type { FakeDatadog } from "./index.ts";
import type { Org } from "./orgs.ts";
import type { Connection, Store } from "./store.ts";

/** Which optional parts an answer has; all by default. */
export interface AnswerParts {
  /** `meta` of a list. */
  readonly meta?: boolean;
  readonly relationships?: readonly ("source_org" | "sink_org" | "created_by")[];
  /** The names of orgs and users, and `included`, which repeats them. */
  readonly names?: boolean;
  /** Whether `created_at` ends in `Z`, after milliseconds, not in `+00:00`, after microseconds. */
  readonly createdAtEndsInZ?: boolean;
}

/** The endpoints of `/api/v2/org_connections`. */
export function orgConnections(fake: FakeDatadog): Hono {
  const app = new Hono();
  const document = (connection: Connection, answers = fake.answers) =>
    connectionDocument(fake, connection, answers);

  app.get("/", (c) => {
    const { org } = authorize(fake, c, ["read", "write"]);
    const visible = fake.connections.filter((connection) => isVisible(org, connection));
    const [sourceId, sinkId] = [orgFilter(c, "source_org_id"), orgFilter(c, "sink_org_id")];
    const filtered = visible.filter(
      ({ sourceOrgId, sinkOrgId }) =>
        (sourceId ?? sourceOrgId) === sourceOrgId && (sinkId ?? sinkOrgId) === sinkOrgId,
    );
    const offset = count(c, "offset", 0);
    const limit = Math.min(count(c, "limit", 1000), fake.maxPageSize);
    const page = filtered.slice(offset, offset + limit);
    const { meta, names } = fake.answers;
    const counts = { total_count: visible.length, total_filtered_count: filtered.length };
    return c.json({
      data: page.map((connection) => document(connection)),
      // *Seen:* an empty list has none.
      ...(page.length > 0 && names !== false && { included: includedIn(fake, page) }),
      ...(meta !== false && { meta: { page: counts } }),
    });
  });

  app.post("/", async (c) => {
    const { org: source, user: createdBy } = authorize(fake, c, ["write"]);
    const { data } = read(createBody, await c.req.text());
    const types = readTypes(data.attributes.connection_types, fake.knownTypes);
    const sink = fake.findOrg(data.relationships.sink_org.data.id.toLowerCase());
    if (!sink) throw notFound();
    // A guess: how a connection of an org to itself is refused.
    if (sink.id === source.id || hasRepeats(types)) {
      const text = `connection between orgs ${source.id} and ${sink.id} is not allowed`;
      throw new HttpError(400, text);
    }
    return c.json({ data: document(fake.connect({ source, sink, types, createdBy })) });
  });

  app.patch("/:id", async (c) => {
    const { org } = authorize(fake, c, ["write"]);
    const id = readId(c.req.param("id"));
    const { data } = read(updateBody, await c.req.text());
    const types = readTypes(data.attributes.connection_types, fake.knownTypes);
    if (data.id.toLowerCase() !== id || hasRepeats(types)) throw invalidInput();
    // A guess: what the sink is answered. Only deleting is documented to work from either side.
    if (fake.findConnection(id)?.sourceOrgId !== org.id) throw missing("Org", id);
    // *Seen:* no name is in this answer.
    const answers = { ...fake.answers, names: false };
    return c.json({ data: document(fake.setTypes(id, types), answers) });
  });

  app.delete("/:id", (c) => {
    const { org } = authorize(fake, c, ["write"]);
    const id = readId(c.req.param("id"));
    const connection = fake.findConnection(id);
    if (!connection || !isVisible(org, connection)) throw missing("org", id);
    fake.remove(id);
    return c.json({});
  });
  return app;
}

const isVisible = (org: Org, { sourceOrgId, sinkOrgId }: Connection) =>
  sourceOrgId === org.id || sinkOrgId === org.id;

const hasRepeats = (types: readonly string[]) => new Set(types).size < types.length;

const invalidInput = () => new HttpError(400, "Validation failed for input.");

/** The live service says "not found" twice, and writes "org" in two ways. */
const missing = (org: "Org" | "org", id: string) =>
  new HttpError(404, `${org} connection with id:${id} not found not found`);

const orgFilter = (c: Context, name: string) => c.req.query(name)?.toLowerCase();

function count(c: Context, name: string, otherwise: number): number {
  const text = c.req.query(name) ?? String(otherwise);
  if (!/^\d+$/.test(text)) throw invalidInput();
  return Number(text);
}

/** Reads a connection id of a path: a UUID of any version. */
function readId(id: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    throw new HttpError(400, "connection id must be a valid uuid");
  }
  return id.toLowerCase();
}

const attributes = z.object({ connection_types: z.array(z.string()).min(1) });
const sinkOrg = z.object({ data: z.object({ type: z.literal("orgs"), id: z.string() }) });
const createBody = z.object({
  data: z.object({
    type: z.literal("org_connection"),
    attributes,
    relationships: z.object({ sink_org: sinkOrg }),
  }),
});
const updateBody = z.object({
  data: z.object({ type: z.literal("org_connection"), id: z.string(), attributes }),
});

function read<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(parseJson(text));
  if (!result.success) throw invalidInput();
  return result.data;
}

/** A guess: the reference doesn't say how an unknown type is refused. */
function readTypes(types: string[], knownTypes: ReadonlySet<string>): string[] {
  if (!types.every((type) => knownTypes.has(type))) throw invalidInput();
  return types;
}

/** One connection, with current names. */
function connectionDocument(store: Store, connection: Connection, answers: AnswerParts) {
  const { id, createdAt, types, sourceOrgId, sinkOrgId, createdBy } = connection;
  const reference = (type: string, id: string, name: string | null) => ({
    data: { type, id, ...(answers.names !== false && { name }) },
  });
  const relationships = {
    source_org: reference("orgs", sourceOrgId, store.org(sourceOrgId).name),
    sink_org: reference("orgs", sinkOrgId, store.org(sinkOrgId).name),
    created_by: reference("users", createdBy.id, createdBy.name),
  };
  const parts: readonly string[] = answers.relationships ?? Object.keys(relationships);
  const created_at = answers.createdAtEndsInZ ? new Date(createdAt).toISOString() : createdAt;
  return {
    ...resource("org_connection", id, { connection_types: types, created_at }),
    relationships: Object.fromEntries(
      Object.entries(relationships).filter(([part]) => parts.includes(part)),
    ),
  };
}

function includedIn(store: Store, connections: readonly Connection[]) {
  const orgIds = new Set(connections.flatMap((one) => [one.sourceOrgId, one.sinkOrgId]));
  const users = new Map(connections.map(({ createdBy }) => [createdBy.id, createdBy]));
  return [
    ...[...orgIds].map((id) => resource("orgs", id, { name: store.org(id).name })),
    ...[...users.values()].map(({ id, name }) => resource("users", id, { name })),
  ];
}
