import { UserError } from "./errors";
import { isUnknown } from "./unknown";

/** The two orgs of a resource before Datadog has named the source: its profile and the sink. */
export interface Pair {
  readonly profile?: unknown;
  readonly sinkOrgId?: unknown;
}

/** A pair with the source org that the state records. */
export interface RecordedPair extends Pair {
  readonly sourceOrgId?: string | undefined;
}

/** What the engine passes about a resource in `check` and `diff`. */
export interface Declaration {
  /** `undefined` with the dynamic provider, whose host doesn't pass it. */
  readonly urn: string | undefined;
  /** Without a sink if nothing is recorded. */
  readonly recorded: RecordedPair;
  readonly declared: Pair;
}

/** What happens to a connection in this operation. */
type State =
  | { readonly is: "kept" | "taken"; readonly by: string | undefined }
  | { readonly is: "gone" | "deletionFailed" };

/** A resource that the engine has checked in this operation. */
interface Announced {
  readonly pair: string;
  readonly isRecorded: boolean;
  keeps?: string;
  isCreated?: true;
}

/**
 * Which resource owns which connection, for one operation of the engine. The engine runs the steps of
 * independent resources in parallel, so one resource may give up what another wants: the steps for
 * one connection run one after the other, and each asks here first.
 *
 * A resource is identified by its URN. With the dynamic provider, `check` and `diff` identify it by
 * its recorded and its declared pair, and the other calls can't.
 */
export class Ownership {
  readonly #states = new Map<string, State>();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #announced = new Map<string, Announced>();
  /** The resources that declare a pair. */
  readonly #declared = new Map<string, string[]>();
  /** The resource that keeps or takes the connection of a pair. */
  readonly #owners = new Map<string, string | undefined>();
  /** The pair that replaces a connection. */
  readonly #replacements = new Map<string, string>();
  /** The source orgs of what is replaced or deleted with a profile. */
  readonly #sources = new Map<unknown, Set<string>>();

  /** Runs a step for a connection after all earlier steps for it have ended. */
  inTurn<T>(id: string, step: () => Promise<T>): Promise<T> {
    const previous = this.#turns.get(id) ?? Promise.resolve();
    const turn = previous.catch(() => {}).then(step);
    this.#turns.set(id, turn);
    return turn;
  }

  /**
   * Announces that the program declares a resource. The engine checks a resource once with what is
   * recorded, and once more, with nothing recorded, if it replaces the resource.
   *
   * @throws UserError if another resource declares the same pair.
   */
  announce(declaration: Declaration): void {
    const { urn, recorded, declared } = declaration;
    const resource = nameOf(declaration);
    const isRecorded = recorded.sinkOrgId !== undefined;
    if (urn !== undefined && !isRecorded) this.#giveUp(urn);
    if (isUnknown([declared.profile, declared.sinkOrgId])) return;
    const pair = keyOf(declared);
    const others = this.#declared.get(pair) ?? [];
    const twin = others.find((other) =>
      urn === undefined
        ? other === resource || (isRecorded && this.#announced.get(other)?.isRecorded)
        : other !== resource,
    );
    if (twin !== undefined) throw declaredTwice(declared, urn, twin);
    this.#declared.set(pair, [...others.filter((other) => other !== resource), resource]);
    this.#announced.set(resource, { pair, isRecorded });
    if (!isRecorded || keyOf(recorded) !== pair) return;
    this.#assertFree(declared, urn);
    this.#owners.set(pair, resource);
  }

  /**
   * Records that a resource keeps its connection. Counts only for what was announced: the engine also
   * calls `diff` for what it refreshes.
   *
   * @returns `false` if the connection is gone: it must be replaced.
   * @throws UserError if another resource has the connection, or if it may have been deleted.
   */
  async keep(id: string, declaration: Declaration): Promise<boolean> {
    const resource = nameOf(declaration);
    const announced = this.#announced.get(resource);
    if (announced === undefined) return true;
    return this.inTurn(id, async () => {
      if (!this.#isObtainable(id, resource)) return false;
      this.#states.set(id, { is: "kept", by: resource });
      this.#owners.set(announced.pair, resource);
      announced.keeps = id;
      return true;
    });
  }

  /** Records that a connection is replaced. */
  replace(id: string, declaration: Declaration): void {
    const { recorded, declared } = declaration;
    const pair = keyOf(declared);
    if (this.#owners.get(pair) === nameOf(declaration)) this.#owners.delete(pair);
    this.#replacements.set(id, pair);
    if (recorded.profile === declared.profile) this.#noteSource(recorded);
  }

  /** Whether a pair replaces this connection. */
  isReplacedBy(id: string, pair: Pair): boolean {
    return this.#replacements.get(id) === keyOf(pair);
  }

  /** Whether the engine deletes a connection in order to replace it. */
  isReplaced(id: string, urn: string | undefined): boolean {
    const announced = urn === undefined ? undefined : this.#announced.get(urn);
    const isForced = announced !== undefined && !announced.isRecorded && !announced.isCreated;
    return isForced || this.#replacements.has(id);
  }

  /** The source orgs to which the credentials of a pair's profile must belong. */
  sourcesOf({ profile }: Pair): Iterable<string> {
    return this.#sources.get(profile) ?? [];
  }

  /**
   * Gets the connection of a pair, for one resource only.
   *
   * @throws UserError if another resource keeps or takes it.
   */
  async acquire<T>(
    urn: string | undefined,
    pair: Pair,
    createOrAdopt: () => Promise<T>,
  ): Promise<T> {
    this.#assertFree(pair, urn);
    const key = keyOf(pair);
    this.#owners.set(key, urn);
    try {
      const connection = await createOrAdopt();
      const announced = urn === undefined ? undefined : this.#announced.get(urn);
      if (announced) announced.isCreated = true;
      return connection;
    } catch (error) {
      this.#owners.delete(key);
      throw error;
    }
  }

  /** Records that a resource created a connection. */
  take(id: string, urn: string | undefined): void {
    this.#states.set(id, { is: "taken", by: urn });
  }

  /**
   * Lets a resource take over a connection that exists.
   *
   * @param step Checks that this is allowed, and changes the connection.
   * @returns `undefined` if it is gone.
   * @throws UserError if another resource has it, or if it may have been deleted.
   */
  takeOver<T>(id: string, urn: string | undefined, step: () => Promise<T>): Promise<T | undefined> {
    return this.inTurn(id, async () => {
      if (!this.#isObtainable(id, urn)) return undefined;
      const result = await step();
      this.take(id, urn);
      return result;
    });
  }

  /** Records that a connection no longer exists. */
  markGone(id: string): void {
    this.#states.set(id, { is: "gone" });
  }

  /**
   * Deletes a connection, unless another resource has it: after a resource is renamed, or two swap
   * sinks, the engine asks to delete a connection that is still in use.
   *
   * @returns The URN of that resource, or an empty text if it has none; `undefined` if it was deleted.
   */
  delete(
    id: string,
    urn: string | undefined,
    recorded: RecordedPair,
    send: () => Promise<void>,
  ): Promise<string | undefined> {
    return this.inTurn(id, async () => {
      this.#noteSource(recorded);
      const state = this.#states.get(id);
      if (state?.is === "gone") return undefined;
      if (state?.is === "taken" || (state?.is === "kept" && !(urn && state.by === urn))) {
        return (urn && state.by) || "";
      }
      try {
        await send();
      } catch (error) {
        this.#states.set(id, { is: "deletionFailed" });
        throw error;
      }
      this.markGone(id);
      return undefined;
    });
  }

  /** A resource no longer keeps its connection: the engine replaces it. */
  #giveUp(urn: string): void {
    const { pair, keeps } = this.#announced.get(urn) ?? {};
    if (keeps !== undefined) this.#states.delete(keeps);
    if (pair !== undefined && this.#owners.get(pair) === urn) this.#owners.delete(pair);
  }

  /**
   * @returns `false` if the connection is gone.
   * @throws UserError if another resource has it, or if it may have been deleted.
   */
  #isObtainable(id: string, resource: string | undefined): boolean {
    const state = this.#states.get(id);
    if (state === undefined) return true;
    if (state.is === "gone") return false;
    if (state.is === "deletionFailed") {
      throw new UserError(
        `deleting the connection ${id} hasn't succeeded in this update. Run \`pulumi up\` again.`,
      );
    }
    if (resource !== undefined && state.by === resource) return true;
    throw new UserError(
      `two resources of the program have the connection ${id}. Remove one of them. ${ifReplaced}`,
    );
  }

  #assertFree(pair: Pair, urn: string | undefined): void {
    const key = keyOf(pair);
    if (!this.#owners.has(key)) return;
    const owner = this.#owners.get(key);
    if (urn === undefined || owner !== urn) throw declaredTwice(pair, urn, owner);
  }

  #noteSource({ profile, sourceOrgId }: RecordedPair): void {
    if (sourceOrgId === undefined) return;
    this.#sources.set(profile, (this.#sources.get(profile) ?? new Set()).add(sourceOrgId));
  }
}

const ifReplaced =
  "If there is only one, and it is being replaced, set its option `deleteBeforeReplace: true`; if its " +
  "replacement failed earlier, set `adoptExisting: true` in its arguments and remove it from the " +
  "state with `pulumi state delete`.";

function declaredTwice(
  { profile, sinkOrgId }: Pair,
  urn: string | undefined,
  other: string | undefined,
): UserError {
  const withProfile = profile === undefined ? "" : ` with the profile "${profile}"`;
  const names = urn === undefined || other === undefined ? "" : `, as ${urn} and ${other}`;
  return new UserError(
    `the program declares the connection to ${sinkOrgId}${withProfile} twice${names}. Remove one of ` +
      `them. ${ifReplaced}`,
  );
}

function nameOf({ urn, recorded, declared }: Declaration): string {
  return urn ?? `${keyOf(recorded)} ${keyOf(declared)}`;
}

function keyOf({ profile, sinkOrgId }: Pair): string {
  return JSON.stringify([profile, sinkOrgId]);
}
