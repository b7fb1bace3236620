import type { Connection } from "./connection";

/**
 * How a call to Datadog can fail.
 *
 * - `rateLimited`: 429; Datadog did nothing.
 * - `notSent`: no connection could be made, so the request surely wasn't sent.
 * - `tlsFailed`: no TLS connection that can be trusted; the request surely wasn't sent.
 * - `proxyFailed`: a proxy that refuses, or can't be used; the request surely wasn't sent.
 * - `serverError`: 5xx, of the service or of a gateway before it.
 * - `network`: a connection that broke.
 * - `timeout`: no whole answer in time.
 * - `brokenBody`: a success whose body isn't JSON.
 * - `wrongShape`: a success whose body is JSON, but not what the API reference describes.
 * - `incomplete`: a list with fewer connections than it counts, or that changed between its pages.
 * - `refused`: a 4xx in Datadog's own form.
 * - `foreign`: a refusal or redirect that isn't in Datadog's form: something else answered.
 */
export type FaultKind =
  | "rateLimited"
  | "notSent"
  | "tlsFailed"
  | "proxyFailed"
  | "serverError"
  | "network"
  | "timeout"
  | "brokenBody"
  | "wrongShape"
  | "incomplete"
  | "refused"
  | "foreign";

/** The faults after which nobody knows whether Datadog applied the request. */
const doubtfulKinds: readonly FaultKind[] = [
  "serverError",
  "network",
  "timeout",
  "brokenBody",
  "wrongShape",
];

/** The calls of the API. */
export type ApiCall = "list" | "create" | "update" | "delete" | "validate";

/** A failed call. The message says what came back, in words for a user, and holds no credential. */
export class ApiFault extends Error {
  readonly kind: FaultKind;
  readonly status: number | undefined;
  /** The call that failed; the client sets it. */
  call: ApiCall | undefined;

  /** @param status HTTP status, where Datadog answered at all. */
  constructor(kind: FaultKind, message: string, status?: number) {
    super(message);
    this.name = "ApiFault";
    this.kind = kind;
    this.status = status;
  }
}

/** Whether a call failed so that nobody knows whether Datadog applied it. */
export function isOutcomeUnknown(error: unknown): error is ApiFault {
  return error instanceof ApiFault && doubtfulKinds.includes(error.kind);
}

/** Whether Datadog itself refused a call with this status. */
export function hasStatus(error: unknown, status: number): error is ApiFault {
  return error instanceof ApiFault && error.kind === "refused" && error.status === status;
}

/** The two orgs are connected already, by a connection that wasn't created by this call. */
export class AlreadyConnectedError extends ApiFault {
  /** That connection; `undefined` if the list doesn't show it. */
  readonly existing: Connection | undefined;

  constructor(message: string, existing: Connection | undefined) {
    super("refused", message, 409);
    this.existing = existing;
  }
}
