import type { Connection } from "./connection";
import { printable } from "./text";
import type { ApiCall } from "./wire";

/** How a call to Datadog can fail; true if Datadog may have applied the request all the same. */
const failures = {
  rateLimited: false, // 429
  interrupted: false, // the operation was canceled or its time was over, so the request wasn't sent
  connectFailed: false, // no connection could be made, so the request wasn't sent
  tlsFailed: false, // no trusted TLS connection could be made, so the request wasn't sent
  proxyFailed: false, // the proxy refused or is unusable, so the request wasn't sent
  serverError: true, // 5xx, from Datadog or a gateway in front of it
  network: true, // the connection broke
  timeout: true, // no complete answer in time
  invalidJson: true, // a success status, but the body isn't valid JSON
  unexpectedResponse: true, // a success status, but the body isn't what the API reference describes
  tooLarge: true, // the body has more than the provider reads
  incomplete: false, // the list has fewer connections than it counts, or changed while it was read
  refused: false, // a 4xx in Datadog's error format
  notDatadog: false, // an error or redirect that isn't in Datadog's format: something else answered
};

export type ApiErrorCode = keyof typeof failures;

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
  return error instanceof ApiError && failures[error.code];
}

/** Whether Datadog refused a call with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: number[]): error is ApiError {
  const isRefused = error instanceof ApiError && error.code === "refused";
  return isRefused && statuses.some((status) => status === error.status);
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
