import { type Connection, type Orgs, sameTypes } from "./connection";
import { type ConnectionList, readPages } from "./connection-list";
import { type ClientOptions, Endpoints } from "./endpoints";
import { AlreadyConnectedError, hasStatus, isOutcomeUnknown } from "./errors";
import { FinalError, withRetries } from "./retry";
import type { CurrentUser, ManagedOrg, User } from "./wire";

/** How much the clocks of two of Datadog's servers may differ. */
const clockToleranceMs = 1000;

/** A new connection. */
export interface CreatedConnection {
  readonly connection: Connection;
  /** Whether Datadog answered the POST. If not, the connection was found in the list. */
  readonly isConfirmed: boolean;
}

/**
 * The connections of one org: the one that owns the credentials. A write either succeeded, or it
 * failed and the error says whether its outcome is known.
 *
 * Every method throws an ApiError if Datadog refuses, can't be reached or gives an invalid answer.
 */
export class OrgConnectionsClient {
  readonly #endpoints: Endpoints;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#endpoints = new Endpoints(options);
    this.#options = options;
  }

  /** Every connection of the org, as source or sink; with a filter, those between these orgs. */
  list(filter: Orgs = {}): Promise<ConnectionList> {
    return withRetries("whole list", this.#options, () =>
      readPages((offset) => this.#endpoints.list(offset, filter), this.#options.clock),
    );
  }

  /**
   * Creates a connection exactly once. If a POST may have been applied, checks the list: a connection
   * that was created since this call began is its result. Sends the POST again only if there is none.
   *
   * @throws AlreadyConnectedError if the two orgs are connected, but not by this call.
   */
  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<CreatedConnection> {
    const startedAt = performance.now();
    let unknown: Error | undefined;
    return withRetries("POST and check", this.#options, async () => {
      try {
        const connection = await this.#endpoints.create(sinkOrgId, connectionTypes);
        return { connection, isConfirmed: true };
      } catch (error) {
        if (isOutcomeUnknown(error)) unknown = error;
        else if (!hasStatus(error, 409)) throw error;
        // Never POST again without this lookup. Report the 409 even if the lookup fails.
        const existing = await this.#findBySink(sinkOrgId).catch(() => {
          throw new FinalError(unknown ?? new AlreadyConnectedError(error.message, undefined));
        });
        if (unknown === undefined) throw new AlreadyConnectedError(error.message, existing);
        if (existing === undefined) throw unknown;
        const earliest = this.#endpoints.serverTimeAt(startedAt) - clockToleranceMs;
        const isOurs =
          Date.parse(existing.createdAt) >= earliest &&
          sameTypes(existing.connectionTypes, connectionTypes);
        if (isOurs) return { connection: existing, isConfirmed: false };
        throw new AlreadyConnectedError("the two orgs are already connected", existing);
      }
    });
  }

  /**
   * Updates a connection. If the PATCH may have been applied, checks the list.
   *
   * @param orgs The orgs of the connection.
   */
  async update(
    id: string,
    connectionTypes: readonly string[],
    orgs: Orgs = {},
  ): Promise<Connection> {
    try {
      return await this.#endpoints.update(id, connectionTypes);
    } catch (error) {
      if (!isOutcomeUnknown(error)) throw error;
      const found = (await this.#listAfter(error, orgs)).get(id);
      if (found && sameTypes(found.connectionTypes, connectionTypes)) return found;
      throw error;
    }
  }

  /**
   * Deletes a connection. If the DELETE may have been applied, checks the list.
   *
   * @param orgs The orgs of the connection.
   * @returns `false` if Datadog didn't confirm the deletion, and this org can't see the connection.
   */
  async delete(id: string, orgs: Orgs = {}): Promise<boolean> {
    try {
      await this.#endpoints.delete(id);
      return true;
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      if (!isOutcomeUnknown(error)) throw error;
      const list = await this.#listAfter(error, orgs);
      if (list.has(id) || list.doubt) throw error;
      return false;
    }
  }

  /** The user that the credentials act as. @param isBestEffort See {@link Endpoints.currentUser}. */
  currentUser(isBestEffort = false): Promise<CurrentUser> {
    return this.#endpoints.currentUser(isBestEffort);
  }

  /**
   * The org that the API key belongs to; `undefined` for a bearer token, which isn't an API key.
   */
  async apiKeyOrgId(): Promise<string | undefined> {
    return "apiKey" in this.#options.credentials ? this.#endpoints.validate() : undefined;
  }

  /** A user of the org. Needs the permission `user_access_read`. */
  user(id: string): Promise<User> {
    return this.#endpoints.user(id);
  }

  /** The orgs that this org manages, if it is a parent org. */
  managedOrgs(): Promise<readonly ManagedOrg[]> {
    return this.#endpoints.managedOrgs();
  }

  /** The connection to this sink; `undefined` only if the list proves that there is none. */
  async #findBySink(sinkOrgId: string): Promise<Connection | undefined> {
    const list = await this.list({ sinkOrgId });
    const found = list.values().find((connection) => connection.sinkOrgId === sinkOrgId);
    if (found === undefined && list.doubt) throw list.doubt;
    return found;
  }

  /** Lists after a write of unknown outcome. If that fails too, throws the write's error. */
  async #listAfter(error: Error, orgs: Orgs): Promise<ConnectionList> {
    return this.list(orgs).catch(() => {
      throw error;
    });
  }
}
