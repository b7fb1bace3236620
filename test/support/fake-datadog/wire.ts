import { z } from "zod";
import type { Grant } from "./credentials.ts";
import { type Org, type User, uuidFrom } from "./orgs.ts";
import { HttpError, invalidInput, type Page } from "./rules.ts";
import type { Connection, Store } from "./store.ts";

/** What an answer about connections has; it has all parts by default. */
export interface Answers {
  /** `meta` of a list. */
  readonly meta?: boolean;
  /** `false`: not even the key, which the API doesn't allow. */
  readonly relationships?: false | readonly ("source_org" | "sink_org" | "created_by")[];
  /** The names of orgs and users, and `included`, which repeats them. */
  readonly names?: boolean;
  /** Whether `created_at` ends in `Z`, after milliseconds, not in `+00:00`, after microseconds. */
  readonly zulu?: boolean;
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

/** Reads the body of a POST. */
export function readCreate(text: string, knownTypes: ReadonlySet<string>) {
  const { data } = read(createBody, text);
  const sinkOrgId = data.relationships.sink_org.data.id;
  return { sinkOrgId, types: assertKnown(data.attributes.connection_types, knownTypes) };
}

/** Reads the body of a PATCH of the connection `id`; returns the types. */
export function readUpdate(text: string, id: string, knownTypes: ReadonlySet<string>): string[] {
  const { data } = read(updateBody, text);
  if (data.id.toLowerCase() !== id) throw invalidInput();
  return assertKnown(data.attributes.connection_types, knownTypes);
}

/** Reads a connection id of a path: a UUID of any version. */
export function readId(id: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) {
    throw new HttpError(400, "connection id must be a valid uuid");
  }
  return id.toLowerCase();
}

/** The JSON of a body, or undefined if it has none. */
export function parseJson(text: string): unknown {
  if (text === "") return undefined; // faster than to throw, and most requests have no body
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function read<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(parseJson(text));
  if (!result.success) throw invalidInput();
  return result.data;
}

/** A guess: the reference doesn't say how an unknown type is refused. */
function assertKnown(types: string[], knownTypes: ReadonlySet<string>): string[] {
  if (!types.every((type) => knownTypes.has(type))) throw invalidInput();
  return types;
}

/** One connection, with the names of today. */
export function connectionDocument(store: Store, connection: Connection, answers: Answers) {
  const { id, createdAt, types, sourceOrgId, sinkOrgId, createdBy } = connection;
  const reference = (type: string, id: string, name: string | null) => ({
    data: { type, id, ...(answers.names !== false && { name }) },
  });
  const relationships = {
    source_org: reference("orgs", sourceOrgId, store.org(sourceOrgId).name),
    sink_org: reference("orgs", sinkOrgId, store.org(sinkOrgId).name),
    created_by: reference("users", createdBy.id, createdBy.name),
  };
  const parts = answers.relationships;
  return {
    type: "org_connection",
    id,
    attributes: {
      connection_types: types,
      created_at: answers.zulu ? new Date(createdAt).toISOString() : createdAt,
    },
    ...(parts !== false && { relationships: parts ? pick(relationships, parts) : relationships }),
  };
}

/** A list; *seen*: an empty one has no `included`. */
export function listDocument(store: Store, page: Page, answers: Answers) {
  const hasIncluded = page.connections.length > 0 && answers.names !== false;
  const counts = { total_count: page.totalCount, total_filtered_count: page.totalFilteredCount };
  return {
    data: page.connections.map((connection) => connectionDocument(store, connection, answers)),
    ...(hasIncluded && { included: includedIn(store, page) }),
    ...(answers.meta !== false && { meta: { page: counts } }),
  };
}

function includedIn(store: Store, { connections }: Page) {
  const orgIds = new Set(connections.flatMap((one) => [one.sourceOrgId, one.sinkOrgId]));
  const users = new Map(connections.map(({ createdBy }) => [createdBy.id, createdBy]));
  return [
    ...[...orgIds].map((id) => resource("orgs", id, { name: store.org(id).name })),
    ...[...users.values()].map(({ id, name }) => resource("users", id, { name })),
  ];
}

const resource = (type: string, id: string, attributes: object) => ({ type, id, attributes });

const pick = (all: object, keys: readonly string[]) =>
  Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)));

/** The answer of `GET /api/v2/validate`. */
export function validDocument(orgId: string, apiKey: string) {
  const attributes = { valid: true, api_key_id: `key-${apiKey.slice(-4)}`, api_key_scopes: [] };
  return { data: resource("validate_v2", orgId, attributes) };
}

/** The `data` of one user. */
export function userDocument({ id, orgId, name, handle, isServiceAccount, status }: User) {
  const attributes = {
    name,
    handle,
    email: handle,
    service_account: isServiceAccount,
    disabled: status === "Disabled",
    status,
  };
  const relationships = {
    org: { data: { type: "orgs", id: orgId } },
    roles: { data: [{ type: "roles", id: roleId(orgId) }] },
  };
  return { ...resource("users", id, attributes), relationships };
}

/** The answer of `GET /api/v2/current_user`. The permissions are those of the credentials. */
export function currentUserDocument(org: Org, user: User, { access, canReadUsers }: Grant) {
  const permissions = [
    "dashboards_read",
    "monitors_read",
    ...(canReadUsers ? ["user_access_read"] : []),
    ...(access === "none" ? [] : ["org_connections_read"]),
    ...(access === "write" ? ["org_connections_write"] : []),
  ];
  return {
    data: userDocument(user),
    included: [
      orgDocument(org),
      resource("roles", roleId(org.id), { name: "Datadog Admin Role" }),
      ...permissions.map((name) => resource("permissions", uuidFrom(name), { name })),
    ],
  };
}

/** The answer of `GET /api/v2/org`. */
export function managedOrgsDocument(org: Org, managed: readonly Org[]) {
  const reference = ({ id }: Org) => ({ type: "orgs", id });
  const relationships = {
    current_org: { data: reference(org) },
    managed_orgs: { data: managed.map(reference) },
  };
  return {
    data: { type: "managed_orgs", id: org.id, relationships },
    included: managed.map(orgDocument),
  };
}

function orgDocument({ id, name }: Org) {
  const created_at = "2020-01-31T09:00:00+00:00";
  return resource("orgs", id, {
    name,
    public_id: uuidFrom(`public id of ${id}`).slice(0, 8),
    disabled: false,
    description: null,
    sharing: "none",
    url: null,
    created_at,
    modified_at: created_at,
  });
}

const roleId = (orgId: string) => uuidFrom(`role of ${orgId}`);
