import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { UserError } from "../../provider/errors";
import { askEach, ofProfile, type Profile, profilesToAsk } from "../asked-orgs";
import { type CommonOptions, withCommonOptions } from "../common-options";
import { type ActualOrg, actualOrg, type Drift, driftOf } from "../drift";
import { type RecordedConnection, recordedConnections } from "../exported-state";
import { note, print, printJson } from "../output";
import { readSources } from "../sources";
import { counted, table } from "../table";

interface DriftOptions extends CommonOptions {
  readonly state?: string[];
}

const driftFound = 7;

export function addDriftCommand(program: Command): void {
  withCommonOptions(program.command("drift"))
    .description("compare Datadog with the state of a stack; keys that may only read suffice")
    .option(
      "--state <file...>",
      "what `pulumi stack export` wrote, of all stacks that manage these orgs; else standard input",
    )
    .addHelpText(
      "after",
      "\nUnmanaged is a connection whose source is one of the orgs asked, and that no state has.\n" +
        "Exit codes: 0 no drift, 7 drift, 1 failed, 2 wrong usage. JSON: compared, drift.\n\n" +
        "  pulumi stack export | npx datadog-org-connections drift",
    )
    .action(async (options: DriftOptions, command: Command) => {
      if (options.state === undefined && process.stdin.isTTY) {
        command.error("error: give --state FILE, or the state on standard input");
      }
      await runDrift(options);
    });
}

async function runDrift(options: DriftOptions): Promise<void> {
  const state = await readStates(options.state);
  const sources = await readSources(options);
  const known = profilesToAsk(sources, options.org);
  const profiles = options.org ? known : profilesOf(state, known);
  const actual = await askEach(sources, profiles, (asked) =>
    actualOrg(asked, recordedFor(state, asked.profile)),
  );
  for (const org of actual) noteUnknownOwner(org);
  const drift = driftOf(state, actual);
  const compared = profiles.flatMap((profile) => recordedFor(state, profile)).length;
  if (options.json) printJson({ compared, drift: drift.map(asJson) });
  else if (drift.length > 0) print(table(headings, drift.map(row)));
  else print(`No drift: ${counted(compared, "connection")} as recorded.`);
  if (drift.length > 0) process.exitCode = driftFound;
}

function noteUnknownOwner({ profile, ownerId, isOwnerKnown }: ActualOrg): void {
  if (isOwnerKnown) return;
  note(
    `It can't be told which org the credentials${ofProfile(profile)} belong to: what is called ` +
      `deleted may be out of their sight${ownerId ? "" : ", and nothing is called unmanaged"}.`,
  );
}

async function readStates(files: readonly string[] | undefined): Promise<RecordedConnection[]> {
  if (files === undefined) return recordedConnections(await text(process.stdin), "standard input");
  const states = await Promise.all(
    files.map(async (file) => recordedConnections(await readState(file), file)),
  );
  return states.flat();
}

async function readState(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UserError(`Cannot read ${file}`, error instanceof Error ? error.message : "");
  }
}

/** The profiles of the state and those that have credentials. */
function profilesOf(state: readonly RecordedConnection[], known: readonly Profile[]): Profile[] {
  const recorded = new Set(state.map(({ profile }) => profile));
  const others = known.filter((profile) => profile !== undefined || recorded.size === 0);
  return [...recorded.union(new Set(others))];
}

function recordedFor(state: readonly RecordedConnection[], profile: Profile): RecordedConnection[] {
  return state.filter((recorded) => recorded.profile === profile);
}

const headings = ["DRIFT", "RESOURCE", "SOURCE", "SINK", "RECORDED", "ACTUAL", "ID"];

function row({ kind, recorded, actual }: Drift): string[] {
  const known = actual ?? recorded;
  return [
    kind,
    recorded ? nameIn(recorded.urn) : "",
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

/** The resource's name, the last part of a URN. */
function nameIn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
