import type { Connection } from "./connection";
import { printable } from "./text";

/** How a call to Datadog can fail. */
export type ApiErrorCode =
  | "rateLimited" // 429; Datadog did nothing
  | "interrupted" // the operation was canceled or its time was over, so the request wasn't sent
  | "connectFailed" // no connection could be made, so the request wasn't sent
  | "tlsFailed" // no trusted TLS connection could be made, so the request wasn't sent
  | "proxyFailed" // the proxy refused or is unusable, so the request wasn't sent
  | "serverError" // 5xx, from Datadog or a gateway in front of it
  | "network" // the connection broke
  | "timeout" // no complete answer in time
  | "invalidJson" // a success status, but the body isn't valid JSON
  | "unexpectedResponse" // a success status, but the body isn't what the API reference describes
  | "tooLarge" // the body has more than the provider reads
  | "incomplete" // the list has fewer connections than it counts, or changed while it was read
  | "refused" // a 4xx in Datadog's error format
  | "notDatadog"; // an error or redirect that isn't in Datadog's format: something else answered

/** After these, Datadog may or may not have applied the request. */
const unknownOutcomeCodes: readonly ApiErrorCode[] = [
  "serverError",
  "network",
  "timeout",
  "invalidJson",
  "unexpectedResponse",
  "tooLarge",
];

/** The calls of the API. */
export type ApiCall =
  | "list"
  | "create"
  | "update"
  | "delete"
  | "currentUser"
  | "user"
  | "managedOrgs"
  | "validate";

/** A failed call. The message says what came back; it is shown to users and has no credentials. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number | undefined;
  /** The call that failed; the client sets it. */
  call: ApiCall | undefined;
  /** Whether an earlier attempt of the same write may have been applied. */
  followsUnknownOutcome = false;

  /** @param status HTTP status, if Datadog answered. */
  constructor(code: ApiErrorCode, message: string, status?: number) {
    super(printable(message));
    this.name = "ApiError";
    this.code = code;
    this.status = status;
  }
}

/** The error for a request that wasn't sent, because its operation had to end. */
export function interrupted(): ApiError {
  return new ApiError("interrupted", "the operation was canceled, or its time is over");
}

/** Whether a call failed in a way that leaves unknown whether Datadog applied it. */
export function isOutcomeUnknown(error: unknown): error is ApiError {
  return error instanceof ApiError && unknownOutcomeCodes.includes(error.code);
}

/** Whether Datadog refused a call with this status. */
export function hasStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.code === "refused" && error.status === status;
}

/** The two orgs are already connected, by a connection that this call didn't create. */
export class AlreadyConnectedError extends ApiError {
  /** That connection; `undefined` if the list doesn't show it. */
  readonly existing: Connection | undefined;

  constructor(message: string, existing: Connection | undefined) {
    super("refused", message, 409);
    this.existing = existing;
  }
}
