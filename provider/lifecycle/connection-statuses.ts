import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../errors";

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

export const declaredTwice =
  "the program declares the connection between these two orgs twice. Remove one of them.";

/**
 * What this process and the others do with each connection. The steps for one connection wait for
 * each other, since the engine runs the steps of independent resources in parallel.
 */
export class ConnectionStatuses {
  readonly #others: OtherProcesses;
  readonly #own = new Map<string, Status>();
  readonly #turns = new Map<string, Promise<unknown>>();

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

  /** What this process knows of a connection; `undefined` if it has done nothing with it. */
  get(id: string): Status | undefined {
    return this.#own.get(id);
  }

  set(id: string, status: Status): void {
    this.#own.set(id, status);
    this.#others.announce(id, status);
  }

  /**
   * Claims a connection for a resource.
   *
   * @returns `false` if the connection is gone.
   * @throws UserError if another resource has it, or if it may have been deleted.
   */
  claim(id: string, claim: "kept" | "taking"): boolean {
    const own = this.#own.get(id);
    if (own === undefined) this.#others.announce(id, claim);
    const status = own ?? this.#others.statusOf(id);
    if (status === undefined) return true;
    if (own === undefined) this.free(id);
    if (status === "gone") return false;
    throw new UserError(
      status === "deletionFailed"
        ? `deleting the connection ${id} hasn't succeeded in this update. Run \`pulumi up\` again.`
        : declaredTwice,
    );
  }

  /** Gives up a claim. */
  free(id: string): void {
    this.#others.announce(id, "free");
  }

  /**
   * Decides whether a connection may be deleted: not if a resource of another process has it, once
   * none is about to take it. Until the deletion succeeds, it counts as failed.
   *
   * @returns `gone` if another process has deleted it.
   */
  async claimDeletion(id: string): Promise<"may be deleted" | "gone" | "taken elsewhere"> {
    if ((this.#own.get(id) ?? this.#others.statusOf(id)) === "gone") return "gone";
    this.#others.announce(id, "deletionFailed");
    let status = this.#others.statusOf(id);
    while (status === "taking") {
      await sleep(pollMilliseconds);
      status = this.#others.statusOf(id);
    }
    if (status === "taken" || status === "kept") {
      this.free(id);
      return "taken elsewhere";
    }
    this.#own.set(id, "deletionFailed");
    return "may be deleted";
  }
}
