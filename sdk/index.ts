/**
 * Datadog org connections as resources of a Pulumi program: {@link OrgConnection} declares one, and
 * {@link getOrgConnections} lists those that exist.
 *
 * @packageDocumentation
 */

export {
  type GetOrgConnectionsArgs,
  type GetOrgConnectionsConnection,
  type GetOrgConnectionsOutputArgs,
  type GetOrgConnectionsOutputOptions,
  type GetOrgConnectionsResult,
  getOrgConnections,
  getOrgConnectionsOutput,
} from "./get-org-connections";
export {
  type ConnectionType,
  type GetOrgConnectionOptions,
  OrgConnection,
  type OrgConnectionArgs,
} from "./org-connection";
