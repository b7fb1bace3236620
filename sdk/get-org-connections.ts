import * as pulumi from "@pulumi/pulumi";
import type { ConnectionType } from "./org-connection";

/** Which connections to list. */
export interface GetOrgConnectionsArgs {
  /** UUID of an org: only connections that share with it. */
  sinkOrgId?: string;
  /** UUID of an org: only connections that share its data. */
  sourceOrgId?: string;
  /** Credential profile of the org to ask; without one the top-level credentials serve. */
  profile?: string;
}

/** {@link GetOrgConnectionsArgs}, as outputs of other resources. */
export interface GetOrgConnectionsOutputArgs {
  /** UUID of an org: only connections that share with it. */
  sinkOrgId?: pulumi.Input<string | undefined>;
  /** UUID of an org: only connections that share its data. */
  sourceOrgId?: pulumi.Input<string | undefined>;
  /** Credential profile of the org to ask; without one the top-level credentials serve. */
  profile?: pulumi.Input<string | undefined>;
}

/** Options of {@link getOrgConnectionsOutput}. */
export interface GetOrgConnectionsOutputOptions {
  /** Resources that must exist before Datadog is asked. */
  dependsOn?: pulumi.CustomResource | pulumi.CustomResource[];
}

/** A connection that exists. What Datadog left out of its answer is missing. */
export interface GetOrgConnectionsConnection {
  /** UUID of the connection, as Datadog gave it. */
  id: string;
  /** UUID, in lower case, of the org that sees the data. */
  sinkOrgId?: string;
  /** Name of the sink org at this moment. */
  sinkOrgName?: string;
  /** UUID, in lower case, of the org whose data is seen. */
  sourceOrgId?: string;
  /** Name of the source org at this moment. */
  sourceOrgName?: string;
  /** What the sink sees, in alphabetical order, each type once. */
  connectionTypes: ConnectionType[];
  /** When it was created: date-time of RFC 3339, as Datadog gave it. */
  createdAt?: string;
  /** Id of the user who created the connection. */
  createdBy?: string;
  /** Name of that user. */
  createdByName?: string;
}

/** What {@link getOrgConnections} found. */
export interface GetOrgConnectionsResult {
  /** In the order of Datadog's list. */
  connections: GetOrgConnectionsConnection[];
}

/**
 * Lists the connections in which an org takes part, as source or sink. It asks Datadog whenever
 * the program runs, during a preview too.
 *
 * @param args Without them, every connection of the org of the top-level credentials.
 * @returns The connections, read from Datadog's list (`GET /api/v2/org_connections`) at this moment.
 * @throws Error with a message that says what to do, where credentials are missing or wrong, where
 *   Datadog refuses, and where the list can't be read whole.
 *
 * @example Who sees the data of this org
 * ```ts
 * const { connections } = await getOrgConnections();
 * export const sinks = connections.map(({ sinkOrgName }) => sinkOrgName);
 * ```
 */
export async function getOrgConnections(
  args: GetOrgConnectionsArgs = {},
): Promise<GetOrgConnectionsResult> {
  // Loaded only where it is used: most programs only declare connections.
  const { listConnections } = await import("../provider/listing.js");
  const sources = { config: { get: pulumi.runtime.getConfig }, environment: process.env };
  const tell = (message: string) => void pulumi.log.warn(message);
  const connections = await listConnections(sources, args, { tell });
  return {
    connections: connections.map(({ connectionTypes, ...rest }) => ({
      ...rest,
      connectionTypes: [...connectionTypes],
    })),
  };
}

/**
 * {@link getOrgConnections} with outputs of other resources as arguments. What isn't known yet
 * during a preview leaves the result unknown. Where the list can't be read, the update fails.
 *
 * @param args Without them, every connection of the org of the top-level credentials.
 * @param options What to wait for.
 * @returns The connections, as an output.
 *
 * @example The connections to a hub, once one of them was created
 * ```ts
 * const toHub = new OrgConnection("to-hub", { sinkOrgId: hub, connectionTypes: ["logs"] });
 * const all = getOrgConnectionsOutput({ sinkOrgId: hub }, { dependsOn: toHub });
 * export const sources = all.connections.apply((list) => list.map((one) => one.sourceOrgName));
 * ```
 */
export function getOrgConnectionsOutput(
  args: GetOrgConnectionsOutputArgs = {},
  options: GetOrgConnectionsOutputOptions = {},
): pulumi.Output<GetOrgConnectionsResult> {
  const { dependsOn = [] } = options;
  const created = pulumi.all([dependsOn].flat().map(({ id }) => id));
  return pulumi.output({ args, created }).apply(({ args: { sinkOrgId, sourceOrgId, profile } }) =>
    getOrgConnections({
      ...(sinkOrgId !== undefined && { sinkOrgId }),
      ...(sourceOrgId !== undefined && { sourceOrgId }),
      ...(profile !== undefined && { profile }),
    }),
  );
}
