/**
 * How a call to Datadog can fail.
 *
 * - `rateLimited`: 429.
 * - `serverError`: 5xx, of the service or of a gateway before it.
 * - `refused`: a 4xx in Datadog's own form.
 * - `foreign`: a refusal or redirect that isn't in Datadog's form: something else answered.
 * - `network`: no connection, or one that broke.
 * - `timeout`: no whole answer in time.
 * - `brokenBody`: a success whose body isn't JSON.
 * - `wrongShape`: a success whose body is JSON, but not what the API reference describes.
 */
export type FaultKind =
  | "rateLimited"
  | "serverError"
  | "refused"
  | "foreign"
  | "network"
  | "timeout"
  | "brokenBody"
  | "wrongShape";

interface FaultDetails {
  /** HTTP status, where Datadog answered at all. */
  readonly status?: number;
  /** How long Datadog asked to wait, in seconds. */
  readonly waitSeconds?: number | undefined;
}

/** A failed call. The message says what came back, in words for a user, and holds no credential. */
export class ApiFault extends Error {
  readonly kind: FaultKind;
  readonly status: number | undefined;
  readonly waitSeconds: number | undefined;

  constructor(kind: FaultKind, message: string, details: FaultDetails = {}) {
    super(message);
    this.name = "ApiFault";
    this.kind = kind;
    this.status = details.status;
    this.waitSeconds = details.waitSeconds;
  }
}
