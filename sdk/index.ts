export { type ConnectionType, OrgConnection, type OrgConnectionArgs } from "./org-connection";
