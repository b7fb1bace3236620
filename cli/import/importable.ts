import type { Connection } from "../../provider/api/connection";
import { UserError } from "../../provider/errors";
import { type OrgConnectionOutputs, outputsOf } from "../../provider/outputs";
import { orgSlug, UniqueNames } from "../output/names";
import type { Profile, QueriedOrg } from "../query-orgs";

/** A connection that a program can manage, with the outputs that the provider would record. */
export interface Importable {
  readonly id: string;
  /** The name of the resource. */
  readonly name: string;
  readonly outputs: OrgConnectionOutputs;
}

/** A connection, and whether the queried org is its source. */
interface QueriedConnection {
  readonly connection: Connection;
  readonly isSource: boolean;
  readonly profile: Profile;
}

/**
 * Lists the connections of an org. Datadog only lets the source org change a connection.
 *
 * @throws UserError if it is unknown which org the credentials belong to.
 */
export async function connectionsOf({ profile, org }: QueriedOrg): Promise<QueriedConnection[]> {
  const list = await org.list();
  await org.assertExpected();
  const ownId = list.size > 0 ? await org.ownId() : "";
  if (ownId === undefined) {
    throw new UserError(
      "it is unknown which org these credentials belong to. Use an API key and an application key.",
    );
  }
  return [...list.values()].map((connection) => ({
    connection,
    isSource: connection.sourceOrgId === ownId,
    profile,
  }));
}

/** Names the connections that can be imported, and returns those that can't. */
export function selectImportable(all: readonly QueriedConnection[]): {
  readonly importable: readonly Importable[];
  readonly leftOut: readonly Connection[];
} {
  const own = distinct(all.filter(({ isSource }) => isSource));
  const ids = new Set(own.map(({ connection }) => connection.id));
  const others = distinct(all.filter(({ connection }) => !ids.has(connection.id)));
  const sources = new Set(own.map(({ connection }) => connection.sourceOrgId));
  const names = new UniqueNames("-");
  const importable = own.map(({ connection, profile }) => ({
    id: connection.id,
    name: names.take(resourceName(connection, sources.size > 1)),
    outputs: outputsOf(connection, profile === undefined ? {} : { profile }),
  }));
  return { importable, leftOut: others.map(({ connection }) => connection) };
}

function distinct(connections: readonly QueriedConnection[]): QueriedConnection[] {
  const seen = new Set<string>();
  return connections.filter(({ connection: { id } }) => !seen.has(id) && seen.add(id));
}

function resourceName(
  { sourceOrgId, sourceOrgName, sinkOrgId, sinkOrgName }: Connection,
  namesSource: boolean,
): string {
  const toSink = `to-${orgSlug({ id: sinkOrgId, name: sinkOrgName }, "-")}`;
  if (!namesSource) return toSink;
  return `${orgSlug({ id: sourceOrgId, name: sourceOrgName }, "-")}-${toSink}`;
}
