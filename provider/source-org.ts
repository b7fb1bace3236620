import type { OrgConnectionsClient } from "./api/client";
import type { Connection } from "./api/connection";
import { Obstacle } from "./errors";

type List = ReadonlyMap<string, Connection>;

/** The org that the credentials must belong to, where it was told. */
export interface ExpectedOwner {
  readonly orgId: string | undefined;
  readonly profile: string | undefined;
}

/**
 * The connections of the org that owns the credentials. All reads share one list of them, a
 * snapshot, until this process writes: the engine runs one process for each of its operations.
 */
export class SourceOrg {
  readonly #client: OrgConnectionsClient;
  readonly #expected: ExpectedOwner;
  #snapshot: Promise<List> | undefined;
  #before: Promise<List> | undefined;
  #owner: Promise<string | undefined> | undefined;

  constructor(client: OrgConnectionsClient, expected: ExpectedOwner) {
    this.#client = client;
    this.#expected = expected;
  }

  /** The org that the credentials must belong to, in lower case; `undefined` where any will do. */
  get expectedOrgId(): string | undefined {
    return this.#expected.orgId;
  }

  /** Every connection, as source or sink, by id. */
  list(): Promise<List> {
    this.#snapshot ??= this.#client.list();
    return this.#snapshot;
  }

  /** The connection of this id; `undefined` where the complete list doesn't have it. */
  async find(id: string): Promise<Connection | undefined> {
    return (await this.list()).get(id.toLowerCase());
  }

  /** The connection to this sink that existed before this process wrote anything. */
  async findBefore(sinkOrgId: string): Promise<Connection | undefined> {
    this.#before ??= this.list();
    return toSink(await this.#before, sinkOrgId);
  }

  /** The connection to this sink at this moment. */
  async findNow(sinkOrgId: string): Promise<Connection | undefined> {
    return toSink(await this.#client.list(), sinkOrgId);
  }

  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<Connection> {
    return this.#write(() => this.#client.create(sinkOrgId, connectionTypes));
  }

  update(id: string, connectionTypes: readonly string[]): Promise<Connection> {
    return this.#write(() => this.#client.update(id, connectionTypes));
  }

  delete(id: string): Promise<void> {
    return this.#write(() => this.#client.delete(id));
  }

  /**
   * Whether the connection is one that this org made: Datadog lists it for its sink as well.
   *
   * @returns `undefined` where that can't be told.
   */
  async isSourceOf({ sourceOrg }: Connection): Promise<boolean | undefined> {
    const owner = await this.ownerId();
    return owner === undefined || sourceOrg === undefined
      ? undefined
      : owner === sourceOrg.id.toLowerCase();
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    await this.assertOwner();
    try {
      return await write();
    } finally {
      this.#snapshot = undefined; // also after a failure: it may have been applied all the same
    }
  }

  /**
   * Makes sure that the credentials are those of the expected org.
   *
   * @throws Obstacle where they aren't, or where that can't be told.
   */
  async assertOwner(): Promise<void> {
    const { orgId, profile } = this.#expected;
    if (orgId === undefined) return;
    const owner = await this.ownerId();
    if (owner === undefined) {
      throw new Obstacle(
        `the orgId of the profile "${profile}" can't be checked: a bearer token doesn't tell its ` +
          "org, nor do the org's connections. Use an API key and an application key, or remove orgId.",
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
   * Id, in lower case, of the org of the credentials: what its list shows, else what Datadog says.
   *
   * @returns `undefined` where that can't be told: a bearer token, and no or ambiguous connections.
   */
  ownerId(): Promise<string | undefined> {
    this.#owner ??= (async () => {
      const shown = this.#before && commonOrg(await this.#before);
      return shown ?? (await this.#client.ownerOfApiKey()) ?? commonOrg(await this.list());
    })();
    return this.#owner;
  }
}

function toSink(list: List, sinkOrgId: string): Connection | undefined {
  return list.values().find(({ sinkOrg }) => sinkOrg?.id.toLowerCase() === sinkOrgId);
}

/** The one org that takes part in every connection of a list: the one that was asked. */
function commonOrg(list: List): string | undefined {
  const parties = [...list.values()].map(
    ({ sourceOrg, sinkOrg }) => new Set([sourceOrg?.id.toLowerCase(), sinkOrg?.id.toLowerCase()]),
  );
  if (parties.length === 0) return undefined;
  const common = parties.reduce((some, others) => some.intersection(others));
  return common.size === 1 ? [...common][0] : undefined;
}
