import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { UserError } from "../../provider/errors";
import { profileName } from "../../provider/settings/setting-sources";
import { readSources, type ToolSources } from "../config/sources";
import { type CommonOptions, withCommonOptions } from "../options";
import { note, print, printJson } from "../output/print";
import { counted, table } from "../output/table";
import { askEach, ofProfile, type Profile, profilesToAsk } from "../query-orgs";
import {
  type ActualOrg,
  actualOrg,
  type Drift,
  driftOf,
  isKept,
  pendingDeletions,
} from "./compare";
import { type RecordedConnection, recordedConnections } from "./exported-state";

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
        "Exit codes: 0 no drift, 7 drift, 1 failed, 2 wrong usage.\n" +
        "JSON: compared, drift, pendingDeletion.\n\n" +
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
  const recorded = Map.groupBy(state, ({ profile }) => profile && profileName(sources, profile));
  const profiles = profilesToCompare(sources, recorded, options.profile);
  const actual = await askEach(sources, profiles, (asked) =>
    actualOrg(asked, recorded.get(asked.profile) ?? []),
  );
  for (const org of actual) noteUnknownOwner(org);
  const pending = pendingDeletions(state, actual);
  for (const { id } of pending) notePendingDeletion(id);
  const drift = driftOf(state, actual);
  const compared = actual.flatMap((org) => org.recorded.filter(isKept)).length;
  if (options.json) {
    printJson({ compared, drift: drift.map(asJson), pendingDeletion: pending.map(pendingAsJson) });
  } else if (drift.length > 0) print(table(headings, drift.map(row)));
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

function notePendingDeletion(id: string): void {
  note(`The connection ${id} is pending deletion in the state: the next \`pulumi up\` deletes it.`);
}

/** @throws UserError if there is nothing to compare: "no drift" would be no answer then. */
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
    "it records no org connection that its stack manages. Is it the state of the right stack? " +
      "`list` shows the connections that exist.",
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

type ByProfile = ReadonlyMap<Profile, readonly RecordedConnection[]>;

/**
 * The profiles that are named, else those of the state and those that have credentials.
 *
 * @throws AggregateError of a UserError for each profile of which the state has nothing.
 */
function profilesToCompare(
  sources: ToolSources,
  recorded: ByProfile,
  named: readonly string[] | undefined,
): Profile[] {
  const known = profilesToAsk(sources, named);
  if (named === undefined) {
    const others = known.filter((profile) => profile !== undefined);
    return [...new Set([...recorded.keys(), ...others])];
  }
  const missing = known.filter((profile) => !recorded.has(profile));
  if (missing.length === 0) return known;
  throw new AggregateError(missing.map((profile) => nothingRecorded(profile, recorded)));
}

function nothingRecorded(profile: Profile, recorded: ByProfile): UserError {
  const names = [...recorded.values()].flat().map(({ profile: name }) => name && `"${name}"`);
  const distinct = [...new Set(names)].map((name) => name ?? "(no profile)").sort();
  return new UserError(
    `the state records no connection of it. Recorded profiles: ${distinct.join(", ")}. ` +
      "Without --org, every profile that has credentials is compared.",
    `Cannot compare the profile "${profile}"`,
  );
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

function pendingAsJson({ id, urn, profile }: RecordedConnection): object {
  return { id, urn, profile: profile ?? null };
}

/** The resource's name, the last part of a URN. */
function nameIn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
