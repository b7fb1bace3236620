import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { UserError } from "../../provider/errors";
import { readSources } from "../config/sources";
import { exitCodes } from "../exit-codes";
import { type CommonOptions, withCommonOptions } from "../options";
import { note, pluralize, print, printJson } from "../output/print";
import { table } from "../output/table";
import { ofProfile } from "../query-orgs";
import { type ActualOrg, type Drift, findDrift, isKept, pendingDeletions } from "./compare";
import { type RecordedConnection, recordedConnections } from "./exported-state";
import { queryRecordedOrgs } from "./query-recorded";

interface DriftOptions extends CommonOptions {
  readonly state?: string[];
}

export function addDriftCommand(program: Command): void {
  withCommonOptions(program.command("drift"))
    .description("compare Datadog with the state of a stack; read-only keys are enough")
    .option(
      "--state <file...>",
      "output of `pulumi stack export` for every stack that manages these orgs (default: stdin)",
    )
    .addHelpText(
      "after",
      "\nA connection is unmanaged if its source is a queried org and it is in no state.\n" +
        `Exit codes: 0 no drift, ${exitCodes.drift} drift, ${exitCodes.failure} failure, ${exitCodes.usage} wrong usage.\n` +
        "JSON: compared, drift, pendingDeletion.\n\n" +
        "  pulumi stack export | npx datadog-org-connections drift",
    )
    .action(async (options: DriftOptions, command: Command) => {
      if (options.state === undefined && process.stdin.isTTY) {
        command.error(
          "error: no state: add --state FILE, or pipe `pulumi stack export` into this command",
        );
      }
      await runDrift(options);
    });
}

async function runDrift(options: DriftOptions): Promise<void> {
  const state = await readStates(options.state);
  const sources = await readSources(options);
  const actual = await queryRecordedOrgs(state, sources, options.profile);
  for (const org of actual) noteUnknownOrg(org);
  const pending = pendingDeletions(state, actual);
  for (const { id } of pending) notePendingDeletion(id);
  const drift = findDrift(state, actual);
  const compared = actual.flatMap((org) => org.recorded.filter(isKept)).length;
  if (options.json) {
    printJson({ compared, drift: drift.map(asJson), pendingDeletion: pending.map(pendingAsJson) });
  } else if (drift.length > 0) print(table(headings, drift.map(row)));
  else print(`No drift: ${pluralize(compared, "connection")} as recorded.`);
  if (drift.length > 0) process.exitCode = exitCodes.drift;
}

function noteUnknownOrg({ profile, orgId, isOrgKnown }: ActualOrg): void {
  if (isOrgKnown) return;
  note(
    `Cannot determine which org the credentials${ofProfile(profile)} belong to; connections ` +
      `reported as deleted may only be invisible to it${orgId ? "" : ", and none are reported as unmanaged"}. ` +
      "To be sure, use an API key and an application key.",
  );
}

function notePendingDeletion(id: string): void {
  note(`The connection ${id} is pending deletion in the state: the next \`pulumi up\` deletes it.`);
}

/** @throws UserError if the states have no connection: reporting "no drift" would be misleading. */
async function readStates(files: readonly string[] | undefined): Promise<RecordedConnection[]> {
  const states =
    files === undefined
      ? [recordedConnections(await text(process.stdin), "standard input")]
      : await Promise.all(
          files.map(async (file) => recordedConnections(await readState(file), file)),
        );
  const state = states.flat();
  if (state.length > 0) return state;
  throw new UserError(
    "the state has no managed org connections. Check that it belongs to the right stack; `list` " +
      "shows the connections that exist.",
    `Cannot compare ${files?.join(", ") ?? "standard input"}`,
  );
}

async function readState(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : "", `Cannot read ${file}`);
  }
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

/** Returns the name of a resource: the last part of its URN. */
function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
