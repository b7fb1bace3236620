import type { Connection } from "../../provider/api/connection";
import { UserError } from "../../provider/errors";
import { type OrgConnectionOutputs, outputsOf } from "../../provider/outputs";
import { orgSlug, UniqueNames } from "../output/names";
import type { AskedOrg, Profile } from "../query-orgs";

/** A connection that a program can manage, with what the provider would record of it. */
export interface Importable {
  readonly id: string;
  /** Name of the resource. */
  readonly name: string;
  readonly outputs: OrgConnectionOutputs;
}

/** A connection of an org, and whether the org is its source. */
interface OwnConnection {
  readonly connection: Connection;
  readonly isSource: boolean;
  readonly profile: Profile;
}

/**
 * The connections that an org takes part in. Datadog lets only the source change a connection.
 *
 * @throws UserError where it can't be told which org the credentials belong to.
 */
export async function connectionsOf({ profile, org }: AskedOrg): Promise<OwnConnection[]> {
  const list = await org.list();
  await org.assertExpectedOrg();
  const owner = list.size > 0 ? await org.ownId() : "";
  if (owner === undefined) {
    throw new UserError(
      "neither the credentials nor the connections tell which org this is. Use an API key and an " +
        "application key.",
    );
  }
  return [...list.values()].map((connection) => ({
    connection,
    isSource: connection.sourceOrgId === owner,
    profile,
  }));
}

/** Names the connections that can be imported, and tells those that can't. */
export function chooseImportable(all: readonly OwnConnection[]): {
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
    outputs: outputsOf(connection, profile === undefined ? {} : { profile: profile }),
  }));
  return { importable, leftOut: others.map(({ connection }) => connection) };
}

function distinct(some: readonly OwnConnection[]): OwnConnection[] {
  const seen = new Set<string>();
  return some.filter(({ connection: { id } }) => !seen.has(id) && seen.add(id));
}

function resourceName(
  { sourceOrgId, sourceOrgName, sinkOrgId, sinkOrgName }: Connection,
  namesSource: boolean,
): string {
  const toSink = `to-${orgSlug({ id: sinkOrgId, name: sinkOrgName }, "-")}`;
  if (!namesSource) return toSink;
  return `${orgSlug({ id: sourceOrgId, name: sourceOrgName }, "-")}-${toSink}`;
}
