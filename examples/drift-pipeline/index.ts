import * as pulumi from "@pulumi/pulumi";
import { type ConnectionType, OrgConnection } from "pulumi-datadog-org-connections";

interface ConnectionConfig {
  sinkOrgId: string;
  types: ConnectionType[];
}

const config = new pulumi.Config();
const wanted = config.requireObject<Record<string, ConnectionConfig>>("connections");

/** Id of each connection, by the name that the configuration gives it. */
export const connectionIds = Object.fromEntries(
  Object.entries(wanted).map(([name, { sinkOrgId, types }]) => {
    const connection = new OrgConnection(name, { sinkOrgId, connectionTypes: types });
    return [name, connection.id];
  }),
);
