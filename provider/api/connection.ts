/** An org or a user as a connection names it. Datadog's answer to an update has no names. */
interface Party {
  readonly id: string;
  readonly name: string | undefined;
}

/** One org connection, as Datadog answers it. Who takes part may be missing from an answer. */
export interface Connection {
  readonly id: string;
  readonly connectionTypes: readonly string[];
  /** Date-time of RFC 3339; both `…Z` and microseconds with an offset occur. */
  readonly createdAt: string;
  readonly sourceOrg: Party | undefined;
  readonly sinkOrg: Party | undefined;
  readonly createdBy: Party | undefined;
}
