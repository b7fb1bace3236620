import type { Command } from "commander";
import type { Connection } from "../../provider/api/connection";
import { queryConnections } from "../connections";
import { type CommonOptions, withCommonOptions } from "../options";
import { print, printJson } from "../output/print";
import { table } from "../output/table";

export function addListCommand(program: Command): void {
  withCommonOptions(program.command("list"))
    .description("list the org connections")
    .addHelpText(
      "after",
      "\nA connection between two queried orgs is shown once. JSON: connections.",
    )
    .action(async (options: CommonOptions) => {
      const connections = await queryConnections(options);
      if (options.json) printJson({ connections });
      else if (connections.length === 0) print("There are no org connections.");
      else print(table(["SOURCE", "SINK", "TYPES", "CREATED", "ID"], connections.map(row)));
    });
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
