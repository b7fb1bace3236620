import { type Clock, systemClock } from "./clock";
import type { Connection } from "./connection";
import { ApiError } from "./errors";
import type { Page } from "./wire";

const mostPages = 1000;
const longestSeconds = 600;

/** Connections by their ids. */
export interface ConnectionList extends ReadonlyMap<string, Connection> {
  /** The error to throw before a connection that isn't listed may count as absent. */
  readonly doubt: ApiError | undefined;
}

/**
 * Reads all pages of a list: at most 1,000 pages, for at most ten minutes. A page that brings nothing
 * new ends it.
 *
 * @param readPage Reads the page that begins at an offset.
 * @throws ApiError `incomplete` if the list has fewer connections than it counts, changes while it is
 *   read, or doesn't end.
 */
export async function readPages(
  readPage: (offset: number) => Promise<Page>,
  clock: Clock = systemClock,
): Promise<ConnectionList> {
  const connections = new Map<string, Connection>();
  const malformed: string[] = [];
  const latest = clock.now() + longestSeconds;
  let counted: number | undefined;
  for (let received = 0, pages = 1; ; pages += 1) {
    const page = await readPage(received);
    if (pages > 1) assertUnchanged(counted, page.total);
    counted = page.total;
    const known = connections.size;
    for (const connection of page.connections) connections.set(connection.id, connection);
    malformed.push(...page.malformed);
    received += page.connections.length + page.malformed.length;
    const isLast = connections.size === known || received >= (counted ?? Number.POSITIVE_INFINITY);
    if (isLast) break;
    if (pages === mostPages || clock.now() >= latest) throw unending(received);
  }
  assertComplete(connections.size + malformed.length, counted ?? 0);
  return Object.assign(connections, { doubt: doubtOf(counted, malformed) });
}

/** If connections come and go while the pages are read, one may be on none of them. */
function assertUnchanged(before: number | undefined, after: number | undefined): void {
  if (before === after) return;
  const message = `Datadog's list changed while it was read, from ${before} to ${after} connections`;
  throw new ApiError("incomplete", message);
}

function assertComplete(listed: number, total: number): void {
  if (listed >= total) return;
  const message = `Datadog's list is incomplete: it has ${listed} of ${total} connections`;
  throw new ApiError("incomplete", message);
}

function unending(received: number): ApiError {
  return new ApiError(
    "unexpectedResponse",
    `Datadog's list doesn't end: ${received} connections were read`,
  );
}

function doubtOf(
  counted: number | undefined,
  [malformed]: readonly string[],
): ApiError | undefined {
  if (malformed !== undefined) return new ApiError("unexpectedResponse", malformed);
  if (counted !== undefined) return undefined;
  return new ApiError("incomplete", "Datadog's list doesn't say how many connections it has");
}
