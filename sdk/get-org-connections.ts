import * as pulumi from "@pulumi/pulumi";
import type { ConnectionType } from "./org-connection";

/** Which connections to list. */
export interface GetOrgConnectionsArgs {
  /** Lists only connections that share data with this org (its UUID). */
  sinkOrgId?: string | undefined;
  /** Lists only connections that share this org's data (its UUID). */
  sourceOrgId?: string | undefined;
  /** Credential profile of the org to list. By default, the top-level credentials are used. */
  profile?: string | undefined;
}

/** {@link GetOrgConnectionsArgs} with values that may be outputs of other resources. */
export type GetOrgConnectionsOutputArgs = {
  [Name in keyof GetOrgConnectionsArgs]: pulumi.Input<GetOrgConnectionsArgs[Name]>;
};

/** Options of {@link getOrgConnectionsOutput}. */
export interface GetOrgConnectionsOutputOptions {
  /** Resources that must exist before the connections are listed. */
  dependsOn?: pulumi.CustomResource | pulumi.CustomResource[];
}

/** An existing connection. A property is missing if Datadog's response doesn't include it. */
export interface GetOrgConnectionsConnection {
  /** UUID of the connection. */
  id: string;
  /** UUID, in lower case, of the org that sees the data. */
  sinkOrgId?: string;
  /** Name of the sink org when listed. */
  sinkOrgName?: string;
  /** UUID, in lower case, of the org that shares its data. */
  sourceOrgId?: string;
  /** Name of the source org when listed. */
  sourceOrgName?: string;
  /** Types of data that the sink sees, in alphabetical order, each once. */
  connectionTypes: ConnectionType[];
  /** When it was created: an RFC 3339 date-time, as Datadog returns it. */
  createdAt?: string;
  /** Id of the user who created the connection. */
  createdBy?: string;
  /** Name of the user who created the connection, when listed. */
  createdByName?: string;
}

/** The result of {@link getOrgConnections}. */
export interface GetOrgConnectionsResult {
  /** The connections, in the order of Datadog's list. */
  connections: GetOrgConnectionsConnection[];
}

/**
 * Lists the connections in which an org takes part, as source or sink. It calls Datadog
 * whenever the program runs, also during a preview.
 *
 * @param args Which connections. By default, all of the org that the top-level credentials belong to.
 * @returns The connections, as `GET /api/v2/org_connections` returns them now.
 * @throws Error with a message that says what to do, if credentials are missing or wrong, if
 *   Datadog refuses the request, or if the list can't be read completely.
 *
 * @example The orgs that see this org's data
 * ```ts
 * const { connections } = await getOrgConnections();
 * export const sinks = connections.map(({ sinkOrgName }) => sinkOrgName);
 * ```
 */
export async function getOrgConnections(
  args: GetOrgConnectionsArgs = {},
): Promise<GetOrgConnectionsResult> {
  // Loaded only when called: most programs only declare connections.
  const { OrgConnectionProvider } = await import("../provider/provider.js");
  const { UserError } = await import("../provider/errors.js");
  const report = (_severity: string, message: string) => void pulumi.log.warn(message);
  const provider = new OrgConnectionProvider({ report });
  provider.configure(new Map(Object.entries(pulumi.runtime.allConfig())));
  const connections = await provider.list(args).catch((error: unknown) => {
    // The engine shows only the message of Pulumi's own errors, without a stack.
    throw error instanceof UserError ? new pulumi.RunError(error.message) : error;
  });
  return {
    connections: connections.map(({ connectionTypes, ...rest }) => ({
      ...rest,
      connectionTypes: [...connectionTypes],
    })),
  };
}

/**
 * {@link getOrgConnections} with outputs of other resources as arguments. What isn't known yet
 * during a preview leaves the result unknown. If the list can't be read, the update fails.
 *
 * @param args Which connections. By default, all of the org that the top-level credentials belong to.
 * @param options What to wait for.
 * @returns The connections, as an output.
 *
 * @example The connections to a hub, listed after one of them is created
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
  return pulumi.output({ args, created }).apply((known) => getOrgConnections(known.args));
}
