import * as v from "valibot";
import type { Connection, Orgs } from "./connection";
import { type ApiCall, ApiError } from "./errors";
import { parseJson } from "./json";
import { type Method, type RetryOptions, withRetries } from "./retry";
import { type Endpoint, Transport } from "./transport";
import {
  type CurrentUser,
  connectionAnswer,
  createBody,
  currentUserAnswer,
  deleteAnswer,
  errorAnswer,
  listAnswer,
  type ManagedOrg,
  managedOrgsAnswer,
  type Page,
  type User,
  unlikeReference,
  updateBody,
  userAnswer,
  validateAnswer,
} from "./wire";

const collection = "/api/v2/org_connections";

/** The largest page that the list returns (the default `limit` in the API reference). */
const pageSize = 1000;

/** Where the API is, how it is called, and how calls are retried. */
export interface ClientOptions extends Endpoint, RetryOptions {}

/**
 * The API's endpoints, a method for each. Retries requests as `retry.ts` defines, and checks
 * answers against the API reference.
 *
 * Every method throws an {@link ApiError} if the call fails or its answer is invalid.
 */
export class Endpoints {
  readonly #transport: Transport;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options, options);
    this.#options = options;
  }

  /** @param filter Only connections of these orgs. */
  list(offset: number, { sinkOrgId, sourceOrgId }: Orgs): Promise<Page> {
    const query = new URLSearchParams({
      limit: String(pageSize),
      offset: String(offset),
      ...(sinkOrgId !== undefined && { sink_org_id: sinkOrgId }),
      ...(sourceOrgId !== undefined && { source_org_id: sourceOrgId }),
    });
    return this.#call("list", listAnswer, "GET", `${collection}?${query}`);
  }

  /** Lets `sinkOrgId` see the org's data of these types. Not idempotent. */
  create(sinkOrgId: string, connectionTypes: readonly string[]): Promise<Connection> {
    const body = createBody(sinkOrgId, connectionTypes);
    return this.#call("create", connectionAnswer, "POST", collection, body);
  }

  /** Replaces the connection's types. The answer has no names. */
  update(id: string, connectionTypes: readonly string[]): Promise<Connection> {
    const body = updateBody(id, connectionTypes);
    return this.#call("update", connectionAnswer, "PATCH", pathOf(id), body);
  }

  async delete(id: string): Promise<void> {
    await this.#call("delete", deleteAnswer, "DELETE", pathOf(id));
  }

  /** The id of the org that the API key belongs to. Datadog marks this endpoint unstable. */
  validate(): Promise<string> {
    return this.#call("validate", validateAnswer, "GET", "/api/v2/validate");
  }

  /**
   * The user that the credentials act as, and its org.
   *
   * @param isBestEffort Sends one request only. It doesn't wait for the rate limit, and its 429 delays no
   *   other request.
   */
  currentUser(isBestEffort: boolean): Promise<CurrentUser> {
    const path = "/api/v2/current_user";
    if (!isBestEffort) return this.#call("currentUser", currentUserAnswer, "GET", path);
    return this.#once("currentUser", async () =>
      parseAnswer(
        currentUserAnswer,
        await this.#transport.send("GET", path, undefined, { outsideRateLimit: true }),
      ),
    );
  }

  user(id: string): Promise<User> {
    return this.#call("user", userAnswer, "GET", `/api/v2/users/${encodeURIComponent(id)}`);
  }

  /** The orgs that the org manages. Datadog refuses this if it isn't a parent org. */
  managedOrgs(): Promise<readonly ManagedOrg[]> {
    return this.#call("managedOrgs", managedOrgsAnswer, "GET", "/api/v2/org");
  }

  /** The service's clock at a moment of `performance.now()`: milliseconds of the Unix epoch. */
  serverTimeAt(moment: number): number {
    return this.#transport.serverTimeAt(moment);
  }

  #call<Schema extends v.GenericSchema>(
    call: ApiCall,
    schema: Schema,
    method: Method,
    target: string,
    body?: unknown,
  ): Promise<v.InferOutput<Schema>> {
    return this.#once(call, () =>
      withRetries(method, this.#options, async () =>
        parseAnswer(schema, await this.#transport.send(method, target, body)),
      ),
    );
  }

  /** Names the call in the errors of a request. */
  async #once<T>(call: ApiCall, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof ApiError) error.call = call;
      throw error;
    }
  }
}

const pathOf = (id: string) => `${collection}/${encodeURIComponent(id)}`;

function parseAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
): v.InferOutput<Schema> {
  const json = text === "" ? null : parseJson(text);
  const refused = v.safeParse(errorAnswer, json);
  if (refused.success && refused.output.errors.length > 0) {
    throw new ApiError("unexpectedResponse", "Datadog's answer reports success and errors at once");
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  if (json === undefined || json === null) {
    throw new ApiError(
      "invalidJson",
      "Datadog's answer isn't valid JSON, although its status reports success",
    );
  }
  throw new ApiError("unexpectedResponse", `Datadog's answer ${unlikeReference(parsed.issues[0])}`);
}
