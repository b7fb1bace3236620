import { readFileSync } from "node:fs";
import { CustomResource, type Inputs } from "@pulumi/pulumi";

/** As the SDK of `pulumi package add` has it. */
class OrgConnection extends CustomResource {
  constructor(name: string, args: Inputs) {
    const outputs = {
      sinkOrgName: undefined,
      sourceOrgId: undefined,
      sourceOrgName: undefined,
      createdAt: undefined,
      createdBy: undefined,
      createdByName: undefined,
    };
    super("datadog-org-connections:index:OrgConnection", name, { ...outputs, ...args });
  }
}

const { sinks, types }: { sinks: string[]; types: string[] } = JSON.parse(
  readFileSync("connections.json", "utf8"),
);
for (const [index, sinkOrgId] of sinks.entries()) {
  new OrgConnection(`sink-${index}`, { sinkOrgId, connectionTypes: types });
}
