import type { Connection } from "./api/connection";
import { Obstacle } from "./errors";

/** A connection that a resource got, and how. */
export interface Brought {
  readonly connection: Connection;
  readonly origin: "created" | "adopted";
}

/** What a pair of orgs is known by: the profile of the source, and the sink. */
interface Pair {
  readonly sourceOrg?: unknown;
  readonly sinkOrgId?: unknown;
}

const declaredTwice =
  "the program declares the connection between these two orgs twice. Remove one of them.";

/**
 * Which connections the resources of a program hold, so that no two of them manage one, and the
 * deletion of one doesn't delete what another holds: of a resource that was renamed, or swapped
 * sinks with another, the engine has the old connection deleted although the new resource adopted
 * it. That may come in a later operation, where the first one was cut short.
 */
export class Claims {
  readonly #declared = new Set<string>();
  readonly #claimed = new Set<string>();
  readonly #held = new Map<string, Brought["origin"] | "kept">();

  /** Notes that the program declares a resource with this pair, which it has had before. */
  declare(pair: Pair): void {
    this.#declared.add(keyOf(pair));
  }

  /**
   * Notes that a resource keeps its connection. The engine compares what it refreshes as well, so
   * that counts only for what the program declares.
   */
  keep(id: string, pair: Pair): void {
    const key = id.toLowerCase();
    if (this.#declared.has(keyOf(pair)) && !this.#held.has(key)) this.#held.set(key, "kept");
  }

  /**
   * Brings the connection of a pair into being for one resource only.
   *
   * @throws Obstacle for the second resource.
   */
  async claim(pair: Pair, bring: () => Promise<Brought>): Promise<Connection> {
    const key = keyOf(pair);
    if (this.#claimed.has(key)) throw new Obstacle(declaredTwice);
    this.#claimed.add(key);
    try {
      const { connection, origin } = await bring();
      const id = connection.id.toLowerCase();
      if (this.#held.has(id)) throw new Obstacle(declaredTwice);
      this.#held.set(id, origin);
      return connection;
    } catch (error) {
      this.#claimed.delete(key);
      throw error;
    }
  }

  /** Whether a resource that isn't deleted holds this connection. */
  isHeld(id: string): boolean {
    const held = this.#held.get(id.toLowerCase());
    return held === "adopted" || held === "kept";
  }

  /** Notes that the connection of a pair was deleted, so that another resource may have the pair. */
  release(pair: Pair): void {
    this.#claimed.delete(keyOf(pair));
  }
}

function keyOf({ sourceOrg, sinkOrgId }: Pair): string {
  return JSON.stringify([sourceOrg, sinkOrgId]);
}
