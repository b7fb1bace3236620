import type { Clock } from "../api/clock";
import { UserError } from "../errors";
import { isUnknown } from "../unknown";
import { ConnectionStatuses, declaredTwice, type OtherProcesses } from "./connection-statuses";

/** Identifies a pair of orgs before Datadog has returned the source: by its profile and the sink. */
export interface Pair {
  readonly profile?: unknown;
  readonly sinkOrgId?: unknown;
}

const alreadyManaged =
  `${declaredTwice} If there is only one, and it is being replaced, set its option ` +
  "`deleteBeforeReplace: true`; if its replacement failed earlier, set `adoptExisting: true` in its " +
  "arguments and remove it from the state with `pulumi state delete`.";

/**
 * What is happening to each connection in this process. The engine runs the steps of independent
 * resources in parallel, so what one resource gives up may be what another one takes over: the
 * steps for one connection wait for each other, and each asks here first. The state can also
 * record one connection for two resources, if an operation was interrupted between two steps.
 */
export class ManagedConnections {
  readonly #statuses: ConnectionStatuses;
  /**
   * The changes that the program asks for, as keys of the pair before and after; each is asked of one
   * resource, with the id of its connection once it is known to be kept.
   */
  readonly #declared = new Map<string, string | undefined>();
  /** The pairs that a resource keeps, with the connection once it is known. */
  readonly #keptPairs = new Map<string, string | undefined>();
  /** The pairs that a resource gets a connection for in this process. */
  readonly #acquired = new Set<string>();
  /** The pairs that replace a connection, by its id. */
  readonly #replacements = new Map<string, string>();
  /** The source orgs of what is replaced or deleted with the credentials of a profile. */
  readonly #recordedSources = new Map<unknown, Set<string>>();

  constructor(others?: OtherProcesses, clock?: Clock) {
    this.#statuses = new ConnectionStatuses(others, clock);
  }

  /** Runs a step for a connection after all earlier steps for it have ended. */
  inTurn<T>(id: string, step: () => Promise<T>): Promise<T> {
    return this.#statuses.inTurn(id, step);
  }

  /**
   * Records that the program declares a resource. The engine checks a resource only once with what is
   * recorded, and once more, with nothing recorded, if it is replaced.
   *
   * @param olds What the state records; nothing if the resource is new.
   * @throws UserError if another resource is declared with the same orgs, or has the connection.
   */
  declare(olds: Pair, news: Pair): void {
    const change = changeOf(olds, news);
    if (this.#declared.has(change)) throw new UserError(declaredTwice);
    if (!isUnknown([news.profile, news.sinkOrgId])) this.#declared.set(change, undefined);
    if (keyOf(olds) !== keyOf(news)) return;
    if (this.#acquired.has(keyOf(news))) throw new UserError(declaredTwice);
    this.#keptPairs.set(keyOf(news), undefined);
  }

  /**
   * Records that a resource keeps its connection. Counts only for what the
   * program declares, because the engine also calls `diff` for what it refreshes.
   *
   * @returns `false` if the connection was deleted in this update, for another resource.
   * @throws UserError if another resource has the connection.
   */
  async keep(id: string, olds: Pair, news: Pair): Promise<boolean> {
    const change = changeOf(olds, news);
    if (!this.#declared.has(change)) return true;
    return this.inTurn(id, async () => {
      if (this.#declared.get(change) === id) return true;
      if (!(await this.#statuses.claim(id, "kept"))) {
        this.#keptPairs.delete(keyOf(news));
        return false;
      }
      this.#statuses.set(id, "kept");
      this.#declared.set(change, id);
      this.#keptPairs.set(keyOf(news), id);
      return true;
    });
  }

  /** Records that a connection is replaced by one of another pair. */
  replace(id: string, olds: Pair & { sourceOrgId?: string }, news: Pair): void {
    this.#replacements.set(id, keyOf(news));
    if (olds.profile === news.profile) this.#noteSource(olds);
  }

  /** Whether a pair replaces this connection, so that the resource had it before. */
  isReplacedBy(id: string, pair: Pair): boolean {
    return this.#replacements.get(id) === keyOf(pair);
  }

  /** The source orgs that the credentials of a pair's profile must belong to. */
  sourcesOf({ profile }: Pair): Iterable<string> {
    return this.#recordedSources.get(profile) ?? [];
  }

  /**
   * Creates or adopts the connection of a pair, for one resource only.
   *
   * @throws UserError for the second resource.
   */
  async acquire<T>(pair: Pair, createOrAdopt: () => Promise<T>): Promise<T> {
    const key = keyOf(pair);
    if (this.#acquired.has(key)) throw new UserError(declaredTwice);
    this.#statuses.open();
    this.#acquired.add(key);
    try {
      return await createOrAdopt();
    } catch (error) {
      this.#acquired.delete(key);
      throw error;
    }
  }

  /**
   * Lets a resource take a connection after all earlier steps for it have ended.
   *
   * @param pair The resource's pair, if the resource didn't create the connection.
   * @returns `undefined` if it is gone.
   * @throws UserError if another resource has it, or if it may have been deleted.
   */
  take<T>(id: string, step: () => Promise<T>, pair?: Pair): Promise<T | undefined> {
    return this.inTurn(id, async () => {
      if (pair) this.#assertNotKept(id, pair);
      if (!(await this.#statuses.claim(id, "taking"))) return undefined;
      try {
        const result = await step();
        this.#statuses.set(id, "taken");
        return result;
      } catch (error) {
        this.#statuses.free(id);
        throw error;
      }
    });
  }

  /** Records that a connection of the state is absent from a complete list. */
  markGone(id: string): void {
    this.#statuses.set(id, "gone");
  }

  /**
   * Deletes a connection, unless it is already gone or another resource has it now: after a resource
   * is renamed, or two swap sinks, the engine asks to delete a connection that is still in use.
   *
   * @returns `false` if another resource has it.
   */
  delete(
    id: string,
    recorded: Pair & { sourceOrgId?: string },
    send: () => Promise<void>,
  ): Promise<boolean> {
    return this.inTurn(id, async () => {
      this.#noteSource(recorded);
      const status = this.#statuses.get(id);
      if (status === "taken" || status === "kept") return false;
      if (!(await this.#statuses.delete(id, send))) return false;
      this.#keptPairs.delete(keyOf(recorded));
      return true;
    });
  }

  /** Checks that no resource keeps the pair; if it keeps another connection, that one is gone. */
  #assertNotKept(id: string, pair: Pair): void {
    const key = keyOf(pair);
    if (!this.#keptPairs.has(key) || (this.#keptPairs.get(key) ?? id) !== id) return;
    throw new UserError(alreadyManaged);
  }

  #noteSource({ profile, sourceOrgId }: Pair & { sourceOrgId?: string }): void {
    if (sourceOrgId === undefined) return;
    const sources = this.#recordedSources.get(profile) ?? new Set();
    this.#recordedSources.set(profile, sources.add(sourceOrgId));
  }
}

function keyOf({ profile, sinkOrgId }: Pair): string {
  return JSON.stringify([profile, sinkOrgId]);
}

function changeOf(olds: Pair, news: Pair): string {
  return `${keyOf(olds)} ${keyOf(news)}`;
}
