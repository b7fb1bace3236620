import type { Command } from "commander";
import type { Connection } from "../../provider/api/connection";
import { type CommonOptions, withCommonOptions } from "../options";
import { print, printJson } from "../output/print";
import { table } from "../output/table";
import { listedConnections } from "./listed-connections";

export function addListCommand(program: Command): void {
  withCommonOptions(program.command("list"))
    .description("show the org connections, as a table")
    .addHelpText(
      "after",
      "\nA connection that two of the orgs take part in is shown once. JSON: connections.",
    )
    .action(async (options: CommonOptions) => {
      const connections = await listedConnections(options);
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
