import { AbortError } from "p-retry";
import { type Connection, sameTypes } from "./connection";
import { type ConnectionList, readPages } from "./connection-list";
import { type ClientOptions, Endpoints } from "./endpoints";
import { AlreadyConnectedError, hasStatus, isOutcomeUnknown } from "./errors";
import { withRetries } from "./retry";

/** How far apart the clocks of two servers of one service may be. */
const clockToleranceMs = 1000;

/**
 * The connections of one org: the one that owns the credentials. A write either succeeded, or it
 * failed and the error says whether its outcome is known.
 *
 * Every method throws an ApiError if Datadog refuses, can't be reached or can't be trusted.
 */
export class OrgConnectionsClient {
  readonly #endpoints: Endpoints;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#endpoints = new Endpoints(options);
    this.#options = options;
  }

  /** Every connection of the org, as source or sink. */
  list(): Promise<ConnectionList> {
    return this.#list();
  }

  /** The connection to this sink. One page holds it, whatever else is created meanwhile. */
  async findBySink(sinkOrgId: string): Promise<Connection | undefined> {
    return findBySink(await this.#list(sinkOrgId), sinkOrgId);
  }

  #list(sinkOrgId?: string): Promise<ConnectionList> {
    return withRetries("whole list", this.#options, () =>
      readPages((offset) => this.#endpoints.list(offset, sinkOrgId)),
    );
  }

  /**
   * Creates a connection exactly once. If a POST may have been applied, the list is checked: a
   * connection that was created since this call began is this call's. Only if there is none is the
   * POST sent again.
   *
   * @throws AlreadyConnectedError if the two orgs were connected before.
   */
  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<Connection> {
    const startedAt = performance.now();
    let unknown: Error | undefined;
    return withRetries("POST and look", this.#options, async () => {
      try {
        return await this.#endpoints.create(sinkOrgId, connectionTypes);
      } catch (error) {
        if (isOutcomeUnknown(error)) unknown = error;
        else if (!hasStatus(error, 409)) throw error;
        // Without a look there is no second POST. The 409 counts even if nobody can look.
        const existing = await this.findBySink(sinkOrgId).catch(() => {
          throw new AbortError(unknown ?? new AlreadyConnectedError(error.message, undefined));
        });
        if (unknown === undefined) throw new AlreadyConnectedError(error.message, existing);
        if (existing === undefined) throw unknown;
        const earliest = this.#endpoints.serverTimeAt(startedAt) - clockToleranceMs;
        const isOurs =
          Date.parse(existing.createdAt) >= earliest &&
          sameTypes(existing.connectionTypes, connectionTypes);
        if (isOurs) return existing;
        throw new AlreadyConnectedError("the two orgs are connected already", existing);
      }
    });
  }

  /** Updates a connection. If the PATCH may have been applied, the list decides. */
  async update(id: string, connectionTypes: readonly string[]): Promise<Connection> {
    try {
      return await this.#endpoints.update(id, connectionTypes);
    } catch (error) {
      if (!isOutcomeUnknown(error)) throw error;
      const found = (await this.#verifyAfter(error)).get(id);
      if (found && sameTypes(found.connectionTypes, connectionTypes)) return found;
      throw error;
    }
  }

  /**
   * Deletes a connection. If the DELETE may have been applied, the list decides.
   *
   * @returns `false` if Datadog doesn't say that it deleted it, and it isn't there for this org.
   */
  async delete(id: string): Promise<boolean> {
    try {
      await this.#endpoints.delete(id);
      return true;
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      if (!isOutcomeUnknown(error)) throw error;
      const list = await this.#verifyAfter(error);
      const lists = list.isSinglePage ? [list] : [list, await this.#verifyAfter(error)];
      if (lists.some((one) => one.has(id))) throw error;
      return false;
    }
  }

  /**
   * The id of the org that the API key belongs to; `undefined` for a bearer token, of which
   * Datadog doesn't say it.
   */
  async apiKeyOrgId(): Promise<string | undefined> {
    return "apiKey" in this.#options.credentials ? this.#endpoints.validate() : undefined;
  }

  /** The list after a write of unknown outcome. If it can't be read either, that stays unknown. */
  async #verifyAfter(error: Error): Promise<ConnectionList> {
    return this.#list().catch(() => {
      throw error;
    });
  }
}

/** The connection of a list to this sink. */
export function findBySink(list: ConnectionList, sinkOrgId: string): Connection | undefined {
  return list.values().find((connection) => connection.sinkOrgId === sinkOrgId);
}
