import type { Connection } from "../../provider/api/connection";
import { compare } from "../connections";
import { orgSlug, UniqueNames } from "../output/names";

/** An org in the graph. */
interface OrgNode {
  /** Unique in the graph: letters, digits and `_`. */
  readonly key: string;
  /** Missing if Datadog's response doesn't include it. */
  readonly id: string | undefined;
  readonly label: string;
}

/** A connection in the graph. */
interface Edge {
  readonly source: OrgNode;
  readonly sink: OrgNode;
  readonly types: readonly string[];
}

export interface Topology {
  readonly orgs: readonly OrgNode[];
  readonly edges: readonly Edge[];
}

/** Builds the graph. Its order depends only on names and ids, so that diffs stay small. */
export function topologyOf(connections: readonly Connection[]): Topology {
  const names = new Map<string | undefined, string>();
  for (const { sourceOrgId, sourceOrgName, sinkOrgId, sinkOrgName } of connections) {
    names.set(sourceOrgId, sourceOrgName || names.get(sourceOrgId) || sourceOrgId || "unknown");
    names.set(sinkOrgId, sinkOrgName || names.get(sinkOrgId) || sinkOrgId || "unknown");
  }
  const keys = new UniqueNames("_");
  const orgs = [...names]
    .sort(([idA, nameA], [idB, nameB]) => compare(nameA, nameB) || compare(idA, idB))
    .map(([id, name]) => ({
      key: keys.take(`org_${orgSlug({ id, name }, "_")}`),
      id,
      label: name,
    }));
  const rank = new Map(orgs.map((org, index) => [org.id, index]));
  const nodeOf = (id: string | undefined) => orgs[rank.get(id) ?? 0];
  const edges = connections.flatMap(({ sourceOrgId, sinkOrgId, connectionTypes }) => {
    const [source, sink] = [nodeOf(sourceOrgId), nodeOf(sinkOrgId)];
    return source && sink ? [{ source, sink, types: connectionTypes }] : [];
  });
  return { orgs, edges: edges.sort(byKeys) };
}

function byKeys(a: Edge, b: Edge): number {
  return compare(a.source.key, b.source.key) || compare(a.sink.key, b.sink.key);
}
