import { readFileSync } from "node:fs";
import { OrgConnection } from "pulumi-datadog-org-connections";

const { sinks, types }: { sinks: string[]; types: string[] } = JSON.parse(
  readFileSync("connections.json", "utf8"),
);
for (const [index, sinkOrgId] of sinks.entries()) {
  new OrgConnection(`sink-${index}`, { sinkOrgId, connectionTypes: types });
}
