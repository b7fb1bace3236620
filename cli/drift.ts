import type { Command } from "commander";
import { UserError } from "../provider/errors";
import { compareWithDatadog, type Difference } from "./compare";
import { addCommand, type CommonOptions, exitCodes } from "./options";
import { note, pluralize, print, printJson, table } from "./output";
import { readSettings } from "./settings";
import { readState, resourceName } from "./state";

interface DriftOptions extends CommonOptions {
  readonly state?: string[];
}

export function addDriftCommand(program: Command): void {
  addCommand(program, "drift", runDrift)
    .description("compare Datadog with the state of a stack; read-only keys are enough")
    .option(
      "--state <file...>",
      "output of `pulumi stack export` for every stack that manages these orgs (default: stdin)",
    )
    .addHelpText(
      "after",
      "\nA connection is compared with its source org or its sink: the keys of a hub are enough for all\n" +
        "that share with it. It is unmanaged if its source is a queried org and it is in no state.\n" +
        `Exit codes: 0 no drift, ${exitCodes.drift} drift, ${exitCodes.failure} failure, ${exitCodes.usage} wrong usage.\n` +
        "JSON: compared, drift, pendingDeletion.\n\n" +
        "  pulumi stack export | npx datadog-org-connections drift",
    );
}

async function runDrift(options: DriftOptions, command: Command): Promise<number> {
  const { state: files, profile, json } = options;
  if (files === undefined && process.stdin.isTTY) {
    command.error(
      "error: no state: add --state FILE, or pipe `pulumi stack export` into this command",
    );
  }
  const state = (await Promise.all((files ?? [undefined]).map((file) => readState(file)))).flat();
  if (state.length === 0) {
    throw new UserError(
      "the state has no managed org connections. Check that it belongs to the right stack; `list` " +
        "shows the connections that exist.",
      `Cannot compare ${files?.join(", ") ?? "standard input"}`,
    );
  }
  const comparison = await compareWithDatadog(state, await readSettings(options), profile);
  const { compared, drift, pendingDeletion } = comparison;
  for (const { id } of pendingDeletion) {
    note(
      `The connection ${id} is pending deletion in the state: the next \`pulumi up\` deletes it.`,
    );
  }
  if (json) printJson(comparison);
  else if (drift.length > 0) print(table(headings, drift.map(row)));
  else print(`No drift: ${pluralize(compared, "connection")} as recorded.`);
  return drift.length > 0 ? exitCodes.drift : exitCodes.success;
}

const headings = ["DRIFT", "RESOURCE", "SOURCE", "SINK", "RECORDED", "ACTUAL", "ID"];

function row(difference: Difference): string[] {
  const { kind, urn, sourceOrgName, sinkOrgName, recordedTypes, actualTypes } = difference;
  return [
    kind,
    resourceName(urn ?? ""),
    sourceOrgName ?? difference.sourceOrgId ?? "",
    sinkOrgName ?? difference.sinkOrgId ?? "",
    recordedTypes?.join(", ") ?? "",
    actualTypes?.join(", ") ?? "",
    difference.id,
  ];
}
