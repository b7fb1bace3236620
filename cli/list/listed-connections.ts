import type { Connection } from "../../provider/api/connection";
import { readSources } from "../config/sources";
import type { CommonOptions } from "../options";
import { askEach, profilesToAsk } from "../query-orgs";

/** The connections of all orgs that the options name, oldest first, each once. */
export async function listedConnections(options: CommonOptions): Promise<Connection[]> {
  const sources = await readSources(options);
  const profiles = profilesToAsk(sources, options.profile);
  const lists = await askEach(sources, profiles, ({ org }) => org.list());
  return lists
    .flatMap((list) => [...list])
    .reduce((distinct, [id, found]) => distinct.set(id, found), new Map<string, Connection>())
    .values()
    .toArray()
    .sort(oldestFirst);
}

export function oldestFirst(one: Connection, other: Connection): number {
  return (
    time(one) - time(other) || compare(one.createdAt, other.createdAt) || compare(one.id, other.id)
  );
}

function time({ createdAt }: Connection): number {
  return Date.parse(createdAt) || 0;
}

/** Below zero where `one` comes before `other`, the same for every locale. */
export function compare(one = "", other = ""): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
