import { AbortError } from "p-retry";
import { type Connection, sameTypes } from "./connection";
import { type ConnectionList, readPages } from "./connection-list";
import { type ClientOptions, Endpoints } from "./endpoints";
import { AlreadyConnectedError, hasStatus, isOutcomeUnknown } from "./errors";
import { withRetries } from "./retry";

/** How much the clocks of two of Datadog's servers may differ. */
const clockToleranceMs = 1000;

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

  /** Every connection of the org, as source or sink. */
  list(): Promise<ConnectionList> {
    return this.#list();
  }

  /** The connection to this sink. It is always on one page, so no other change can hide it. */
  async findBySink(sinkOrgId: string): Promise<Connection | undefined> {
    return findBySink(await this.#list(sinkOrgId), sinkOrgId);
  }

  #list(sinkOrgId?: string): Promise<ConnectionList> {
    return withRetries("whole list", this.#options, () =>
      readPages((offset) => this.#endpoints.list(offset, sinkOrgId)),
    );
  }

  /**
   * Creates a connection exactly once. If a POST may have been applied, checks the list: a connection
   * that was created since this call began is its result. Sends the POST again only if there is none.
   *
   * @throws AlreadyConnectedError if the two orgs are connected, but not by this call.
   */
  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<Connection> {
    const startedAt = performance.now();
    let unknown: Error | undefined;
    return withRetries("POST and check", this.#options, async () => {
      try {
        return await this.#endpoints.create(sinkOrgId, connectionTypes);
      } catch (error) {
        if (isOutcomeUnknown(error)) unknown = error;
        else if (!hasStatus(error, 409)) throw error;
        // Never POST again without this lookup. Report the 409 even if the lookup fails.
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
        throw new AlreadyConnectedError("the two orgs are already connected", existing);
      }
    });
  }

  /** Updates a connection. If the PATCH may have been applied, checks the list. */
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
   * Deletes a connection. If the DELETE may have been applied, checks the list.
   *
   * @returns `false` if Datadog didn't confirm the deletion, and this org can't see the connection.
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
   * The id of the org that the API key belongs to; `undefined` for a bearer token, because Datadog
   * doesn't identify a token's org.
   */
  async apiKeyOrgId(): Promise<string | undefined> {
    return "apiKey" in this.#options.credentials ? this.#endpoints.validate() : undefined;
  }

  /** Lists after a write of unknown outcome. If that fails too, throws the write's error. */
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
