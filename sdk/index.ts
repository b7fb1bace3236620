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
