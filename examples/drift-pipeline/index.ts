import * as pulumi from "@pulumi/pulumi";
import { type ConnectionType, OrgConnection } from "pulumi-datadog-org-connections";

const config = new pulumi.Config();
const hubOrgId = config.require("hubOrgId");
/** What each source org shares with the hub, by its credential profile. */
const sources = config.requireObject<Record<string, ConnectionType[]>>("sources");

/** Id of each connection, by the credential profile of its source org. */
export const connectionIds = Object.fromEntries(
  Object.entries(sources).map(([profile, connectionTypes]) => {
    const args = { profile, sinkOrgId: hubOrgId, connectionTypes };
    return [profile, new OrgConnection(`${profile}-to-hub`, args).id];
  }),
);
