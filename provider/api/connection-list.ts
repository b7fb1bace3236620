import { type Clock, systemClock } from "./clock";
import type { Connection } from "./connection";
import { ApiError } from "./errors";
import type { Page } from "./wire";

const mostPages = 1000;
const longestSeconds = 600;

/** Connections by their ids. */
export interface ConnectionList extends ReadonlyMap<string, Connection> {
  /** What is wrong with the first entry that couldn't be read. */
  readonly malformed: ApiError | undefined;
  /** The error to throw before a connection that isn't listed may count as absent. */
  readonly doubt: ApiError | undefined;
}

/**
 * Reads all pages of a list, until one brings nothing new.
 *
 * @param readPage Reads the page that begins at an offset.
 * @throws ApiError `incomplete` if the list has fewer connections than it counts, or changes while it
 *   is read: one may be on none of its pages.
 */
export async function readPages(
  readPage: (offset: number) => Promise<Page>,
  clock: Clock = systemClock,
): Promise<ConnectionList> {
  const connections = new Map<string, Connection>();
  const problems: string[] = [];
  const latest = clock.now() + longestSeconds;
  let total: number | undefined;
  for (let received = 0, pages = 1; ; pages += 1) {
    const page = await readPage(received);
    if (pages > 1 && page.total !== total) {
      throw incomplete(
        `Datadog's list changed while it was read, from ${total} to ${page.total} connections`,
      );
    }
    total = page.total;
    const known = connections.size;
    for (const connection of page.connections) connections.set(connection.id, connection);
    problems.push(...page.malformed);
    received += page.connections.length + page.malformed.length;
    if (connections.size === known || (total !== undefined && received >= total)) break;
    if (pages === mostPages || clock.now() >= latest) {
      const message = `Datadog's list doesn't end: ${received} connections were read`;
      throw new ApiError("unexpectedResponse", message);
    }
  }
  const listed = connections.size + problems.length;
  if (total !== undefined && listed < total) {
    throw incomplete(`Datadog's list is incomplete: it has ${listed} of ${total} connections`);
  }
  const [problem] = problems;
  const malformed = problem === undefined ? undefined : new ApiError("unexpectedResponse", problem);
  const uncounted = incomplete("Datadog's list doesn't say how many connections it has");
  const doubt = malformed ?? (total === undefined ? uncounted : undefined);
  return Object.assign(connections, { malformed, doubt });
}

function incomplete(message: string): ApiError {
  return new ApiError("incomplete", message);
}
