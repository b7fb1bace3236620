import type { OrgConnectionsClient } from "./api/client";
import type { Connection } from "./api/connection";

/**
 * The connections of the org that owns the credentials. All reads share one list of them, a
 * snapshot, until this process writes: the engine runs one process for each of its operations.
 */
export class SourceOrg {
  readonly #client: OrgConnectionsClient;
  #snapshot: Promise<ReadonlyMap<string, Connection>> | undefined;

  constructor(client: OrgConnectionsClient) {
    this.#client = client;
  }

  /** The connection of this id; `undefined` where the complete list doesn't have it. */
  async find(id: string): Promise<Connection | undefined> {
    this.#snapshot ??= this.#client.list();
    return (await this.#snapshot).get(id.toLowerCase());
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

  async #write<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } finally {
      this.#snapshot = undefined; // also after a failure: it may have been applied all the same
    }
  }
}
