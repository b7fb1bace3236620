import type { Command } from "commander";
import type { Connection } from "../provider/api/connection";
import { queryConnections } from "./connections";
import { addCommand, type CommonOptions, exitCodes } from "./options";
import { print, printJson, table } from "./output";

export function addListCommand(program: Command): void {
  addCommand(program, "list", runList)
    .description("list the org connections")
    .addHelpText(
      "after",
      "\nA connection between two queried orgs is shown once. JSON: connections.",
    );
}

async function runList(options: CommonOptions): Promise<number> {
  const connections = await queryConnections(options);
  if (options.json) printJson({ connections });
  else if (connections.length === 0) print("There are no org connections.");
  else print(table(["SOURCE", "SINK", "TYPES", "CREATED", "ID"], connections.map(row)));
  return exitCodes.success;
}

function row(connection: Connection): string[] {
  const { sourceOrgName, sourceOrgId, sinkOrgName, sinkOrgId } = connection;
  return [
    sourceOrgName ?? sourceOrgId ?? "",
    sinkOrgName ?? sinkOrgId ?? "",
    connection.connectionTypes.join(", "),
    connection.createdAt?.slice(0, 10) ?? "",
    connection.id,
  ];
}
