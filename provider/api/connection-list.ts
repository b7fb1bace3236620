import type { Connection } from "./connection";
import type { Page } from "./endpoints";
import { ApiError } from "./errors";

/** Connections by their ids. */
export interface ConnectionList extends ReadonlyMap<string, Connection> {
  /** If not, a connection may be missing: it may have moved to a page that was already read. */
  readonly isSinglePage: boolean;
}

/**
 * Reads all pages of a list.
 *
 * @param readPage Reads the page that begins at an offset.
 * @throws ApiError `incomplete` if connections are missing: they would count as deleted.
 */
export async function readPages(
  readPage: (offset: number) => Promise<Page>,
): Promise<ConnectionList> {
  const connections = new Map<string, Connection>();
  let counted: number | undefined;
  for (let received = 0; ; ) {
    const page = await readPage(received);
    if (received > 0) assertUnchanged(counted, page.total);
    counted = page.total;
    const known = connections.size;
    for (const connection of page.connections) connections.set(connection.id, connection);
    received += page.connections.length;
    const isLast = connections.size === known || received >= (counted ?? Number.POSITIVE_INFINITY);
    if (!isLast) continue;
    assertComplete(connections.size, counted ?? received);
    return Object.assign(connections, { isSinglePage: received === page.connections.length });
  }
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
