import { randomUUID } from "node:crypto";
import type { Org, User } from "./orgs.ts";

/** An org connection as the service stores it. */
export interface Connection {
  readonly id: string;
  readonly sourceOrgId: string;
  readonly sinkOrgId: string;
  readonly types: readonly string[];
  /** With microseconds and `+00:00`, as the live service writes it. */
  readonly createdAt: string;
  readonly createdBy: User;
}

/** What the service gives a new connection, where it isn't told. */
export interface Birth {
  /** A random one unless told. */
  readonly id?: string | undefined;
  /** Date-time; now unless told. */
  readonly createdAt?: string | undefined;
}

/** Every org connection, in the order of creation. */
export class Connections {
  readonly #byId = new Map<string, Connection>();
  readonly #idOfPair = new Map<string, string>();

  add(
    source: Org,
    sink: Org,
    types: readonly string[],
    { id = randomUUID(), createdAt = timestamp(this.#byId.size) }: Birth = {},
  ): Connection {
    const connection: Connection = {
      id,
      sourceOrgId: source.id,
      sinkOrgId: sink.id,
      types: [...types],
      createdAt,
      createdBy: source.user,
    };
    this.#byId.set(connection.id, connection);
    this.#idOfPair.set(pair(source.id, sink.id), connection.id);
    return connection;
  }

  get(id: string): Connection | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  has(sourceOrgId: string, sinkOrgId: string): boolean {
    return this.#idOfPair.has(pair(sourceOrgId, sinkOrgId));
  }

  setTypes(connection: Connection, types: readonly string[]): Connection {
    const changed = { ...connection, types: [...types] };
    this.#byId.set(connection.id, changed);
    return changed;
  }

  remove(connection: Connection): void {
    this.#byId.delete(connection.id);
    this.#idOfPair.delete(pair(connection.sourceOrgId, connection.sinkOrgId));
  }

  all(): Connection[] {
    return [...this.#byId.values()];
  }
}

const pair = (sourceOrgId: string, sinkOrgId: string) => `${sourceOrgId} ${sinkOrgId}`;

/** Now, with `micros` as the three digits that the clock of JavaScript lacks. */
function timestamp(micros: number): string {
  const millis = new Date().toISOString().slice(0, -1);
  return `${millis}${String(micros % 1000).padStart(3, "0")}+00:00`;
}
