import type { Connection } from "../provider/api/connection";
import type { CommonOptions } from "./options";
import { profilesToQuery, queryEach } from "./query-orgs";
import { readSources } from "./sources";

/** Lists the connections of the selected orgs, oldest first and without duplicates. */
export async function queryConnections(options: CommonOptions): Promise<Connection[]> {
  const sources = await readSources(options);
  const profiles = profilesToQuery(sources, options.profile);
  const lists = await queryEach(sources, profiles, ({ org }) => org.list());
  return lists
    .flatMap((list) => [...list])
    .reduce((distinct, [id, found]) => distinct.set(id, found), new Map<string, Connection>())
    .values()
    .toArray()
    .sort(oldestFirst);
}

/** Compares connections by creation time. */
export function oldestFirst(a: Connection, b: Connection): number {
  return time(a) - time(b) || compare(a.createdAt, b.createdAt) || compare(a.id, b.id);
}

function time({ createdAt }: Connection): number {
  return Date.parse(createdAt) || 0;
}

/** Compares two strings independently of the locale. */
export function compare(a = "", b = ""): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
