import * as pulumi from "@pulumi/pulumi";
import { OrgConnection } from "pulumi-datadog-org-connections";

const config = new pulumi.Config();

// Takes over the connection between the two orgs and gives it these types. If there is none, creates
// one.
const toSecurity = new OrgConnection("to-security", {
  sinkOrgId: config.require("securityOrgId"),
  connectionTypes: ["audit", "logs"],
  adoptExisting: true,
});

// Takes over exactly this connection. If it isn't as declared, the update fails and changes nothing.
const toHub = new OrgConnection(
  "to-hub",
  { sinkOrgId: config.require("hubOrgId"), connectionTypes: ["logs", "metrics"] },
  { import: config.require("hubConnectionId") },
);

export const adopted = { toSecurity: toSecurity.id, toHub: toHub.id };
