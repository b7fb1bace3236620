import type { Command } from "commander";
import { UserError } from "../provider/errors";
import { compareWithDatadog, type Drift } from "./compare";
import { readText } from "./files";
import { addCommand, type CommonOptions, exitCodes } from "./options";
import { note, pluralize, print, printJson, table } from "./output";
import { readSources } from "./sources";
import { type RecordedConnection, recordedConnections, resourceName } from "./state";

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
  if (options.state === undefined && process.stdin.isTTY) {
    command.error(
      "error: no state: add --state FILE, or pipe `pulumi stack export` into this command",
    );
  }
  const state = await readStates(options.state);
  const sources = await readSources(options);
  const { compared, drift, pendingDeletion } = await compareWithDatadog(
    state,
    sources,
    options.profile,
  );
  for (const { id } of pendingDeletion) notePendingDeletion(id);
  if (options.json) {
    printJson({
      compared,
      drift: drift.map(asJson),
      pendingDeletion: pendingDeletion.map(pendingAsJson),
    });
  } else if (drift.length > 0) print(table(headings, drift.map(row)));
  else print(`No drift: ${pluralize(compared, "connection")} as recorded.`);
  return drift.length > 0 ? exitCodes.drift : exitCodes.success;
}

function notePendingDeletion(id: string): void {
  note(`The connection ${id} is pending deletion in the state: the next \`pulumi up\` deletes it.`);
}

/** @throws UserError if the states have no connection: reporting "no drift" would be misleading. */
async function readStates(files: readonly string[] | undefined): Promise<RecordedConnection[]> {
  const states = await Promise.all(
    (files ?? [undefined]).map(async (file) =>
      recordedConnections(await readText(file), file ?? "standard input"),
    ),
  );
  const state = states.flat();
  if (state.length > 0) return state;
  throw new UserError(
    "the state has no managed org connections. Check that it belongs to the right stack; `list` " +
      "shows the connections that exist.",
    `Cannot compare ${files?.join(", ") ?? "standard input"}`,
  );
}

const headings = ["DRIFT", "RESOURCE", "SOURCE", "SINK", "RECORDED", "ACTUAL", "ID"];

function row({ kind, recorded, actual }: Drift): string[] {
  const known = actual ?? recorded;
  return [
    kind,
    recorded ? resourceName(recorded.urn) : "",
    known.sourceOrgName ?? known.sourceOrgId ?? "",
    known.sinkOrgName ?? known.sinkOrgId ?? "",
    recorded?.connectionTypes.join(", ") ?? "",
    actual?.connectionTypes.join(", ") ?? "",
    known.id,
  ];
}

function asJson({ kind, recorded, actual }: Drift): object {
  const known = actual ?? recorded;
  return {
    kind,
    id: known.id,
    urn: recorded?.urn ?? null,
    profile: recorded?.profile ?? null,
    sourceOrgId: known.sourceOrgId ?? null,
    sourceOrgName: known.sourceOrgName ?? null,
    sinkOrgId: known.sinkOrgId ?? null,
    sinkOrgName: known.sinkOrgName ?? null,
    recordedTypes: recorded?.connectionTypes ?? null,
    actualTypes: actual?.connectionTypes ?? null,
  };
}

function pendingAsJson({ id, urn, profile }: RecordedConnection): object {
  return { id, urn, profile: profile ?? null };
}
