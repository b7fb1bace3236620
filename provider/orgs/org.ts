import { findBySink, type OrgConnectionsClient } from "../api/client";
import type { Connection } from "../api/connection";
import type { ConnectionList } from "../api/connection-list";
import { UserError } from "../errors";
import { possibleOrgs } from "./possible-orgs";

/** What the settings say about an org. */
interface Expectation {
  /** The org that the credentials must belong to; `undefined` if the settings name none. */
  readonly orgId: string | undefined;
  readonly profile: string | undefined;
}

/** The orgs of a connection, as they are recorded. */
export interface RecordedOrgs {
  readonly sourceOrgId?: string;
  readonly sinkOrgId?: string;
}

const waysToProve =
  "Use an API key and an application key, or set orgId to the UUID of the token's org.";

/**
 * The connections of the org that owns the credentials. All reads share one list of them, the
 * snapshot, until this process writes: the engine runs one process for each of its operations.
 * Failures are cached too, so that a thousand reads don't repeat them one after the other.
 */
export class Org {
  readonly expected: Expectation;
  readonly #client: OrgConnectionsClient;
  readonly #onWrite: () => void;
  #snapshot: Promise<ConnectionList> | undefined;
  #confirmation: Promise<ConnectionList> | undefined;
  #initialSnapshot: Promise<ConnectionList> | undefined;
  #possibleOrgs: Promise<ReadonlySet<string> | undefined> | undefined;

  /** @param onWrite Called when a write may have changed what any org has read. */
  constructor(
    client: OrgConnectionsClient,
    expected: Expectation,
    onWrite = () => this.invalidate(),
  ) {
    this.#client = client;
    this.expected = expected;
    this.#onWrite = onWrite;
  }

  /** Every connection, as source or sink, by id. */
  list(): Promise<ConnectionList> {
    this.#snapshot ??= this.#client.list();
    return this.#snapshot;
  }

  /** The connection of this id; `undefined` if absent. A list of several pages is read twice. */
  async byId(id: string): Promise<Connection | undefined> {
    const list = await this.list();
    const found = list.get(id);
    if (found || list.isSinglePage) return found;
    this.#confirmation ??= this.#client.list();
    return (await this.#confirmation).get(id);
  }

  /**
   * The connection to this sink in the first list that this process read, which a thousand adoptions
   * share. By now it may be deleted or replaced by another one.
   */
  async bySinkInSnapshot(sinkOrgId: string): Promise<Connection | undefined> {
    this.#initialSnapshot ??= this.list();
    return findBySink(await this.#initialSnapshot, sinkOrgId);
  }

  /**
   * @throws AlreadyConnectedError if the two orgs are already connected.
   * @throws UserError if the source isn't the org that the settings name; it was deleted again then.
   */
  async create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<Connection> {
    const created = await this.#write(() => this.#client.create(sinkOrgId, connectionTypes));
    const { orgId = created.sourceOrgId } = this.expected;
    if (created.sourceOrgId === undefined || created.sourceOrgId === orgId) return created;
    await this.#write(() => this.#client.delete(created.id));
    throw new UserError(
      `Datadog created it with the source org ${created.sourceOrgId}, but orgId is ${orgId}. It was ` +
        "deleted again. Set the credentials of that org, or correct orgId.",
    );
  }

  update(id: string, connectionTypes: readonly string[]): Promise<Connection> {
    return this.#write(() => this.#client.update(id, connectionTypes));
  }

  /**
   * Deletes a connection; one that is already gone counts as deleted.
   *
   * @throws UserError if it may only be invisible to these credentials.
   */
  async delete(id: string, recorded: RecordedOrgs): Promise<void> {
    if (!(await this.#write(() => this.#client.delete(id)))) await this.assertParticipant(recorded);
  }

  /** Forgets what was read, since a write may have changed it. */
  invalidate(): void {
    this.#snapshot = undefined;
    this.#confirmation = undefined;
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    await this.assertExpectedOrg();
    try {
      return await write();
    } finally {
      this.#onWrite(); // also after a failure: it may have been applied
    }
  }

  /**
   * Checks that the credentials belong to the org that the settings name.
   *
   * @throws UserError if they belong to another one.
   */
  async assertExpectedOrg(): Promise<void> {
    const { orgId } = this.expected;
    if (orgId === undefined) return;
    const orgs = await this.#orgsOfCredentials();
    if (orgs === undefined || orgs.has(orgId)) return; // if it can't be verified, trust the setting
    throw new UserError(
      `the credentials${this.#ofProfile()} belong to the org ${either(orgs)}, but orgId is ${orgId}. ` +
        "Nothing was changed. Set the credentials of that org, or correct orgId.",
    );
  }

  /**
   * Checks that the credentials belong to this source org.
   *
   * @param what Names the connection, at the beginning of a sentence.
   * @throws UserError if they belong to another org, or if it can't be verified.
   */
  async assertSource(sourceOrgId: string, what: string): Promise<void> {
    const orgs = await this.#knownOrgs();
    if (orgs?.size === 1 && orgs.has(sourceOrgId)) return;
    throw new UserError(
      orgs && !orgs.has(sourceOrgId)
        ? `${what} has the source org ${sourceOrgId}, but the credentials${this.#ofProfile()} belong to ` +
            `the org ${either(orgs)}. Nothing was changed. Use the credentials of the source org.`
        : `${what} has the source org ${sourceOrgId}, but it can't be verified that the ` +
            `credentials${this.#ofProfile()} belong to it. Nothing was changed. ${waysToProve}`,
    );
  }

  /**
   * Checks that a connection that isn't listed is gone, and not only invisible to these credentials:
   * an org sees only the connections that it takes part in.
   *
   * @throws UserError if the credentials belong to an org that takes no part, or if it can't be verified.
   */
  async assertParticipant({ sourceOrgId, sinkOrgId }: RecordedOrgs): Promise<void> {
    const orgs = await this.#knownOrgs();
    const takesPart = (org: string) => org === sourceOrgId || org === sinkOrgId;
    if (orgs && [...orgs].every(takesPart)) return;
    if (sourceOrgId === undefined && this.expected.orgId !== undefined) return; // trust the setting
    throw new UserError(
      orgs && sourceOrgId !== undefined && ![...orgs].some(takesPart)
        ? `the credentials${this.#ofProfile()} belong to the org ${either(orgs)}, but the connection is ` +
            `between ${sourceOrgId} (source) and ${sinkOrgId} (sink), so it may still exist. Set the ` +
            "credentials of the source org."
        : "the connection isn't listed, but it can't be verified that the " +
            `credentials${this.#ofProfile()} belong to its source org, so it may still exist. ${waysToProve}`,
    );
  }

  /** The org that the credentials belong to; `undefined` if neither Datadog nor the settings name it. */
  async ownId(): Promise<string | undefined> {
    const [id, ...others] = (await this.#orgsOfCredentials()) ?? [];
    return others.length === 0 && id !== undefined ? id : this.expected.orgId;
  }

  /** The orgs that the credentials may belong to; the one that the settings name, if they do. */
  async #knownOrgs(): Promise<ReadonlySet<string> | undefined> {
    await this.assertExpectedOrg();
    const { orgId } = this.expected;
    return orgId === undefined ? this.#orgsOfCredentials() : new Set([orgId]);
  }

  #orgsOfCredentials(): Promise<ReadonlySet<string> | undefined> {
    this.#possibleOrgs ??= (async () =>
      possibleOrgs(this.#client, await (this.#snapshot ?? this.#initialSnapshot), () =>
        this.list(),
      ))();
    return this.#possibleOrgs;
  }

  #ofProfile(): string {
    const { profile } = this.expected;
    return profile === undefined ? "" : ` of the profile "${profile}"`;
  }
}

const either = (orgs: ReadonlySet<string>): string => [...orgs].join(" or ");
