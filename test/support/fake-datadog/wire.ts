import type { Answers } from "./behaviour.ts";
import type { Connection } from "./connections.ts";
import type { Grant } from "./credentials.ts";
import { type Org, type User, uuidFrom } from "./orgs.ts";
import type { Page } from "./rules.ts";
import type { World } from "./store.ts";

/** The JSON of one connection, with the names of today. */
export function connectionDocument(world: World, connection: Connection, answers: Answers) {
  if (answers.names === false) return namelessDocument(connection, answers);
  const org = (id: string) => ({ data: { type: "orgs", id, name: world.org(id).name } });
  const { createdBy } = connection;
  return {
    ...head(connection, answers),
    ...present(answers, {
      source_org: org(connection.sourceOrgId),
      sink_org: org(connection.sinkOrgId),
      created_by: { data: { type: "users", id: createdBy.id, name: createdBy.name } },
    }),
  };
}

/** The JSON of one connection as PATCH answers it: the live service leaves out every name there. */
export function namelessDocument(connection: Connection, answers: Answers) {
  const reference = (type: string, id: string) => ({ data: { type, id } });
  return {
    ...head(connection, answers),
    ...present(answers, {
      source_org: reference("orgs", connection.sourceOrgId),
      sink_org: reference("orgs", connection.sinkOrgId),
      created_by: reference("users", connection.createdBy.id),
    }),
  };
}

/** The JSON of a list; an empty one has no `included`. */
export function listDocument(world: World, page: Page, answers: Answers) {
  const hasIncluded = page.connections.length > 0 && answers.names !== false;
  const counts = { total_count: page.totalCount, total_filtered_count: page.totalFilteredCount };
  return {
    data: page.connections.map((connection) => connectionDocument(world, connection, answers)),
    ...(hasIncluded && { included: includedIn(world, page) }),
    ...(answers.meta !== false && { meta: { page: counts } }),
  };
}

/** The JSON of `GET /api/v2/validate`. */
export function validDocument(orgId: string, apiKey: string) {
  return {
    data: {
      type: "validate_v2",
      id: orgId,
      attributes: { valid: true, api_key_id: `key-${apiKey.slice(-4)}`, api_key_scopes: [] },
    },
  };
}

/** The `data` of one user. */
export function userDocument({ id, orgId, name, handle, isServiceAccount, status }: User) {
  return {
    type: "users",
    id,
    attributes: {
      name,
      handle,
      email: handle,
      service_account: isServiceAccount,
      disabled: status === "Disabled",
      status,
    },
    relationships: {
      org: { data: { type: "orgs", id: orgId } },
      roles: { data: [{ type: "roles", id: roleId(orgId) }] },
    },
  };
}

/** The JSON of `GET /api/v2/current_user`. The permissions are those of the credentials. */
export function currentUserDocument(
  org: Org,
  user: User,
  { access, canReadUsers }: Pick<Grant, "access" | "canReadUsers">,
) {
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
      { type: "roles", id: roleId(org.id), attributes: { name: "Datadog Admin Role" } },
      ...permissions.map((name) => ({
        type: "permissions",
        id: uuidFrom(name),
        attributes: { name },
      })),
    ],
  };
}

/** The JSON of `GET /api/v2/org`. */
export function managedOrgsDocument(org: Org, managed: readonly Org[]) {
  const reference = ({ id }: Org) => ({ type: "orgs", id });
  return {
    data: {
      type: "managed_orgs",
      id: org.id,
      relationships: {
        current_org: { data: reference(org) },
        managed_orgs: { data: managed.map(reference) },
      },
    },
    included: managed.map(orgDocument),
  };
}

function orgDocument({ id, name }: Org) {
  const public_id = uuidFrom(`public id of ${id}`).slice(0, 8);
  return { type: "orgs", id, attributes: { name, public_id, disabled: false } };
}

const roleId = (orgId: string) => uuidFrom(`role of ${orgId}`);

function head({ id, createdAt, types }: Connection, { zulu = false }: Answers) {
  const created_at = zulu ? new Date(createdAt).toISOString() : createdAt;
  return { type: "org_connection", id, attributes: { created_at, connection_types: types } };
}

/** Those of the relationships that answers hold. */
function present<T extends object>(answers: Answers, all: T): { relationships?: Partial<T> } {
  const { relationships: parts } = answers;
  if (parts === false) return {};
  if (parts === undefined) return { relationships: all };
  const entries = Object.entries(all).filter(([name]) => parts.some((part) => part === name));
  return { relationships: Object.fromEntries(entries) as Partial<T> };
}

function includedIn(world: World, { connections }: Page) {
  const orgIds = new Set(connections.flatMap((one) => [one.sourceOrgId, one.sinkOrgId]));
  const users = new Map(connections.map(({ createdBy }) => [createdBy.id, createdBy]));
  const named = (type: string, id: string, name: string | null) => ({
    type,
    id,
    attributes: { name },
  });
  return [
    ...[...orgIds].map((id) => named("orgs", id, world.org(id).name)),
    ...[...users.values()].map(({ id, name }) => named("users", id, name)),
  ];
}
