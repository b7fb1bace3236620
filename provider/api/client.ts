import type { ZodType } from "zod";
import type { Connection } from "./connection";
import { type ApiCall, ApiFault, isRefusal } from "./fault";
import { parseJson } from "./json";
import { type Method, type RetryOptions, type Task, withRetries } from "./retry";
import { type Endpoint, Transport } from "./transport";
import {
  connectionAnswer,
  createBody,
  deleteAnswer,
  listAnswer,
  updateBody,
  validateAnswer,
} from "./wire";

const path = "/api/v2/org_connections";

/** The most that the list gives in one page (its default `limit`, the API reference). */
const pageSize = 1000;

export interface ClientOptions extends Endpoint, RetryOptions {}

/** Connections by their ids, in lower case. */
export interface ConnectionList extends ReadonlyMap<string, Connection> {
  /** Otherwise a connection may be missing: it fell between two pages as another one went. */
  readonly isOnePage: boolean;
}

/**
 * The org connections of one org: the one that owns the credentials.
 *
 * Every method throws an {@link ApiFault} when the call fails or its answer can't be trusted.
 */
export class OrgConnectionsClient {
  readonly #transport: Transport;
  readonly #retries: RetryOptions;
  readonly #hasApiKey: boolean;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options, options.onWait);
    this.#retries = options;
    this.#hasApiKey = "apiKey" in options.credentials;
  }

  /** Every connection in which the org takes part, as source or sink, by its id in lower case. */
  list(): Promise<ConnectionList> {
    return this.retrying("whole list", () => this.#listOnce());
  }

  /**
   * Those of the connections that go to this sink. One page holds them, so that it can be read
   * while others come and go.
   */
  listTo(sinkOrgId: string): Promise<ConnectionList> {
    const filter = `&sink_org_id=${encodeURIComponent(sinkOrgId)}`;
    return this.retrying("whole list", () => this.#listOnce(filter));
  }

  async #listOnce(filter = ""): Promise<ConnectionList> {
    const connections = new Map<string, Connection>();
    let counted: number | undefined;
    for (let received = 0; ; ) {
      const query = `?limit=${pageSize}&offset=${received}${filter}`;
      const page = await this.#call("list", listAnswer, "GET", path + query);
      if (received > 0) assertUnchanged(counted, page.total);
      counted = page.total;
      const known = connections.size;
      for (const found of page.connections) connections.set(found.id.toLowerCase(), found);
      received += page.connections.length;
      const nothingNew = connections.size === known;
      if (nothingNew || received >= (page.total ?? Number.POSITIVE_INFINITY)) {
        assertComplete(connections.size, page.total ?? received);
        return Object.assign(connections, { isOnePage: received === page.connections.length });
      }
    }
  }

  /** Lets `sinkOrgId` see the org's data of these types. */
  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<Connection> {
    return this.#call(
      "create",
      connectionAnswer,
      "POST",
      path,
      createBody(sinkOrgId, connectionTypes),
    );
  }

  /** Replaces the connection's types. The answer names neither orgs nor user. */
  update(id: string, connectionTypes: readonly string[]): Promise<Connection> {
    return this.#call(
      "update",
      connectionAnswer,
      "PATCH",
      `${path}/${encodeURIComponent(id)}`,
      updateBody(id, connectionTypes),
    );
  }

  /**
   * Deletes the connection.
   *
   * @returns `false` where Datadog knows none of this id, or not for this org.
   */
  async delete(id: string): Promise<boolean> {
    try {
      await this.#call("delete", deleteAnswer, "DELETE", `${path}/${encodeURIComponent(id)}`);
      return true;
    } catch (error) {
      if (isRefusal(error, 404)) return false;
      throw error;
    }
  }

  /**
   * The UUID, in lower case, of the org that the API key belongs to, from an endpoint that the
   * vendor marks unstable; `undefined` for a bearer token, which that endpoint doesn't take.
   */
  async ownerOfApiKey(): Promise<string | undefined> {
    if (!this.#hasApiKey) return undefined;
    const id = await this.#call("validate", validateAnswer, "GET", "/api/v2/validate");
    return id.toLowerCase();
  }

  /** Does a task again, as the table of retries and this client's options say. */
  retrying<T>(task: Task, attempt: () => Promise<T>): Promise<T> {
    return withRetries(task, this.#retries, attempt);
  }

  /** The service's clock at a moment of `performance.now()`: milliseconds of the Unix epoch. */
  serverTimeAt(moment: number): number {
    return this.#transport.serverTimeAt(moment);
  }

  async #call<T>(
    call: ApiCall,
    schema: ZodType<T>,
    method: Method,
    target: string,
    body?: unknown,
  ): Promise<T> {
    try {
      return await this.retrying(method, async () =>
        parseAnswer(schema, await this.#transport.send(method, target, body)),
      );
    } catch (error) {
      if (error instanceof ApiFault) error.call = call;
      throw error;
    }
  }
}

function parseAnswer<T>(schema: ZodType<T>, text: string): T {
  const json = text === "" ? null : parseJson(text);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  if (json === undefined || json === null) {
    throw new ApiFault("brokenBody", "Datadog's answer is no JSON, though its status is a success");
  }
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") || "the answer";
  throw new ApiFault(
    "wrongShape",
    `Datadog's answer isn't what its API reference describes (${where}: ${issue?.message})`,
  );
}

/** Where connections come and go while the pages are read, one may fall between two pages. */
function assertUnchanged(counted: number | undefined, total: number | undefined): void {
  if (counted === total) return;
  const message = `Datadog's list changed while it was read, from ${counted} to ${total} connections`;
  throw new ApiFault("incomplete", message);
}

/** A connection that an incomplete list leaves out would be taken for a deleted one. */
function assertComplete(listed: number, total: number): void {
  if (listed < total) {
    const message = `Datadog's list is incomplete: it has ${listed} of ${total} connections`;
    throw new ApiFault("incomplete", message);
  }
}
