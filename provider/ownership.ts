import type { Orgs } from "./api/connection";
import { UserError } from "./errors";
import { profileOf, type RawInputs } from "./inputs";
import { shownName } from "./profile-names";
import { isUnknown } from "./unknown";

/** The two orgs of a resource before Datadog has named the source: its profile and the sink. */
type Pair = Pick<RawInputs, "profile" | "sinkOrgId">;

/** A pair with the source org that the state records. */
type RecordedPair = Pair & Pick<Orgs, "sourceOrgId">;

/** What the engine passes about a resource in `check` and `diff`. */
interface Declaration {
  /** `undefined` with the dynamic provider, whose host doesn't pass it. */
  readonly urn: string | undefined;
  /** Without a sink if nothing is recorded. */
  readonly recorded: RecordedPair;
  readonly declared: Pair;
}

/** What happens to a connection in this operation. */
interface ConnectionStatus {
  readonly kind: "kept" | "taken" | "takeoverStarted" | "gone" | "deletionFailed";
  /** The resource that keeps or took it, if it is known. */
  readonly owner?: string | undefined;
}

/** A resource of the program. */
interface DeclaredResource {
  readonly isRecorded: boolean;
  /**
   * The connection that it keeps, by id. With the dynamic provider there may be a second one, of a resource
   * that the program no longer declares: the engine compares it if what it depends on is replaced.
   */
  readonly keeps: Map<string, Declaration>;
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
  readonly #statuses = new Map<string, ConnectionStatus>();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #announced = new Map<string, DeclaredResource>();
  /**
   * The resources that declare a pair. With the dynamic provider, the second check of a replacement has a
   * name of its own.
   */
  readonly #declared = new Map<string, readonly string[]>();
  /** By connection id: the pair that replaces it, and whether it has the same profile. */
  readonly #replacements = new Map<
    string,
    { readonly pair: string; readonly hasSameProfile: boolean }
  >();
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
    const [resource, pair] = [nameOf(declaration), keyOf(declared)];
    const isRecorded = recorded.sinkOrgId !== undefined;
    if (isUnknown([declared.profile, declared.sinkOrgId])) return;
    const others = this.#declared.get(pair) ?? [];
    const twin = others.find((other) =>
      urn === undefined
        ? other === resource || (isRecorded && this.#announced.get(other)?.isRecorded)
        : other !== urn,
    );
    if (twin !== undefined) throw declaredTwice(declared, urn, twin);
    const keeps = this.#announced.get(resource)?.keeps ?? new Map<string, Declaration>();
    if (!isRecorded) {
      for (const [id, compared] of keeps) this.markReplaced(id, compared);
      keeps.clear();
    }
    this.#declared.set(pair, [...others, resource]);
    this.#announced.set(resource, { isRecorded, keeps });
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
      this.#assertNotOwnedByOther(id, resource);
      if (this.#isGone(id)) return false;
      this.#statuses.set(id, { kind: "kept", owner: resource });
      announced.keeps.set(id, declaration);
      return true;
    });
  }

  /** Records that a connection is replaced. */
  markReplaced(id: string, { recorded, declared }: Declaration): void {
    const hasSameProfile = profileOf(recorded) === profileOf(declared);
    this.#replacements.set(id, { pair: keyOf(declared), hasSameProfile });
    if (hasSameProfile) this.#noteSource(recorded);
  }

  /** Whether this pair replaces the connection. */
  isReplacementFor(id: string, pair: Pair): boolean {
    return this.#replacements.get(id)?.pair === keyOf(pair);
  }

  /** The source orgs to which the credentials of a pair's profile must belong. */
  sourcesOf(pair: Pair): Iterable<string> {
    return this.#sources.get(profileOf(pair)) ?? [];
  }

  /**
   * Records which resource got a connection.
   *
   * @throws UserError if another resource adopted it before Datadog's answer arrived.
   */
  recordOwner(id: string, urn: string | undefined): void {
    this.#assertNotOwnedByOther(id, urn);
    this.#statuses.set(id, { kind: "taken", owner: urn });
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
      this.#assertNotOwnedByOther(id, urn);
      if (this.#isGone(id)) return undefined;
      // If the step fails, the engine may still ask to delete the connection for its old resource.
      this.#statuses.set(id, { kind: "takeoverStarted", owner: urn });
      const result = await step();
      this.recordOwner(id, urn);
      return result;
    });
  }

  /** Records that a connection no longer exists. */
  markGone(id: string): void {
    this.#statuses.set(id, { kind: "gone" });
  }

  /**
   * Deletes a connection, unless a resource has it: after a resource is renamed, or two swap sinks, or
   * one has adopted the connection that it replaces, the engine asks to delete one that is in use.
   *
   * @param send Deletes it. The argument says whether the connection is replaced with the same profile.
   * @returns The resource that has it: its URN, if that is known. `undefined` if it was deleted.
   */
  delete(
    id: string,
    urn: string | undefined,
    recorded: RecordedPair,
    send: (isReplaced: boolean) => Promise<void>,
  ): Promise<string | undefined> {
    return this.inTurn(id, async () => {
      this.#noteSource(recorded);
      const status = this.#statuses.get(id);
      const owner = (urn && status?.owner) || "another resource of the program";
      if (status?.kind === "gone") return undefined;
      if (status?.kind === "taken") return owner;
      // Of two that a resource seems to keep, the engine deletes only the one that isn't its own.
      const { keeps } = this.#announced.get(status?.owner ?? "") ?? {};
      if (status?.kind === "kept" && keeps?.size === 1) return owner;
      if (status?.kind === "takeoverStarted") {
        throw new UserError(
          `${owner} failed to take the connection ${id} over. Correct that resource, and run ` +
            "`pulumi up` again.",
        );
      }
      // If the engine skips `diff` (`--replace`), only the second `check` shows the replacement.
      const isForced = this.#announced.get(urn ?? "")?.isRecorded === false;
      try {
        await send(this.#replacements.get(id)?.hasSameProfile ?? isForced);
      } catch (error) {
        this.#statuses.set(id, { kind: "deletionFailed" });
        throw error;
      }
      this.markGone(id);
      return undefined;
    });
  }

  #isGone(id: string): boolean {
    return this.#statuses.get(id)?.kind === "gone";
  }

  /** @throws UserError if another resource has the connection, or if it may have been deleted. */
  #assertNotOwnedByOther(id: string, resource: string | undefined): void {
    const { kind, owner } = this.#statuses.get(id) ?? {};
    if (kind === "deletionFailed") {
      throw new UserError(
        `this update failed to delete the connection ${id}, which this resource needs. Run \`pulumi up\` ` +
          "again.",
      );
    }
    if (kind !== "kept" && kind !== "taken") return;
    if (resource !== undefined && owner === resource) return;
    throw new UserError(
      `the program has two resources for the connection ${id}${asUrns(resource, owner)}. Remove one of ` +
        `them. ${ifReplaced}`,
    );
  }

  #noteSource({ sourceOrgId, ...pair }: RecordedPair): void {
    if (sourceOrgId === undefined) return;
    const profile = profileOf(pair);
    this.#sources.set(profile, (this.#sources.get(profile) ?? new Set()).add(sourceOrgId));
  }
}

const ifReplaced =
  "If the program has only one, and Pulumi is replacing it, set the option `deleteBeforeReplace: true`. " +
  "If a replacement failed earlier: set `adoptExisting: true`, remove the old resource with " +
  "`pulumi state delete URN`, and run `pulumi up` again.";

function declaredTwice(
  { profile, sinkOrgId }: Pair,
  urn: string | undefined,
  other: string | undefined,
): UserError {
  const withProfile =
    profile === undefined ? "" : ` with the profile ${shownName(String(profile))}`;
  return new UserError(
    `the program declares the connection to ${sinkOrgId}${withProfile} twice${asUrns(urn, other)}. ` +
      `Remove one of them. ${ifReplaced}`,
  );
}

/** The URNs of two resources, if both are known. */
function asUrns(one: string | undefined, other: string | undefined): string {
  return one?.startsWith("urn:") && other ? `, as ${one} and ${other}` : "";
}

function nameOf({ urn, recorded, declared }: Declaration): string {
  return urn ?? `${keyOf(recorded)} ${keyOf(declared)}`;
}

function keyOf(pair: Pair): string {
  return JSON.stringify([profileOf(pair), pair.sinkOrgId]);
}
