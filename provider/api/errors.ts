import type { Connection } from "./connection";

/**
 * How a call to Datadog can fail.
 *
 * - `rateLimited`: 429; Datadog did nothing.
 * - `connectFailed`: no connection could be made, so the request surely wasn't sent.
 * - `tlsFailed`: no TLS connection that can be trusted; the request surely wasn't sent.
 * - `proxyFailed`: a proxy that refuses, or can't be used; the request surely wasn't sent.
 * - `serverError`: 5xx, of the service or of a gateway before it.
 * - `network`: a connection that broke.
 * - `timeout`: no whole answer in time.
 * - `invalidJson`: a success whose body isn't JSON.
 * - `unexpectedResponse`: a success whose body is JSON, but not what the API reference describes.
 * - `incomplete`: a list with fewer connections than it counts, or that changed between its pages.
 * - `refused`: a 4xx in Datadog's own form.
 * - `notDatadog`: a refusal or redirect that isn't in Datadog's form: something else answered.
 */
export type ApiErrorCode =
  | "rateLimited"
  | "connectFailed"
  | "tlsFailed"
  | "proxyFailed"
  | "serverError"
  | "network"
  | "timeout"
  | "invalidJson"
  | "unexpectedResponse"
  | "incomplete"
  | "refused"
  | "notDatadog";

/** After these, nobody knows whether Datadog applied the request. */
const unknownOutcomeCodes: readonly ApiErrorCode[] = [
  "serverError",
  "network",
  "timeout",
  "invalidJson",
  "unexpectedResponse",
];

/** The calls of the API. */
export type ApiCall = "list" | "create" | "update" | "delete" | "validate";

/** A failed call. The message says what came back, in words for a user, and holds no credential. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number | undefined;
  /** The call that failed; the client sets it. */
  call: ApiCall | undefined;

  /** @param status HTTP status, if Datadog answered. */
  constructor(code: ApiErrorCode, message: string, status?: number) {
    super(message);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
  }
}

/** Whether a call failed so that nobody knows whether Datadog applied it. */
export function isOutcomeUnknown(error: unknown): error is ApiError {
  return error instanceof ApiError && unknownOutcomeCodes.includes(error.code);
}

/** Whether Datadog itself refused a call with this status. */
export function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.code === "refused" && error.status === status;
}

/** The two orgs are connected already, by a connection that wasn't created by this call. */
export class AlreadyConnectedError extends ApiError {
  /** That connection; `undefined` if the list doesn't show it. */
  readonly existing: Connection | undefined;

  constructor(message: string, existing: Connection | undefined) {
    super("refused", message, 409);
    this.existing = existing;
  }
}
