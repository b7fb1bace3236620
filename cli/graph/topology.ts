import type { Connection } from "../../provider/api/connection";
import { compare } from "../list/listed-connections";
import { orgSlug, UniqueNames } from "../output/names";

/** An org as a picture shows it. */
interface OrgNode {
  /** Within the picture: letters, digits and `_`. */
  readonly key: string;
  /** Missing where Datadog's answer didn't tell. */
  readonly id: string | undefined;
  readonly label: string;
}

/** A connection as a picture shows it. */
interface Edge {
  readonly source: OrgNode;
  readonly sink: OrgNode;
  readonly types: readonly string[];
}

export interface Topology {
  readonly orgs: readonly OrgNode[];
  readonly edges: readonly Edge[];
}

/** Who shares what with whom, in an order that only a change of the topology changes. */
export function topologyOf(connections: readonly Connection[]): Topology {
  const names = new Map<string | undefined, string>();
  for (const { sourceOrgId, sourceOrgName, sinkOrgId, sinkOrgName } of connections) {
    names.set(sourceOrgId, sourceOrgName || names.get(sourceOrgId) || sourceOrgId || "unknown");
    names.set(sinkOrgId, sinkOrgName || names.get(sinkOrgId) || sinkOrgId || "unknown");
  }
  const keys = new UniqueNames("_");
  const orgs = [...names]
    .sort(([id, name], [otherId, other]) => compare(name, other) || compare(id, otherId))
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
  return { orgs, edges: edges.sort(compareEdges) };
}

function compareEdges(one: Edge, other: Edge): number {
  return compare(one.source.key, other.source.key) || compare(one.sink.key, other.sink.key);
}
