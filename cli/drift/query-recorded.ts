import { UserError } from "../../provider/errors";
import { canonicalProfile } from "../../provider/profiles";
import type { ToolSources } from "../config/sources";
import { type Profile, profilesToQuery, queryEach } from "../query-orgs";
import { type ActualOrg, queryActualOrg } from "./compare";
import type { RecordedConnection } from "./exported-state";

/**
 * Queries the orgs that the state records, and those of all profiles that have credentials; or those
 * of the named profiles. An explicit provider has credentials of its own, which the tool doesn't
 * read: its connections are compared with the credentials of their source org.
 *
 * @throws AggregateError with a UserError for each org that can't be compared.
 */
export async function queryRecordedOrgs(
  state: readonly RecordedConnection[],
  sources: ToolSources,
  named: readonly string[] | undefined,
): Promise<ActualOrg[]> {
  const ofProviders = state.filter(({ provider }) => provider !== undefined);
  const recorded = Map.groupBy(
    state.filter(({ provider }) => provider === undefined),
    ({ profile }) => profile && canonicalProfile(profile),
  );
  const profiles = profilesToCompare(sources, recorded, named);
  const assertRecorded = (isRecorded: (profile: Profile) => boolean) => {
    const missing = named ? profiles.filter((profile) => !isRecorded(profile)) : [];
    throwAll(missing.map((profile) => notRecorded(profile, state)));
  };
  if (ofProviders.length === 0) assertRecorded((profile) => recorded.has(profile));
  const queried = await queryEach(sources, profiles, (org) =>
    queryActualOrg(org, recorded.get(org.profile) ?? []),
  );
  const { actual, others } = withConnectionsOfProviders(queried, ofProviders);
  if (!named) throwAll(firstOfEachProvider(others).map(withoutCredentials));
  assertRecorded((profile) =>
    actual.some((org) => org.profile === profile && org.recorded.length > 0),
  );
  return actual;
}

/** The named profiles; by default those in the state and those that have credentials. */
function profilesToCompare(
  sources: ToolSources,
  recorded: ReadonlyMap<Profile, unknown>,
  named: readonly string[] | undefined,
): Profile[] {
  const known = profilesToQuery(sources, named);
  if (named !== undefined) return known;
  const others = known.filter((profile) => profile !== undefined);
  const profiles = [...new Set([...recorded.keys(), ...others])];
  return profiles.length > 0 ? profiles : known;
}

/** Adds each connection of an explicit provider to its source org; the others have none. */
function withConnectionsOfProviders(
  queried: readonly ActualOrg[],
  ofProviders: readonly RecordedConnection[],
): { actual: ActualOrg[]; others: RecordedConnection[] } {
  const orgOf = ({ sourceOrgId }: RecordedConnection) =>
    queried.find(({ orgId }) => orgId !== undefined && orgId === sourceOrgId);
  const actual = queried.map((org) => ({
    ...org,
    recorded: [...org.recorded, ...ofProviders.filter((recorded) => orgOf(recorded) === org)],
  }));
  return { actual, others: ofProviders.filter((recorded) => orgOf(recorded) === undefined) };
}

function firstOfEachProvider(connections: readonly RecordedConnection[]): RecordedConnection[] {
  const byProvider = Map.groupBy(connections, ({ provider, sourceOrgId }) =>
    JSON.stringify([provider, sourceOrgId]),
  );
  return [...byProvider.values()].flatMap(([first]) => first ?? []);
}

function withoutCredentials({ provider, sourceOrgId }: RecordedConnection): UserError {
  return new UserError(
    "no credentials were given that are known to belong to their source org" +
      `${sourceOrgId === undefined ? "" : ` ${sourceOrgId}`}. Set them as a credential profile of ` +
      "any name, such as DD_API_KEY_SHOP and DD_APP_KEY_SHOP.",
    `Cannot compare the connections of the provider "${provider}"`,
  );
}

function notRecorded(profile: Profile, state: readonly RecordedConnection[]): UserError {
  const names = state.map(({ profile: name, provider }) =>
    provider === undefined ? (name ? `"${name}"` : "(no profile)") : `(provider "${provider}")`,
  );
  return new UserError(
    `the state has no connections of this profile. Recorded profiles: ` +
      `${[...new Set(names)].sort().join(", ")}. ` +
      "Name one of them, or omit --profile to compare all profiles that have credentials.",
    `Cannot compare the profile "${profile}"`,
  );
}

function throwAll(errors: readonly UserError[]): void {
  if (errors.length > 0) throw new AggregateError(errors);
}
