import * as pulumi from "@pulumi/pulumi";
import { HubAndSpoke } from "./hub-and-spoke";

const hub = new HubAndSpoke("hub", {
  hubOrgId: new pulumi.Config().require("hubOrgId"),
  spokes: {
    payments: ["logs", "metrics"],
    shop: ["logs"],
    "data-lake": ["audit"],
  },
});

/** Id of each connection, by the credential profile of its source org. */
export const connectionIds = hub.connectionIds;
