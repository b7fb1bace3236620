import type { Behaviour } from "./behaviour.ts";
import type { CreateRequest, UpdateRequest } from "./bodies.ts";
import type { Connection } from "./connections.ts";
import {
  alreadyExists,
  invalidInput,
  noneToDelete,
  noneToUpdate,
  notAllowed,
  notFound,
} from "./http-errors.ts";
import type { Org, User } from "./orgs.ts";
import type { World } from "./store.ts";

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

/** The service's rules: what an org may see and change, and how it is refused. */
export class Rules {
  readonly #world: World;
  readonly #behaviour: Pick<Behaviour, "knownTypes" | "allowDoubles">;

  constructor(world: World, behaviour: Pick<Behaviour, "knownTypes" | "allowDoubles">) {
    this.#world = world;
    this.#behaviour = behaviour;
  }

  list(org: Org, query: Query): Page {
    const visible = this.#world.connections.listed().filter((connection) => sees(org, connection));
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

  create(source: Org, createdBy: User, { sinkOrgId, types }: CreateRequest): Connection {
    this.#checkKnown(types);
    const sink = this.#world.findOrg(sinkOrgId);
    if (!sink) throw notFound();
    // A guess: how an org that would connect to itself is refused.
    if (sink.id === source.id || hasRepeats(types)) throw notAllowed(source.id, sink.id);
    const { connections } = this.#world;
    if (connections.has(source.id, sink.id) && !this.#behaviour.allowDoubles) {
      throw alreadyExists(source.id, sink.id);
    }
    return connections.add(source, sink, types, { createdBy });
  }

  update(org: Org, id: string, request: UpdateRequest): Connection {
    if (request.id.toLowerCase() !== id || hasRepeats(request.types)) throw invalidInput();
    this.#checkKnown(request.types);
    const connection = this.#world.connections.get(id);
    // A guess: what the sink is answered. Only deleting is documented to work from either side.
    if (connection?.sourceOrgId !== org.id) throw noneToUpdate(id);
    return this.#world.connections.setTypes(connection, request.types);
  }

  remove(org: Org, id: string): void {
    const connection = this.#world.connections.get(id);
    if (!connection || !sees(org, connection)) throw noneToDelete(id);
    this.#world.connections.remove(connection);
  }

  /** A guess: the reference doesn't say how a type is refused that the service doesn't know. */
  #checkKnown(types: readonly string[]): void {
    if (!types.every((type) => this.#behaviour.knownTypes.has(type))) throw invalidInput();
  }
}

const sees = (org: Org, { sourceOrgId, sinkOrgId }: Connection) =>
  sourceOrgId === org.id || sinkOrgId === org.id;

const matches = (wanted: string | undefined, id: string) =>
  wanted === undefined || wanted.toLowerCase() === id.toLowerCase();

const hasRepeats = (types: readonly string[]) => new Set(types).size < types.length;
