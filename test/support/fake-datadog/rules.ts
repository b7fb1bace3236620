import type { Org, User } from "./orgs.ts";
import type { Connection, Store } from "./store.ts";

/** An answer that reports an error: its status, and the one text of its `errors`. */
export class HttpError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409;

  constructor(status: HttpError["status"], text: string) {
    super(text);
    this.status = status;
  }
}

export const unauthorized = () => new HttpError(401, "Unauthorized");
export const forbidden = () => new HttpError(403, "Forbidden");
export const notFound = () => new HttpError(404, "Not found");
export const invalidInput = () => new HttpError(400, "Validation failed for input.");

/** Which connections a list asks for, and which part of them. */
export interface Query {
  readonly sourceOrgId: string | undefined;
  readonly sinkOrgId: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** One page of the connections that an org sees. */
export interface Page {
  readonly connections: readonly Connection[];
  readonly totalCount: number;
  readonly totalFilteredCount: number;
}

export function listConnections(store: Store, org: Org, query: Query): Page {
  const visible = store.takeListed().filter((connection) => isVisible(org, connection));
  const filtered = visible.filter(
    ({ sourceOrgId, sinkOrgId }) =>
      matches(query.sourceOrgId, sourceOrgId) && matches(query.sinkOrgId, sinkOrgId),
  );
  return {
    connections: filtered.slice(query.offset, query.offset + query.limit),
    totalCount: visible.length,
    totalFilteredCount: filtered.length,
  };
}

/** Creates a connection from the org of the credentials. */
export function createConnection(
  store: Store,
  source: Org,
  createdBy: User,
  { sinkOrgId, types }: { readonly sinkOrgId: string; readonly types: readonly string[] },
): Connection {
  const sink = store.findOrg(sinkOrgId);
  if (!sink) throw notFound();
  const between = `connection between orgs ${source.id} and ${sink.id}`;
  // A guess: how a connection of an org to itself is refused.
  if (sink.id === source.id || hasRepeats(types)) {
    throw new HttpError(400, `${between} is not allowed`);
  }
  if (store.isConnected(source, sink) && !store.allowDoubles) {
    throw new HttpError(409, `${between} already exists`);
  }
  return store.connect({ source, sink, types, createdBy });
}

export function updateConnection(
  store: Store,
  org: Org,
  id: string,
  types: readonly string[],
): Connection {
  if (hasRepeats(types)) throw invalidInput();
  // A guess: what the sink is answered. Only deleting is documented to work from either side.
  if (store.findConnection(id)?.sourceOrgId !== org.id) {
    throw new HttpError(404, `Org ${missingConnection(id)}`);
  }
  return store.setTypes(id, types);
}

/** Deletes a connection, from the side of its source or of its sink. */
export function deleteConnection(store: Store, org: Org, id: string): void {
  const connection = store.findConnection(id);
  if (!connection || !isVisible(org, connection)) {
    throw new HttpError(404, `org ${missingConnection(id)}`);
  }
  store.remove(id);
}

const isVisible = (org: Org, { sourceOrgId, sinkOrgId }: Connection) =>
  sourceOrgId === org.id || sinkOrgId === org.id;

const matches = (wanted: string | undefined, id: string) =>
  wanted === undefined || wanted.toLowerCase() === id.toLowerCase();

const hasRepeats = (types: readonly string[]) => new Set(types).size < types.length;

/** The live service says "not found" twice, and starts the two texts with different letters. */
const missingConnection = (id: string) => `connection with id:${id} not found not found`;
