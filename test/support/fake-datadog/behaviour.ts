import type { Arrival } from "./faults.ts";

/** What an answer about connections holds; a part is there unless told. */
export interface Answers {
  /** `meta` of a list. */
  readonly meta?: boolean;
  /** `false`: none at all, beyond what the API reference allows. A list names those that are there. */
  readonly relationships?: false | readonly ("source_org" | "sink_org" | "created_by")[];
  /** The names of orgs and users, and `included`, which repeats them. PATCH never answers names. */
  readonly names?: boolean;
  /** Ends `created_at` in `Z`, after milliseconds, instead of microseconds and `+00:00`. */
  readonly zulu?: boolean;
}

/** Called with each request; the service goes on with the request when the promise resolves. */
export type Hold = (arrival: Arrival & { readonly body: unknown }) => void | Promise<void>;

/** How the service behaves; what isn't read-only may be set at any time. */
export interface Behaviour {
  /** The connection types that the service accepts. */
  readonly knownTypes: ReadonlySet<string>;
  /** The most connections in one page, whatever `limit` asks for. */
  readonly maxPageSize: number;
  /** What answers hold. */
  answers: Answers;
  /** Whether a pair of orgs may have a second connection, which Datadog never allows. */
  allowDoubles: boolean;
  /** Milliseconds added to every answer, or the range that they are drawn from. */
  latencyMs: number | readonly [from: number, to: number];
  /** The service's clock: milliseconds of the Unix epoch. It makes `created_at` and the header `Date`. */
  now: () => number;
  /** Called when a request has arrived and is logged, before it is applied or refused. */
  beforeApply: Hold | undefined;
  /** Called when a request was applied or refused, before its answer goes out or its fault strikes. */
  beforeAnswer: Hold | undefined;
}
