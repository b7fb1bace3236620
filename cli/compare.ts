import { type Connection, sameTypes } from "../provider/api/connection";
import type { ConnectionList } from "../provider/api/connection-list";
import { UserError, withUserErrors } from "../provider/errors";
import { ofProfile } from "../provider/identity";
import { canonicalProfile } from "../provider/profiles";
import { oldestFirst } from "./connections";
import { cut, listed, note, pluralize } from "./output";
import {
  inParallel,
  orgOf,
  type Profile,
  profilesToQuery,
  type QueriedOrg,
  queryOrgs,
  setOrgIdOfTool,
  succeeded,
} from "./query-orgs";
import type { ToolSources } from "./sources";
import { type RecordedConnection, resourceName } from "./state";

/** A difference between the state and Datadog. */
export type Drift =
  | {
      readonly kind: "changed";
      readonly recorded: RecordedConnection;
      readonly actual: Connection;
    }
  | { readonly kind: "deleted"; readonly recorded: RecordedConnection; readonly actual?: never }
  | { readonly kind: "unmanaged"; readonly recorded?: never; readonly actual: Connection };

export interface Comparison {
  /** The number of recorded connections that were compared. */
  readonly compared: number;
  /** Changed, deleted and unmanaged connections, in this order. */
  readonly drift: readonly Drift[];
  /** The existing connections that the next update deletes. */
  readonly pendingDeletion: readonly RecordedConnection[];
}

/** The connections of an org in Datadog. */
interface ActualOrg extends QueriedOrg {
  /** `undefined` if neither Datadog nor the settings name it. */
  readonly orgId: string | undefined;
  readonly connections: ConnectionList;
}

/** A recorded connection, and the queried orgs that take part in it: those see it if it exists. */
interface Compared {
  readonly recorded: RecordedConnection;
  readonly orgs: readonly ActualOrg[];
}

/**
 * Compares each recorded connection with a queried org that takes part in it: its source or its sink.
 * The queried orgs are those of the recorded profiles and of all profiles that have credentials, or
 * those of the named profiles, which then also select the connections.
 *
 * @throws AggregateError with a UserError for all connections of a profile of which no queried org is the
 *   source or the sink, and for each connection that isn't listed and may exist all the same.
 */
export async function compareWithDatadog(
  state: readonly RecordedConnection[],
  sources: ToolSources,
  named: readonly string[] | undefined,
): Promise<Comparison> {
  const profileOf = ({ profile, provider }: RecordedConnection): Profile =>
    profile === undefined || provider !== undefined
      ? undefined // an explicit provider has credentials of its own, which the tool doesn't read
      : canonicalProfile(profile);
  const { usable, unusable } = orgsToQuery(state, sources, named, profileOf);
  const actual = await queryOrgs(usable, queryOrg);
  for (const org of actual) noteUnknownOrg(org);
  const all = participants(state, actual, profileOf);
  const withoutOrg = all.filter(({ orgs }) => orgs.length === 0).map(({ recorded }) => recorded);
  const isSelected = (recorded: RecordedConnection) =>
    named === undefined ||
    (recorded.provider === undefined &&
      usable.some(({ profile }) => profile === profileOf(recorded)));
  throwIfAny(errorsForUncompared(withoutOrg.filter(isSelected), actual, unusable, profileOf));
  if (named !== undefined) throwIfAny(errorsForUnusedProfiles(usable, all, state));
  return compareAll(
    all.filter(({ orgs }) => orgs.length > 0),
    state,
    actual,
  );
}

/** Orgs with usable credentials, and the error for each other profile. */
function orgsToQuery(
  state: readonly RecordedConnection[],
  sources: ToolSources,
  named: readonly string[] | undefined,
  profileOf: (recorded: RecordedConnection) => Profile,
): { usable: QueriedOrg[]; unusable: Map<Profile, UserError> } {
  const usable: QueriedOrg[] = [];
  const unusable = new Map<Profile, UserError>();
  const add = (profile: Profile) => {
    try {
      usable.push({ profile, org: orgOf(sources, profile) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unusable.set(profile, error);
    }
  };
  const recorded = state.filter(({ provider }) => provider === undefined).map(profileOf);
  const known = profilesToQuery(sources, named);
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
  return { profile, org, orgId: await org.ownId(), connections };
}

function noteUnknownOrg({ profile, orgId }: ActualOrg): void {
  if (orgId !== undefined) return;
  note(
    `Cannot determine which org the credentials${ofProfile(profile)} belong to, so none of its ` +
      `connections are reported as unmanaged. ${setOrgIdOfTool}`,
  );
}

/** Finds the queried orgs that take part in each connection, as far as it is known. */
function participants(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
  profileOf: (recorded: RecordedConnection) => Profile,
): Compared[] {
  const byOrg = new Map(actual.map((org) => [org.orgId, org]));
  const byProfile = new Map(actual.map((org) => [org.profile, org]));
  const byConnection = new Map(
    actual.flatMap((org) => [...org.connections.keys()].map((id) => [id, org] as const)),
  );
  return state.map((recorded) => {
    const { id, provider, sourceOrgId, sinkOrgId } = recorded;
    const own = provider === undefined ? byProfile.get(profileOf(recorded)) : undefined;
    const orgs = [
      byConnection.get(id),
      sourceOrgId === undefined ? undefined : byOrg.get(sourceOrgId),
      sinkOrgId === undefined ? undefined : byOrg.get(sinkOrgId),
      // Its own credentials, unless it is known that they belong to another org.
      own?.orgId === undefined || sourceOrgId === undefined ? own : undefined,
    ];
    return { recorded, orgs: [...new Set(orgs.filter((org) => org !== undefined))] };
  });
}

/** An error for the connections of each profile, and of each explicit provider. */
function errorsForUncompared(
  connections: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
  unusable: ReadonlyMap<Profile, UserError>,
  profileOf: (recorded: RecordedConnection) => Profile,
): UserError[] {
  return [...Map.groupBy(connections, ofCredentials)].flatMap(([credentials, all]) => {
    const [first] = all;
    if (first === undefined) return [];
    const names = listed(all.map(({ urn }) => resourceName(urn)));
    const these = all.length === 1 ? "this connection" : "these connections";
    return new UserError(
      `none of the queried orgs is the source or the sink of ${these}. ${remedyFor(first, all)}`,
      `Cannot compare ${pluralize(all.length, "connection")}${credentials} (${names})`,
    );
  });

  /** @param all Those with the same credentials. */
  function remedyFor(recorded: RecordedConnection, all: readonly RecordedConnection[]): string {
    const sources = listed(all.flatMap(({ sourceOrgId }) => sourceOrgId ?? []));
    const set = `Set the credentials of the source org${sources && ` ${sources}`}, or of the sink`;
    if (recorded.provider !== undefined) {
      return `${set}, as a credential profile of any name, such as DD_API_KEY_SHOP and DD_APP_KEY_SHOP.`;
    }
    const profile = profileOf(recorded);
    const own = actual.find((org) => org.profile === profile);
    const belong = `The credentials${ofProfile(profile)} belong to the org ${own?.orgId}.`;
    return unusable.get(profile)?.message ?? `${own === undefined ? "" : `${belong} `}${set}.`;
  }
}

/** For a message: the profile or the provider that manages a connection. */
function ofCredentials({ profile, provider }: RecordedConnection): string {
  if (provider !== undefined) return ` of the provider "${cut(provider)}"`;
  return profile === undefined ? " without a profile" : ` of the profile "${cut(profile)}"`;
}

/** An error for each named profile whose org is neither source nor sink of a recorded connection. */
function errorsForUnusedProfiles(
  queried: readonly QueriedOrg[],
  all: readonly Compared[],
  state: readonly RecordedConnection[],
): UserError[] {
  const compared = new Set(all.flatMap(({ orgs }) => orgs.map(({ profile }) => profile)));
  const names = listed(
    state.map((recorded) => ofCredentials(recorded).replace(/^ (of the )?/, "")),
  );
  return queried
    .filter(({ profile }) => !compared.has(profile))
    .map(
      ({ profile }) =>
        new UserError(
          "the org of this profile is neither source nor sink of any connection in the state. The state " +
            `has connections of: ${names}. ` +
            "Omit --profile to compare all that can be compared.",
          `Cannot compare the profile "${profile}"`,
        ),
    );
}

async function compareAll(
  all: readonly Compared[],
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): Promise<Comparison> {
  const kept = all.filter(({ recorded }) => !recorded.isPendingDeletion);
  const found = succeeded(await inParallel(kept, find));
  const differences = kept.flatMap(({ recorded }, index): Drift[] => {
    const connection = found[index];
    if (connection === undefined) return [{ kind: "deleted", recorded }];
    if (sameTypes(connection.connectionTypes, recorded.connectionTypes)) return [];
    return [{ kind: "changed", recorded, actual: connection }];
  });
  return {
    compared: kept.length,
    drift: [
      ...differences.filter(({ kind }) => kind === "changed"),
      ...differences.filter(({ kind }) => kind === "deleted"),
      ...unmanaged(state, actual).map(
        (connection): Drift => ({ kind: "unmanaged", actual: connection }),
      ),
    ],
    pendingDeletion: pendingDeletions(all, state),
  };
}

/** The connection as it is in Datadog; `undefined` if one of the orgs proves that it is gone. */
async function find({ recorded, orgs }: Compared): Promise<Connection | undefined> {
  let failure: unknown;
  for (const { org } of orgs) {
    try {
      return await withUserErrors("list", `Cannot compare the connection ${recorded.id}`, () =>
        org.findRecorded(recorded.id, recorded),
      );
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** The next update doesn't delete a connection that another resource has adopted. */
function pendingDeletions(
  all: readonly Compared[],
  state: readonly RecordedConnection[],
): RecordedConnection[] {
  const kept = new Set(state.flatMap(({ id, isPendingDeletion }) => (isPendingDeletion ? [] : id)));
  return all
    .filter(
      ({ orgs, recorded: { id } }) =>
        orgs.some(({ connections }) => connections.has(id)) && !kept.has(id),
    )
    .map(({ recorded }) => recorded);
}

/** Finds the connections of which a queried org is the source, and that no state has. */
function unmanaged(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): Connection[] {
  const managed = new Set(state.map(({ id }) => id));
  const found = new Map<string, Connection>();
  for (const { orgId, connections } of actual) {
    for (const [id, connection] of connections) {
      const isOwn = orgId !== undefined && connection.sourceOrgId === orgId;
      if (isOwn && !managed.has(id)) found.set(id, connection);
    }
  }
  return [...found.values()].sort(oldestFirst);
}

function throwIfAny(errors: readonly UserError[]): void {
  if (errors.length > 0) throw new AggregateError(errors);
}
