import { type Clock, systemClock } from "../api/clock";
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

/**
 * What a process tells the others of a connection: also that a resource is about to take it, that it
 * is being deleted, or that it was given up.
 */
export type Announcement = Status | "taking" | "deleting" | "free";

/**
 * The other processes that serve the same update: each explicit provider has a process of its own.
 * A process announces what it does with a connection before it looks at what the others announced,
 * so two processes can't miss each other.
 */
export interface OtherProcesses {
  /**
   * Makes sure that announcements are possible.
   *
   * @throws UserError if they aren't.
   */
  open(): void;
  announce(id: string, announcement: Announcement): void;
  /** What another process announced of a connection; `undefined` if it is free. */
  statusOf(id: string): Exclude<Announcement, "free"> | undefined;
}

/** For a process that serves an update alone. */
const noOthers: OtherProcesses = { open() {}, announce() {}, statusOf: () => undefined };

const pollSeconds = 0.02;

export const declaredTwice =
  "the program declares the connection between these two orgs twice. Remove one of them.";

/**
 * What this process and the others do with each connection. The steps for one connection wait for
 * each other, since the engine runs the steps of independent resources in parallel.
 */
export class ConnectionStatuses {
  readonly #others: OtherProcesses;
  readonly #clock: Clock;
  readonly #own = new Map<string, Status>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(others: OtherProcesses = noOthers, clock: Clock = systemClock) {
    this.#others = others;
    this.#clock = clock;
  }

  /**
   * Makes sure that the other processes can be told, before anything is sent.
   *
   * @throws UserError if they can't.
   */
  open(): void {
    this.#others.open();
  }

  /** Runs a step for a connection after all earlier steps for it have ended. */
  inTurn<T>(id: string, step: () => Promise<T>): Promise<T> {
    const previous = this.#turns.get(id) ?? Promise.resolve();
    const turn = previous.catch(() => {}).then(step);
    this.#turns.set(id, turn);
    return turn;
  }

  /** What this process knows of a connection. */
  get(id: string): Status | undefined {
    return this.#own.get(id);
  }

  set(id: string, status: Status): void {
    this.#own.set(id, status);
    this.#others.announce(id, status);
  }

  /**
   * Claims a connection for a resource, once no other process is deleting it.
   *
   * @returns `false` if the connection is gone.
   * @throws UserError if another resource has it, or if it may have been deleted.
   */
  async claim(id: string, claim: "kept" | "taking"): Promise<boolean> {
    const own = this.#own.get(id);
    if (own === undefined) this.#others.announce(id, claim);
    const status = own ?? this.#others.statusOf(id);
    if (status === undefined) return true;
    if (own === undefined) this.free(id);
    if (status === "gone") return false;
    if (status === "deleting") {
      await this.#whileOthersAre("deleting", id);
      return this.claim(id, claim);
    }
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
   * Deletes a connection, unless it is gone already or a resource of another process has it.
   *
   * @returns `false` if another resource has it.
   */
  async delete(id: string, send: () => Promise<void>): Promise<boolean> {
    if ((this.#own.get(id) ?? this.#others.statusOf(id)) === "gone") return true;
    this.#others.announce(id, "deleting");
    const status = await this.#whileOthersAre("taking", id);
    if (status === "taken" || status === "kept") {
      this.free(id);
      return false;
    }
    try {
      await send();
    } catch (error) {
      this.set(id, "deletionFailed");
      throw error;
    }
    this.set(id, "gone");
    return true;
  }

  /**
   * Waits while another process is about to do this, and returns what it has announced then.
   *
   * @throws UserError if the operation has to end before; the claim is given up.
   */
  async #whileOthersAre(
    doing: "taking" | "deleting",
    id: string,
  ): Promise<ReturnType<OtherProcesses["statusOf"]>> {
    for (;;) {
      const status = this.#others.statusOf(id);
      if (status !== doing) return status;
      if (this.#clock.now() >= this.#clock.endsAt()) {
        this.free(id);
        throw new UserError(
          `the operation ended while another provider of the program was ${doing} the connection ` +
            `${id}. Run \`pulumi up\` again.`,
        );
      }
      await this.#clock.wait(pollSeconds);
    }
  }
}
