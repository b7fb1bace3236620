import * as v from "valibot";
import type { Connection } from "./connection";
import { type ApiCall, ApiError } from "./errors";
import { parseJson } from "./json";
import { type Method, type RetryOptions, withRetries } from "./retry";
import { type Endpoint, Transport } from "./transport";
import {
  connectionAnswer,
  createBody,
  deleteAnswer,
  listAnswer,
  updateBody,
  validateAnswer,
} from "./wire";

const collection = "/api/v2/org_connections";

/** The largest page that the list returns (the default `limit` in the API reference). */
const pageSize = 1000;

/** Where the API is, how it is called, and how calls are retried. */
export interface ClientOptions extends Endpoint, RetryOptions {}

/** One page of the list. */
export interface Page {
  readonly connections: readonly Connection[];
  /** The number of connections on all pages. */
  readonly total: number | undefined;
}

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

  /** @param sinkOrgId Only connections to this org. */
  list(offset: number, sinkOrgId?: string): Promise<Page> {
    const filter = sinkOrgId === undefined ? "" : `&sink_org_id=${encodeURIComponent(sinkOrgId)}`;
    const query = `?limit=${pageSize}&offset=${offset}${filter}`;
    return this.#call("list", listAnswer, "GET", collection + query);
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

  /** The service's clock at a moment of `performance.now()`: milliseconds of the Unix epoch. */
  serverTimeAt(moment: number): number {
    return this.#transport.serverTimeAt(moment);
  }

  async #call<Schema extends v.GenericSchema>(
    call: ApiCall,
    schema: Schema,
    method: Method,
    target: string,
    body?: unknown,
  ): Promise<v.InferOutput<Schema>> {
    try {
      return await withRetries(method, this.#options, async () =>
        parseAnswer(schema, await this.#transport.send(method, target, body)),
      );
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
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  if (json === undefined || json === null) {
    throw new ApiError(
      "invalidJson",
      "Datadog's answer isn't valid JSON, although its status reports success",
    );
  }
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? "the answer";
  // The library's own message repeats the value, which may be a secret.
  const expected = issue.kind === "schema" ? `expected ${issue.expected}` : "not valid";
  throw new ApiError(
    "unexpectedResponse",
    `Datadog's answer isn't what its API reference describes (${path}: ${expected})`,
  );
}
