import * as pulumi from "@pulumi/pulumi";
import { HubAndSpoke } from "./hub-and-spoke";
import spokes from "./orgs.json";

const hub = new HubAndSpoke("hub", {
  hubOrgId: new pulumi.Config().require("hubOrgId"),
  types: ["logs"],
  spokes,
});

/** Id of each connection, by the name of its source org in orgs.json. */
export const connectionIds = hub.connectionIds;
