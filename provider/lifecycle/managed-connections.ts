import { Obstacle } from "../errors";

/** What a pair of orgs is known by before Datadog names the source: its profile, and the sink. */
export interface Pair {
  readonly sourceOrg?: unknown;
  readonly sinkOrgId?: unknown;
}

/**
 * What this process knows of a connection.
 *
 * - `kept`: a resource of the program has it, and keeps it.
 * - `taken`: a resource created it, imported it or took it over in this process.
 * - `gone`: it was deleted in this process, or a complete list lacks it.
 * - `deletionFailed`: it may be gone.
 */
type Status = "kept" | "taken" | "gone" | "deletionFailed";

const declaredTwice =
  "the program declares the connection between these two orgs twice. Remove one of them.";

const alreadyManaged = `${declaredTwice} If there is only one, and it is being replaced, set its option \`deleteBeforeReplace: true\`.`;

/**
 * What is happening to each connection in this process. The engine runs the steps of independent
 * resources in parallel, so what one resource gives up may be what another one takes over: the
 * steps for one connection wait for each other, and each asks here first. The state can also
 * record one connection for two resources, if an operation was interrupted between the two.
 */
export class ManagedConnections {
  readonly #statuses = new Map<string, Status>();
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Changes that the program asks for, as keys of the pair before and after. */
  readonly #declared = new Set<string>();
  /** The pairs that a resource keeps, with the connection once it is known. */
  readonly #keptPairs = new Map<string, string | undefined>();
  /** The pairs that a resource gets in this process, with the connection once it is known. */
  readonly #acquired = new Map<string, string | undefined>();
  /** The pairs that replace a connection, by its id. */
  readonly #replacements = new Map<string, string>();
  /** The source orgs of what is replaced or deleted with the credentials of a profile. */
  readonly #recordedSources = new Map<unknown, Set<string>>();

  /** Runs a step that depends on what happens to a connection: one at a time for each. */
  inTurn<T>(id: string, step: () => Promise<T>): Promise<T> {
    const previous = this.#turns.get(id) ?? Promise.resolve();
    const turn = previous.catch(() => {}).then(step);
    this.#turns.set(id, turn);
    return turn;
  }

  /**
   * Notes that the program declares a resource.
   *
   * @param olds What the state records; nothing if the resource is new.
   * @throws Obstacle if another resource just got the connection that this one has.
   */
  declare(olds: Pair, news: Pair): void {
    this.#declared.add(changeOf(olds, news));
    if (keyOf(olds) !== keyOf(news)) return;
    if (this.#acquired.has(keyOf(news))) throw new Obstacle(declaredTwice);
    this.#keptPairs.set(keyOf(news), undefined);
  }

  /**
   * Notes that a resource keeps its connection. The engine compares what it refreshes too, so that
   * counts only for what the program declares.
   *
   * @returns `false` if the connection was deleted in this process, for another resource.
   * @throws Obstacle if another resource has the connection.
   */
  async keep(id: string, olds: Pair, news: Pair): Promise<boolean> {
    if (!this.#declared.has(changeOf(olds, news))) return true;
    return this.inTurn(id, async () => {
      const status = this.#statuses.get(id);
      if (status === "gone") {
        this.#keptPairs.delete(keyOf(news));
        return false;
      }
      if (status !== "kept") this.#assertFree(id);
      this.#statuses.set(id, "kept");
      this.#keptPairs.set(keyOf(news), id);
      return true;
    });
  }

  /** Notes that a connection is replaced by one of another pair. */
  replace(id: string, olds: Pair & { sourceOrgId?: string }, news: Pair): void {
    this.#replacements.set(id, keyOf(news));
    if (olds.sourceOrg === news.sourceOrg) this.#noteSource(olds);
  }

  /** Whether a pair replaces this connection, so that the resource had it before. */
  isReplacedBy(id: string, pair: Pair): boolean {
    return this.#replacements.get(id) === keyOf(pair);
  }

  /** The source orgs that the credentials of a pair's profile must have. */
  sourcesOf({ sourceOrg }: Pair): Iterable<string> {
    return this.#recordedSources.get(sourceOrg) ?? [];
  }

  /**
   * Gets the connection of a pair for one resource only.
   *
   * @throws Obstacle for the second resource.
   */
  async acquire<T extends { readonly id: string }>(
    pair: Pair,
    createOrAdopt: () => Promise<T>,
  ): Promise<T> {
    const key = keyOf(pair);
    if (this.#acquired.has(key)) throw new Obstacle(declaredTwice);
    this.#acquired.set(key, undefined);
    try {
      const connection = await createOrAdopt();
      this.#acquired.set(key, connection.id);
      return connection;
    } catch (error) {
      this.#acquired.delete(key);
      throw error;
    }
  }

  /**
   * Lets a resource take a connection, once what happens to it has ended.
   *
   * @param pair That of the resource, if it didn't create the connection.
   * @returns `undefined` if it is gone.
   * @throws Obstacle if another resource has it, or if it may have been deleted.
   */
  take<T>(id: string, step: () => Promise<T>, pair?: Pair): Promise<T | undefined> {
    return this.inTurn(id, async () => {
      if (this.#statuses.get(id) === "gone") return undefined;
      this.#assertFree(id);
      if (pair) this.#assertNotKept(id, pair);
      const result = await step();
      this.#statuses.set(id, "taken");
      return result;
    });
  }

  /** Notes that a complete list lacks a connection which the state records. */
  markGone(id: string): void {
    this.#statuses.set(id, "gone");
  }

  /**
   * Deletes a connection, unless it is gone already or another resource has it now: of a resource
   * that was renamed, or swapped sinks with another, the engine has the old connection deleted.
   *
   * @returns `false` if another resource has it.
   */
  delete(
    id: string,
    recorded: Pair & { sourceOrgId?: string },
    send: () => Promise<void>,
  ): Promise<boolean> {
    return this.inTurn(id, async () => {
      const status = this.#statuses.get(id);
      if (status === "taken" || status === "kept") return false;
      this.#noteSource(recorded);
      if (status !== "gone") {
        this.#statuses.set(id, "deletionFailed");
        await send();
        this.#statuses.set(id, "gone");
      }
      const key = keyOf(recorded);
      this.#keptPairs.delete(key);
      if (this.#acquired.get(key) === id) this.#acquired.delete(key);
      return true;
    });
  }

  #assertFree(id: string): void {
    const status = this.#statuses.get(id);
    if (status === "kept" || status === "taken") throw new Obstacle(declaredTwice);
    if (status !== "deletionFailed") return;
    throw new Obstacle(
      `the connection ${id} was to be deleted in this update, and that failed. Run it again.`,
    );
  }

  /** If the resource that keeps the pair has another connection, that one is gone. */
  #assertNotKept(id: string, pair: Pair): void {
    const key = keyOf(pair);
    if (!this.#keptPairs.has(key) || (this.#keptPairs.get(key) ?? id) !== id) return;
    throw new Obstacle(alreadyManaged);
  }

  #noteSource({ sourceOrg, sourceOrgId }: Pair & { sourceOrgId?: string }): void {
    if (sourceOrgId === undefined) return;
    const sources = this.#recordedSources.get(sourceOrg) ?? new Set();
    this.#recordedSources.set(sourceOrg, sources.add(sourceOrgId));
  }
}

function keyOf({ sourceOrg, sinkOrgId }: Pair): string {
  return JSON.stringify([sourceOrg, sinkOrgId]);
}

function changeOf(olds: Pair, news: Pair): string {
  return `${keyOf(olds)} ${keyOf(news)}`;
}
