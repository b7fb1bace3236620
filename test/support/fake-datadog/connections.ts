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
  /** The person of the source org unless told. */
  readonly createdBy?: User | undefined;
}

/** Every org connection, in the order of creation. */
export class Connections {
  readonly #byId = new Map<string, Connection>();
  readonly #countOfPair = new Map<string, number>();
  /** Milliseconds of the Unix epoch. */
  now: () => number = Date.now;
  /** The id of the next new connection, once. */
  nextId: string | undefined;
  #lag = 0;
  #stale: { readonly connections: Connection[]; lists: number } | undefined;

  /** How many lists after a write don't show it yet. 0 shows at once what was written until now. */
  get lag(): number {
    return this.#lag;
  }

  set lag(lists: number) {
    this.#lag = lists;
    if (lists === 0) this.#stale = undefined;
  }

  add(
    source: Org,
    sink: Org,
    types: readonly string[],
    {
      id = this.#takeNextId(),
      createdAt = timestamp(this.now(), this.#byId.size),
      createdBy = source.user,
    }: Birth = {},
  ): Connection {
    const connection: Connection = {
      id,
      sourceOrgId: source.id,
      sinkOrgId: sink.id,
      types: [...types],
      createdAt,
      createdBy,
    };
    this.#beforeWrite();
    this.#byId.set(connection.id, connection);
    this.#count(connection, 1);
    return connection;
  }

  get(id: string): Connection | undefined {
    return this.#byId.get(id.toLowerCase());
  }

  has(sourceOrgId: string, sinkOrgId: string): boolean {
    return this.#countOfPair.has(pair(sourceOrgId, sinkOrgId));
  }

  setTypes(connection: Connection, types: readonly string[]): Connection {
    const changed = { ...connection, types: [...types] };
    this.#beforeWrite();
    this.#byId.set(connection.id, changed);
    return changed;
  }

  remove(connection: Connection): void {
    this.#beforeWrite();
    this.#byId.delete(connection.id);
    this.#count(connection, -1);
  }

  all(): Connection[] {
    return [...this.#byId.values()];
  }

  /** What the next list shows. */
  listed(): Connection[] {
    if (this.#stale === undefined) return this.all();
    const { connections } = this.#stale;
    this.#stale.lists -= 1;
    if (this.#stale.lists <= 0) this.#stale = undefined;
    return connections;
  }

  #takeNextId(): string {
    const id = this.nextId ?? randomUUID();
    this.nextId = undefined;
    return id;
  }

  #beforeWrite(): void {
    if (this.#lag === 0) return;
    this.#stale = { connections: this.#stale?.connections ?? this.all(), lists: this.#lag };
  }

  #count({ sourceOrgId, sinkOrgId }: Connection, difference: number): void {
    const key = pair(sourceOrgId, sinkOrgId);
    const count = (this.#countOfPair.get(key) ?? 0) + difference;
    if (count > 0) this.#countOfPair.set(key, count);
    else this.#countOfPair.delete(key);
  }
}

const pair = (sourceOrgId: string, sinkOrgId: string) => `${sourceOrgId} ${sinkOrgId}`;

/** A date-time, with `micros` as the three digits that the clock of JavaScript lacks. */
function timestamp(now: number, micros: number): string {
  const millis = new Date(now).toISOString().slice(0, -1);
  return `${millis}${String(micros % 1000).padStart(3, "0")}+00:00`;
}
