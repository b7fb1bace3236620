import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors";

/** Identifies a pair of orgs before Datadog has returned the source: by its profile and the sink. */
export interface Pair {
  readonly profile?: unknown;
  readonly sinkOrgId?: unknown;
}

/**
 * What this process knows of a connection.
 *
 * - `kept`: a resource of the program has it, and keeps it.
 * - `taken`: a resource created it, imported it or took it over in this process.
 * - `gone`: it was deleted in this process, or is absent from a complete list.
 * - `deletionFailed`: it may be gone.
 */
type Status = "kept" | "taken" | "gone" | "deletionFailed";

/** What a process tells the others of a connection: that a resource is about to take it, or gave up. */
export type Announcement = Status | "taking" | "free";

/**
 * The other processes that serve the same update: each explicit provider has a process of its own.
 * A process announces what it does with a connection before it looks at what the others announced,
 * so two processes can't miss each other.
 */
export interface OtherProcesses {
  announce(id: string, announcement: Announcement): void;
  /** What another process announced of a connection; `undefined` if it is free. */
  statusOf(id: string): Exclude<Announcement, "free"> | undefined;
}

/** For a process that serves an update alone. */
const noOthers: OtherProcesses = { announce() {}, statusOf: () => undefined };

const pollMilliseconds = 20;

const declaredTwice =
  "the program declares the connection between these two orgs twice. Remove one of them.";

const alreadyManaged = `${declaredTwice} If there is only one, and it is being replaced, set its option \`deleteBeforeReplace: true\`.`;

/**
 * What is happening to each connection in this process. The engine runs the steps of independent
 * resources in parallel, so what one resource gives up may be what another one takes over: the
 * steps for one connection wait for each other, and each asks here first. The state can also
 * record one connection for two resources, if an operation was interrupted between two steps.
 */
export class ManagedConnections {
  readonly #others: OtherProcesses;
  readonly #statuses = new Map<string, Status>();
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Changes that the program asks for, as keys of the pair before and after. */
  readonly #declared = new Set<string>();
  /** The pairs that a resource keeps, with the connection once it is known. */
  readonly #keptPairs = new Map<string, string | undefined>();
  /** The pairs that a resource gets a connection for in this process. */
  readonly #acquired = new Set<string>();
  /** The pairs that replace a connection, by its id. */
  readonly #replacements = new Map<string, string>();
  /** The source orgs of what is replaced or deleted with the credentials of a profile. */
  readonly #recordedSources = new Map<unknown, Set<string>>();

  constructor(others: OtherProcesses = noOthers) {
    this.#others = others;
  }

  /** Runs a step for a connection after all earlier steps for it have ended. */
  inTurn<T>(id: string, step: () => Promise<T>): Promise<T> {
    const previous = this.#turns.get(id) ?? Promise.resolve();
    const turn = previous.catch(() => {}).then(step);
    this.#turns.set(id, turn);
    return turn;
  }

  /**
   * Records that the program declares a resource.
   *
   * @param olds What the state records; nothing if the resource is new.
   * @throws UserError if another resource has just acquired this resource's connection.
   */
  declare(olds: Pair, news: Pair): void {
    this.#declared.add(changeOf(olds, news));
    if (keyOf(olds) !== keyOf(news)) return;
    if (this.#acquired.has(keyOf(news))) throw new UserError(declaredTwice);
    this.#keptPairs.set(keyOf(news), undefined);
  }

  /**
   * Records that a resource keeps its connection. Counts only for what the
   * program declares, because the engine also calls `diff` for what it refreshes.
   *
   * @returns `false` if the connection was deleted in this process, for another resource.
   * @throws UserError if another resource has the connection.
   */
  async keep(id: string, olds: Pair, news: Pair): Promise<boolean> {
    if (!this.#declared.has(changeOf(olds, news))) return true;
    return this.inTurn(id, async () => {
      if (this.#statuses.get(id) !== "kept" && !this.#claim(id, "kept")) {
        this.#keptPairs.delete(keyOf(news));
        return false;
      }
      this.#statuses.set(id, "kept");
      this.#keptPairs.set(keyOf(news), id);
      return true;
    });
  }

  /** Records that a connection is replaced by one of another pair. */
  replace(id: string, olds: Pair & { sourceOrgId?: string }, news: Pair): void {
    this.#replacements.set(id, keyOf(news));
    this.#noteSource(olds);
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
      if (!this.#claim(id, "taking")) return undefined;
      try {
        if (pair) this.#assertNotKept(id, pair);
        const result = await step();
        this.#setStatus(id, "taken");
        return result;
      } catch (error) {
        this.#others.announce(id, "free");
        throw error;
      }
    });
  }

  /** Records that a connection of the state is absent from a complete list. */
  markGone(id: string): void {
    this.#setStatus(id, "gone");
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
      const status = this.#statuses.get(id);
      if (status === "taken" || status === "kept") return false;
      this.#noteSource(recorded);
      if ((status ?? this.#others.statusOf(id)) !== "gone") {
        this.#others.announce(id, "deletionFailed");
        if (await this.#isTakenElsewhere(id)) return false;
        this.#statuses.set(id, "deletionFailed");
        await send();
        this.#setStatus(id, "gone");
      }
      this.#keptPairs.delete(keyOf(recorded));
      return true;
    });
  }

  #setStatus(id: string, status: Status): void {
    this.#statuses.set(id, status);
    this.#others.announce(id, status);
  }

  /**
   * Claims a connection for a resource.
   *
   * @returns `false` if the connection is gone.
   * @throws UserError if another resource has it, or if it may have been deleted.
   */
  #claim(id: string, claim: "kept" | "taking"): boolean {
    const own = this.#statuses.get(id);
    if (own === undefined) this.#others.announce(id, claim);
    const status = own ?? this.#others.statusOf(id);
    if (status === undefined) return true;
    if (own === undefined) this.#others.announce(id, "free");
    if (status === "gone") return false;
    throw new UserError(
      status === "deletionFailed"
        ? `deleting the connection ${id} hasn't succeeded in this update. Run \`pulumi up\` again.`
        : declaredTwice,
    );
  }

  /** Whether a resource of another process has the connection, once none is about to take it. */
  async #isTakenElsewhere(id: string): Promise<boolean> {
    let status = this.#others.statusOf(id);
    while (status === "taking") {
      await sleep(pollMilliseconds);
      status = this.#others.statusOf(id);
    }
    if (status !== "taken" && status !== "kept") return false;
    this.#others.announce(id, "free");
    return true;
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
