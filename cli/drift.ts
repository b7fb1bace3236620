import type { Command } from "commander";
import { type Connection, sameTypes } from "../provider/api/connection";
import type { ConnectionList } from "../provider/api/connection-list";
import { UserError, withUserErrors } from "../provider/errors";
import { findRecorded } from "../provider/gone";
import { ofProfile } from "../provider/identity";
import { shownName } from "../provider/profile-names";
import type { Settings } from "../provider/settings";
import { oldestFirst } from "./list";
import { addCommand, type CommonOptions, exitCodes, type Output } from "./options";
import { compare, cut, listed, note, pluralize, table } from "./output";
import {
  inParallel,
  type Profile,
  profilesToQuery,
  type QueriedOrg,
  queriedOrg,
  queryOrgs,
  setOrgIdOfTool,
} from "./query-orgs";
import { readSettings } from "./settings";
import { type RecordedConnection, readState, resourceName } from "./state";

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

async function runDrift(options: DriftOptions, command: Command): Promise<Output> {
  const { state: files, profile: named } = options;
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
  const comparison = await compareWithDatadog(state, await readSettings(options), named);
  const { compared, drift, pendingDeletion } = comparison;
  for (const { id } of pendingDeletion) {
    note(
      `The connection ${id} is pending deletion in the state: the next \`pulumi up\` deletes it.`,
    );
  }
  return drift.length > 0
    ? { json: comparison, text: () => table(headings, drift.map(row)), exitCode: exitCodes.drift }
    : {
        json: comparison,
        text: () => `No drift: ${pluralize(compared, "connection")} as recorded.`,
      };
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

/** A difference between the state and Datadog, as `--json` prints it. */
type Difference = ReturnType<typeof difference>;

/** @param known The connection in Datadog if it exists, and what the state records besides. */
function difference(
  kind: "changed" | "deleted" | "unmanaged",
  known: Pick<Connection, "id"> & Partial<Omit<RecordedConnection, "connectionTypes">>,
  recordedTypes: readonly string[] | null,
  actualTypes: readonly string[] | null,
) {
  return {
    kind,
    id: known.id,
    urn: known.urn ?? null,
    profile: known.profile ?? null,
    sourceOrgId: known.sourceOrgId ?? null,
    sourceOrgName: known.sourceOrgName ?? null,
    sinkOrgId: known.sinkOrgId ?? null,
    sinkOrgName: known.sinkOrgName ?? null,
    recordedTypes,
    actualTypes,
  };
}

interface ActualOrg extends QueriedOrg {
  /** `undefined` if neither Datadog nor the settings name it. */
  readonly orgId: string | undefined;
  readonly connections: ConnectionList;
}

/** A recorded connection, and the queried orgs that see it if it exists: its source or its sink. */
interface RecordedInOrgs {
  readonly recorded: RecordedConnection;
  readonly orgs: readonly ActualOrg[];
}

/**
 * Compares each recorded connection with the lists of the queried orgs. These are the orgs of the recorded
 * profiles and of all profiles that have credentials, or those of the named profiles, which then also
 * select the connections.
 *
 * @throws AggregateError with a UserError for all connections of a profile of which no queried org is the
 *   source or the sink, and for each connection that isn't listed and may exist all the same.
 */
async function compareWithDatadog(
  state: readonly RecordedConnection[],
  settings: Settings,
  named: readonly string[] | undefined,
) {
  const { usable, unusable } = orgsToQuery(state, settings, named);
  const actual = await queryOrgs(usable, queryOrg);
  const byProfile = new Map(actual.map((org) => [org.profile, org]));
  const orgsOf = orgsByConnection(actual, byProfile);
  const all = state.map((recorded) => ({ recorded, orgs: orgsOf(recorded) }));
  const selected = new Set(usable.map(({ profile }) => profile));
  const isSelected = ({ provider, credentials }: RecordedConnection) =>
    named === undefined || (provider === undefined && selected.has(credentials));
  const uncompared = all.flatMap(({ recorded, orgs }) =>
    orgs.length === 0 && isSelected(recorded) ? recorded : [],
  );
  throwIfAny(errorsForUncompared(uncompared, byProfile, unusable));
  if (named !== undefined) throwIfAny(errorsForUnusedProfiles(usable, all));

  const kept = all.filter(({ recorded }) => !recorded.isPendingDeletion);
  const compared = kept.filter(({ orgs }) => orgs.length > 0);
  const keptIds = new Set(kept.map(({ recorded }) => recorded.id)); // another resource may have adopted one
  const drift = [...(await inParallel(compared, differenceOf)).flat(), ...unmanaged(state, actual)];
  return {
    compared: compared.length,
    drift: drift.sort((a, b) => compare(a.kind, b.kind)),
    pendingDeletion: all
      .filter(({ orgs, recorded: { id } }) => {
        const exists = orgs.some(({ connections }) => connections.has(id));
        return exists && !keptIds.has(id);
      })
      .map(({ recorded: { id, urn, profile = null } }) => ({ id, urn, profile })),
  };
}

/** The orgs with usable credentials, and the error for each other profile. */
function orgsToQuery(
  state: readonly RecordedConnection[],
  settings: Settings,
  named?: readonly string[],
) {
  const usable: QueriedOrg[] = [];
  const unusable = new Map<Profile, UserError>();
  const add = (profile: Profile) => {
    try {
      usable.push(queriedOrg(settings, profile));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unusable.set(profile, error);
    }
  };
  const recorded = state
    .filter(({ provider }) => provider === undefined)
    .map(({ credentials }) => credentials);
  const known = profilesToQuery(settings, named);
  const profiles = new Set(named === undefined ? [...recorded, ...known] : known);
  for (const profile of profiles) add(profile);
  // The hub's keys may be those without a profile.
  const isMissing = recorded.some((profile) => unusable.has(profile));
  if (named === undefined && isMissing && !profiles.has(undefined)) add(undefined);
  if (named !== undefined || usable.length === 0) throwIfAny([...unusable.values()]);
  return { usable, unusable };
}

async function queryOrg({ profile, org }: QueriedOrg): Promise<ActualOrg> {
  const connections = await org.list();
  await org.assertExpected();
  const orgId = await org.ownId();
  if (orgId === undefined) {
    note(
      `Cannot determine which org the credentials${ofProfile(profile)} belong to, so none of its ` +
        `connections are reported as unmanaged. ${setOrgIdOfTool}`,
    );
  }
  return { profile, org, orgId, connections };
}

/** Finds the orgs that see a recorded connection if it exists, as far as it is known. */
function orgsByConnection(
  actual: readonly ActualOrg[],
  byProfile: ReadonlyMap<Profile, ActualOrg>,
) {
  const byId = Map.groupBy(actual, ({ orgId }) => orgId);
  const lists = actual.flatMap((org) => [...org.connections.keys()].map((id) => ({ id, org })));
  const byConnection = Map.groupBy(lists, ({ id }) => id);
  return ({ id, provider, credentials, sourceOrgId, sinkOrgId }: RecordedConnection) => {
    const orgs = new Set(byConnection.get(id)?.map(({ org }) => org));
    for (const orgId of [sourceOrgId, sinkOrgId]) {
      if (orgId !== undefined) for (const org of byId.get(orgId) ?? []) orgs.add(org);
    }
    // Its own credentials, unless it is known that they belong to another org.
    const own = provider === undefined ? byProfile.get(credentials) : undefined;
    if (own && (own.orgId === undefined || sourceOrgId === undefined)) orgs.add(own);
    return [...orgs];
  };
}

/** An error for the connections of each profile, and of each explicit provider. */
function errorsForUncompared(
  connections: readonly RecordedConnection[],
  byProfile: ReadonlyMap<Profile, ActualOrg>,
  unusable: ReadonlyMap<Profile, UserError>,
): UserError[] {
  return [...Map.groupBy(connections, ofCredentials)].flatMap(([credentials, same]) => {
    const [first] = same;
    if (first === undefined) return [];
    const { provider, credentials: profile } = first;
    const names = listed(same.map(({ urn }) => resourceName(urn)));
    const these = same.length === 1 ? "this connection" : "these connections";
    const sources = listed(same.flatMap(({ sourceOrgId }) => sourceOrgId ?? []));
    const set = `Set the credentials of the source org${sources && ` ${sources}`}, or of the sink`;
    const remedy =
      provider === undefined
        ? (unusable.get(profile)?.message ??
          `The credentials${ofProfile(profile)} belong to the org ${byProfile.get(profile)?.orgId}. ${set}.`)
        : `${set}, as a credential profile of any name, such as DD_API_KEY_SHOP and DD_APP_KEY_SHOP.`;
    return new UserError(
      `none of the queried orgs is the source or the sink of ${these}. ${remedy}`,
      `Cannot compare ${pluralize(same.length, "connection")} ${credentials} (${names})`,
    );
  });
}

/** Names the profile or the provider of a connection, for a message. */
function ofCredentials({ profile, provider }: RecordedConnection): string {
  if (provider !== undefined) return `of the provider "${cut(provider)}"`;
  return profile === undefined ? "without a profile" : `of the profile ${shownName(profile)}`;
}

/** An error for each profile if its org is neither source nor sink of any recorded connection. */
function errorsForUnusedProfiles(queried: readonly QueriedOrg[], all: readonly RecordedInOrgs[]) {
  const used = new Set(all.flatMap(({ orgs }) => orgs.map(({ profile }) => profile)));
  const credentials = listed(all.map(({ recorded }) => ofCredentials(recorded)));
  const reason =
    "the org of this profile is neither source nor sink of any connection in the state. The state " +
    `has connections ${credentials}. Omit --profile to compare all that can be compared.`;
  const unused = queried.map(({ profile }) => profile).filter((profile) => !used.has(profile));
  return unused.map(
    (profile) => new UserError(reason, `Cannot compare the connections${ofProfile(profile)}`),
  );
}

async function differenceOf(connection: RecordedInOrgs): Promise<Difference[]> {
  const { recorded } = connection;
  const { connectionTypes } = recorded;
  const actual = await findActual(connection);
  if (actual === undefined) return [difference("deleted", recorded, connectionTypes, null)];
  if (sameTypes(actual.connectionTypes, connectionTypes)) return [];
  const known = { ...recorded, ...actual };
  return [difference("changed", known, connectionTypes, actual.connectionTypes)];
}

/** The connection as it is in Datadog; `undefined` if one of the orgs proves that it is gone. */
async function findActual({ recorded, orgs }: RecordedInOrgs): Promise<Connection | undefined> {
  const [found] = orgs.flatMap(({ connections }) => connections.get(recorded.id) ?? []);
  if (found !== undefined) return found;
  let failure: unknown;
  for (const { org } of orgs) {
    try {
      return await withUserErrors("list", `Cannot compare the connection ${recorded.id}`, () =>
        findRecorded(org, recorded.id, recorded),
      );
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** The connections of which a queried org is the source, and that no state has. */
function unmanaged(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): Difference[] {
  const managed = new Set(state.map(({ id }) => id));
  const found = actual.flatMap(({ orgId, connections }) =>
    [...connections].filter(
      ([id, { sourceOrgId }]) => orgId !== undefined && sourceOrgId === orgId && !managed.has(id),
    ),
  );
  return [...new Map(found).values()]
    .sort(oldestFirst)
    .map((connection) => difference("unmanaged", connection, null, connection.connectionTypes));
}

function throwIfAny(errors: readonly UserError[]): void {
  if (errors.length > 0) throw new AggregateError(errors);
}
