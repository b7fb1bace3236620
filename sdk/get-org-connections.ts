import * as pulumi from "@pulumi/pulumi";
import type { ConnectionType } from "./org-connection";

/** Which connections to list. */
export interface GetOrgConnectionsArgs {
  /** Only connections with this sink. */
  sinkOrgId?: string;
  /** Only connections with this source. */
  sourceOrgId?: string;
  /** Credential profile of the org to ask; without one the top-level credentials serve. */
  sourceOrg?: string;
}

/** {@link GetOrgConnectionsArgs}, as outputs of other resources. */
export interface GetOrgConnectionsOutputArgs {
  sinkOrgId?: pulumi.Input<string | undefined>;
  sourceOrgId?: pulumi.Input<string | undefined>;
  sourceOrg?: pulumi.Input<string | undefined>;
}

/** Options of {@link getOrgConnectionsOutput}. */
export interface GetOrgConnectionsOutputOptions {
  /** Resources that must exist before Datadog is asked. */
  dependsOn?: pulumi.CustomResource | pulumi.CustomResource[];
}

/** A connection that exists. What Datadog left out of its answer is missing. */
export interface GetOrgConnectionsConnection {
  id: string;
  sinkOrgId?: string;
  sinkOrgName?: string;
  sourceOrgId?: string;
  sourceOrgName?: string;
  /** In alphabetical order, each once. */
  connectionTypes: ConnectionType[];
  /** Date-time of RFC 3339. */
  createdAt?: string;
  /** Id of the user who created the connection. */
  createdBy?: string;
  createdByName?: string;
}

export interface GetOrgConnectionsResult {
  /** Oldest first. */
  connections: GetOrgConnectionsConnection[];
}

/**
 * Lists the connections in which an org takes part, as source or sink. It asks Datadog whenever
 * the program runs, during a preview too.
 *
 * @throws Error that says what to do, where credentials are missing or Datadog refuses.
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
  const config = { get: pulumi.runtime.getConfig };
  const connections = await listConnections({ config, environment: process.env }, args);
  return {
    connections: connections.map(({ connectionTypes, ...rest }) => ({
      ...rest,
      connectionTypes: [...connectionTypes],
    })),
  };
}

/**
 * {@link getOrgConnections} with outputs of other resources as arguments. What isn't known yet
 * during a preview leaves the result unknown.
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
  { dependsOn = [] }: GetOrgConnectionsOutputOptions = {},
): pulumi.Output<GetOrgConnectionsResult> {
  const created = pulumi.all([dependsOn].flat().map(({ id }) => id));
  return pulumi.output({ args, created }).apply(({ args: { sinkOrgId, sourceOrgId, sourceOrg } }) =>
    getOrgConnections({
      ...(sinkOrgId !== undefined && { sinkOrgId }),
      ...(sourceOrgId !== undefined && { sourceOrgId }),
      ...(sourceOrg !== undefined && { sourceOrg }),
    }),
  );
}
