import type { Command } from "commander";
import type { Connection } from "../provider/api/connection";
import { addCommand, type CommonOptions, type Output } from "./options";
import { compare, table } from "./output";
import { queryProfiles } from "./query-orgs";

export function addListCommand(program: Command): void {
  addCommand(program, "list", runList)
    .description("list the org connections")
    .addHelpText(
      "after",
      "\nA connection between two queried orgs is shown once. JSON: connections.",
    );
}

async function runList(options: CommonOptions): Promise<Output> {
  const connections = await queryConnections(options);
  const headings = ["SOURCE", "SINK", "TYPES", "CREATED", "ID"];
  const isEmpty = connections.length === 0;
  const text = () =>
    isEmpty ? "There are no org connections." : table(headings, connections.map(row));
  return { json: { connections }, text };
}

function row(connection: Connection): string[] {
  const { sourceOrgName, sourceOrgId = "", sinkOrgName, sinkOrgId = "" } = connection;
  return [
    sourceOrgName ?? sourceOrgId,
    sinkOrgName ?? sinkOrgId,
    connection.connectionTypes.join(", "),
    connection.createdAt.slice(0, 10),
    connection.id,
  ];
}

/** Lists the connections of the selected orgs, oldest first and without duplicates. */
export async function queryConnections(options: CommonOptions): Promise<Connection[]> {
  const lists = await queryProfiles(options, ({ org }) => org.list());
  const byId = new Map(lists.flatMap((list) => [...list]));
  return [...byId.values()].sort(oldestFirst);
}

/** Compares connections by creation time. */
export function oldestFirst(a: Connection, b: Connection): number {
  return time(a) - time(b) || compare(a.createdAt, b.createdAt) || compare(a.id, b.id);
}

function time({ createdAt }: Connection): number {
  return Date.parse(createdAt) || 0;
}
