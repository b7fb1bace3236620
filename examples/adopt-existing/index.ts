import * as pulumi from "@pulumi/pulumi";
import { OrgConnection } from "pulumi-datadog-org-connections";

const config = new pulumi.Config();

// Whatever connects the two orgs is taken over and given these types; where nothing does, a
// connection is created.
const toSecurity = new OrgConnection("to-security", {
  sinkOrgId: config.require("securityOrgId"),
  connectionTypes: ["audit", "logs"],
  adoptExisting: true,
});

// Exactly this connection is taken over, as it is; any difference fails and changes nothing.
const toHub = new OrgConnection(
  "to-hub",
  { sinkOrgId: config.require("hubOrgId"), connectionTypes: ["logs", "metrics"] },
  { import: config.require("hubConnectionId") },
);

export const adopted = { toSecurity: toSecurity.id, toHub: toHub.id };
