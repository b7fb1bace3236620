/** An org connection. Ids are UUIDs in lower case. A property is missing if Datadog's answer doesn't include it. */
export interface Connection {
  readonly id: string;
  /** The org that sees the data. */
  readonly sinkOrgId?: string;
  readonly sinkOrgName?: string;
  /** The org that shares its data. */
  readonly sourceOrgId?: string;
  readonly sourceOrgName?: string;
  /** Sorted, each type once. */
  readonly connectionTypes: readonly string[];
  /** An RFC 3339 date-time; some end in `Z`, others have microseconds and an offset. */
  readonly createdAt: string;
  readonly createdBy?: string;
  readonly createdByName?: string;
}

/** The two orgs of a connection, as far as they are known. UUIDs in lower case. */
export interface Orgs {
  readonly sinkOrgId?: string | undefined;
  readonly sourceOrgId?: string | undefined;
}

/** Sorts the types and removes duplicates: Datadog refuses duplicates. */
export function normalizeTypes(types: readonly string[]): string[] {
  return [...new Set(types)].sort();
}

/** Whether two lists have the same types: order and duplicates make no difference. */
export function sameTypes(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return JSON.stringify(normalizeTypes(a)) === JSON.stringify(normalizeTypes(b));
}
