/** An org connection. Ids are in lower case; what Datadog left out of its answer is missing. */
export interface Connection {
  /** UUID. */
  readonly id: string;
  /** UUID of the org that sees the data. */
  readonly sinkOrgId?: string;
  readonly sinkOrgName?: string;
  /** UUID of the org whose data is seen. */
  readonly sourceOrgId?: string;
  readonly sourceOrgName?: string;
  /** Sorted, each type once. */
  readonly connectionTypes: readonly string[];
  /** Date-time of RFC 3339; both `…Z` and microseconds with an offset occur. */
  readonly createdAt: string;
  /** Id of the user. */
  readonly createdBy?: string;
  readonly createdByName?: string;
}

/** Sorts the types and drops repetitions: Datadog refuses a type that is given twice. */
export function normalizeTypes(types: readonly string[]): string[] {
  return [...new Set(types)].sort();
}

/** Types are a set: neither order nor repetition is a difference. */
export function sameTypes(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return JSON.stringify(normalizeTypes(a)) === JSON.stringify(normalizeTypes(b));
}
