import { type Clock, systemClock } from "./clock";
import { type Connection, type Orgs, sameTypes } from "./connection";
import { type ConnectionList, readPages } from "./connection-list";
import { AlreadyConnectedError, ApiError, hasStatus, isOutcomeUnknown } from "./errors";
import { FinalError, type Method, withRetries } from "./retry";
import { type Credentials, Transport } from "./transport";
import { type Answer, type ApiCall, answers, parseAnswer } from "./wire";

const collection = "/api/v2/org_connections";
const currentUser = "/api/v2/current_user";
/** The largest page that the list returns (the default `limit` in the API reference). */
const pageSize = 1000;
/** How much the clocks of two of Datadog's servers may differ. */
const clockToleranceMs = 1000;

/** Where the API is, how it is called, and how calls are retried. */
export interface ClientOptions {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** Time for one request, from the first byte sent to the last byte received. */
  readonly timeoutSeconds: number;
  readonly maxRetries: number;
  readonly clock?: Clock | undefined;
  /** Called before each wait, with its reason: `Rate limited by Datadog`. */
  readonly onWait?: ((reason: string, seconds: number) => void) | undefined;
}

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
  readonly #transport: Transport;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.#options = options;
  }

  /** Every connection of the org, as source or sink; with a filter, those between these orgs. */
  list({ sinkOrgId, sourceOrgId }: Orgs = {}): Promise<ConnectionList> {
    const readPage = (offset: number) => {
      const query = new URLSearchParams({
        limit: String(pageSize),
        offset: String(offset),
        ...(sinkOrgId !== undefined && { sink_org_id: sinkOrgId }),
        ...(sourceOrgId !== undefined && { source_org_id: sourceOrgId }),
      });
      return this.#call("list", "GET", `${collection}?${query}`);
    };
    return withRetries("whole list", this.#options, () => readPages(readPage, this.#options.clock));
  }

  /**
   * Creates a connection exactly once. If a POST may have been applied, checks the list: a connection
   * that was created since the POST was sent is its result. Sends the POST again only if there is none.
   *
   * @throws AlreadyConnectedError if the two orgs are connected, but not by this call.
   */
  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<CreatedConnection> {
    const { clock = systemClock } = this.#options;
    let sentAt = clock.now();
    let firstDoubtfulAt: number | undefined;
    const onSend = () => {
      sentAt = clock.now();
    };
    return withRetries("POST and check", this.#options, async (earlier) => {
      try {
        const data = {
          type: "org_connection",
          attributes: { connection_types: connectionTypes },
          relationships: { sink_org: { data: { type: "orgs", id: sinkOrgId } } },
        };
        const connection = await this.#call("create", "POST", collection, { data }, onSend);
        return { connection, isConfirmed: true };
      } catch (error) {
        if (!isOutcomeUnknown(error) && !hasStatus(error, 409)) {
          if (error instanceof ApiError) error.followsUnknownOutcome = earlier !== undefined;
          throw error;
        }
        const doubtful = isOutcomeUnknown(error) ? error : earlier;
        firstDoubtfulAt ??= sentAt;
        // Never POST again without this lookup. Report the 409 even if the lookup fails.
        const existing = await this.#findBySink(sinkOrgId).catch(() => {
          throw new FinalError(doubtful ?? new AlreadyConnectedError(error.message, undefined));
        });
        if (doubtful === undefined) throw new AlreadyConnectedError(error.message, existing);
        if (existing === undefined) throw doubtful;
        const earliest = this.#transport.serverTimeAt(firstDoubtfulAt) - clockToleranceMs;
        const isOurs =
          Date.parse(existing.createdAt) >= earliest &&
          sameTypes(existing.connectionTypes, connectionTypes);
        if (isOurs) return { connection: existing, isConfirmed: false };
        throw new AlreadyConnectedError("the two orgs are already connected", existing);
      }
    });
  }

  /** Replaces a connection's types. If the PATCH may have been applied, checks the list between its orgs. */
  async update(
    id: string,
    connectionTypes: readonly string[],
    orgs: Orgs = {},
  ): Promise<Connection> {
    try {
      return await this.#call("update", "PATCH", pathOf(id), {
        data: { type: "org_connection", id, attributes: { connection_types: connectionTypes } },
      });
    } catch (error) {
      if (!isOutcomeUnknown(error)) throw error;
      const found = (await this.#listAfter(error, orgs)).get(id);
      if (found && sameTypes(found.connectionTypes, connectionTypes)) return found;
      throw error;
    }
  }

  /**
   * Deletes a connection. If the DELETE may have been applied, checks the list between its orgs.
   *
   * @returns `false` if Datadog didn't confirm the deletion, and this org can't see the connection.
   */
  async delete(id: string, orgs: Orgs = {}): Promise<boolean> {
    try {
      await this.#call("delete", "DELETE", pathOf(id));
      return true;
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      if (!isOutcomeUnknown(error)) throw error;
      const list = await this.#listAfter(error, orgs);
      if (list.has(id) || list.doubt) throw error;
      return false;
    }
  }

  /** The user that the credentials act as, and its org. */
  currentUser(): Promise<Answer<"currentUser">> {
    return this.#call("currentUser", "GET", currentUser);
  }

  /** The same with one request, outside the rate limit: it isn't retried, and its 429 delays no other. */
  async currentUserOnce(): Promise<Answer<"currentUser">> {
    const outside = { isOutsideRateLimit: true };
    const text = await this.#transport.send("GET", currentUser, undefined, outside);
    return parseAnswer(answers.currentUser, text);
  }

  /**
   * The org that the API key belongs to; `undefined` for a bearer token, which isn't an API key.
   * Datadog marks this endpoint unstable.
   */
  async apiKeyOrgId(): Promise<string | undefined> {
    if ("bearerToken" in this.#options.credentials) return undefined;
    return this.#call("validate", "GET", "/api/v2/validate");
  }

  /** A user of the org. Needs the permission `user_access_read`. */
  user(id: string): Promise<Answer<"user">> {
    return this.#call("user", "GET", `/api/v2/users/${encodeURIComponent(id)}`);
  }

  /** The orgs that this org manages. Datadog refuses this if it isn't a parent org. */
  managedOrgs(): Promise<Answer<"managedOrgs">> {
    return this.#call("managedOrgs", "GET", "/api/v2/org");
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

  /** Sends a request, retries it as `retry.ts` defines, and checks the answer. */
  async #call<Call extends ApiCall>(
    call: Call,
    method: Method,
    path: string,
    body?: unknown,
    onSend?: () => void,
  ): Promise<Answer<Call>> {
    try {
      return await withRetries(method, this.#options, async () =>
        parseAnswer(answers[call], await this.#transport.send(method, path, body, { onSend })),
      );
    } catch (error) {
      if (error instanceof ApiError) error.call = call;
      throw error;
    }
  }
}

const pathOf = (id: string) => `${collection}/${encodeURIComponent(id)}`;
