import type { ConnectionList, OrgConnectionsClient } from "./api/client";
import type { Connection } from "./api/connection";
import { createOnce, deleteSurely, toSink, updateSurely } from "./certain-writes";
import { Obstacle } from "./errors";
import { findOwner } from "./ownership";

/** What a profile tells of its org. */
interface Expectation {
  /** The org that the credentials must belong to, in lower case; any will do where it's missing. */
  readonly orgId: string | undefined;
  readonly profile: string | undefined;
}

/** The orgs of a connection, as they are recorded. */
export interface RecordedOrgs {
  readonly sourceOrgId?: string;
  readonly sinkOrgId?: string;
}

/**
 * The connections of the org that owns the credentials. All reads share one list of them, a
 * snapshot, until this process writes: the engine runs one process for each of its operations.
 * A list that couldn't be read is shared too: a thousand reads needn't wait for it once more each.
 */
export class SourceOrg {
  readonly expected: Expectation;
  readonly #client: OrgConnectionsClient;
  #snapshot: Promise<ConnectionList> | undefined;
  #secondLook: Promise<ConnectionList> | undefined;
  #before: Promise<ConnectionList> | undefined;
  #owner: Promise<string | undefined> | undefined;

  constructor(client: OrgConnectionsClient, expected: Expectation) {
    this.#client = client;
    this.expected = expected;
  }

  /** Every connection, as source or sink, by id. */
  list(): Promise<ConnectionList> {
    this.#snapshot ??= this.#client.list();
    return this.#snapshot;
  }

  /** The connection of this id; `undefined` where the list lacks it, one of several pages twice. */
  async find(id: string): Promise<Connection | undefined> {
    const list = await this.list();
    const found = list.get(id.toLowerCase());
    if (found || list.isOnePage) return found;
    this.#secondLook ??= this.#client.list();
    return (await this.#secondLook).get(id.toLowerCase());
  }

  /** The connection to this sink before this process wrote anything, or since its last deletion. */
  async findBefore(sinkOrgId: string): Promise<Connection | undefined> {
    this.#before ??= this.list();
    return toSink(await this.#before, sinkOrgId);
  }

  /** The connection to this sink at this moment. */
  async findNow(sinkOrgId: string): Promise<Connection | undefined> {
    return toSink(await this.#client.listTo(sinkOrgId), sinkOrgId);
  }

  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<Connection> {
    return this.#write(() => createOnce(this.#client, sinkOrgId, connectionTypes));
  }

  update(id: string, connectionTypes: readonly string[]): Promise<Connection> {
    return this.#write(() => updateSurely(this.#client, id, connectionTypes));
  }

  /**
   * Deletes a connection; one that is gone already counts as deleted.
   *
   * @returns `false` where it isn't there, and nothing tells whether it ever was for this org.
   * @throws Obstacle where it isn't there because the credentials are those of another org.
   */
  async delete(id: string, recorded: RecordedOrgs): Promise<boolean> {
    const wasThere = await this.#write(() => deleteSurely(this.#client, id));
    this.#before = undefined; // it may hold what is gone now
    return wasThere || this.assertTakesPart(recorded);
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    await this.assertOwner();
    try {
      return await write();
    } finally {
      // Also after a failure: it may have been applied all the same.
      this.#snapshot = undefined;
      this.#secondLook = undefined;
    }
  }

  /**
   * Makes sure that the credentials are those of the org that the profile names.
   *
   * @throws Obstacle where they aren't, or where that can't be told.
   */
  async assertOwner(): Promise<void> {
    const { orgId, profile } = this.expected;
    if (orgId === undefined) return;
    const owner = await this.ownerId();
    if (owner === undefined) {
      throw new Obstacle(
        `the orgId of the profile "${profile}" can't be checked: neither its credentials nor its ` +
          "connections tell the org. Use an API key and an application key, or remove orgId.",
      );
    }
    if (owner !== orgId) {
      throw new Obstacle(
        `the credentials of the profile "${profile}" belong to the org ${owner}, but its orgId is ` +
          `${orgId}. Nothing was changed. Set the credentials of that org, or correct orgId.`,
      );
    }
  }

  /**
   * Makes sure that a connection which isn't there for these credentials is gone, and not only out
   * of their sight: an org sees the connections in which it takes part.
   *
   * @returns `false` where that can't be told.
   * @throws Obstacle where the credentials are those of another org.
   */
  async assertTakesPart({ sourceOrgId, sinkOrgId }: RecordedOrgs): Promise<boolean> {
    const owner = await this.ownerId();
    if (owner === undefined || sourceOrgId === undefined) return false;
    if (owner === sourceOrgId.toLowerCase() || owner === sinkOrgId?.toLowerCase()) return true;
    throw new Obstacle(
      `the credentials belong to the org ${owner}, but the connection is one of ${sourceOrgId} ` +
        `(source) and ${sinkOrgId} (sink), so it isn't known whether it still exists. Set the ` +
        "credentials of the source org.",
    );
  }

  /**
   * Whether a connection is one that this org made: Datadog lists it for its sink as well.
   *
   * @returns `undefined` where that can't be told.
   */
  async isSourceOf({ sourceOrg }: Connection): Promise<boolean | undefined> {
    const owner = await this.ownerId();
    return owner === undefined || sourceOrg === undefined
      ? undefined
      : owner === sourceOrg.id.toLowerCase();
  }

  /**
   * The org of the credentials, in lower case.
   *
   * @returns `undefined` where neither its list nor Datadog tells.
   */
  ownerId(): Promise<string | undefined> {
    this.#owner ??= (async () => findOwner(this.#client, await (this.#snapshot ?? this.#before)))();
    return this.#owner;
  }
}
