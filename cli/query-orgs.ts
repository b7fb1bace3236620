import { withUserErrors } from "../provider/errors";
import { ofProfile, setOrgId } from "../provider/identity";
import { type Org, OrgPool } from "../provider/org";
import { canonicalProfile, shownName } from "../provider/profile-names";
import type { Settings } from "../provider/settings";
import type { CommonOptions } from "./options";
import { note } from "./output";
import { readSettings } from "./settings";

/** The name of a credential profile; `undefined` for the credentials without one. */
export type Profile = string | undefined;

export interface QueriedOrg {
  readonly profile: Profile;
  readonly org: Org;
}

/** What to do if it is unknown which org the credentials belong to. */
export const setOrgIdOfTool = `${setOrgId} Pass that file with --stack-config. Or use an API key and an application key.`;

/**
 * Queries the orgs of the selected profiles, once the settings of all of them are valid.
 *
 * @throws AggregateError with a UserError for each profile that failed.
 */
export async function queryProfiles<T>(
  options: CommonOptions,
  query: (queried: QueriedOrg) => Promise<T>,
): Promise<T[]> {
  const settings = await readSettings(options);
  const profiles = profilesToQuery(settings, options.profile);
  const orgs = await inParallel(profiles, async (profile) => queriedOrg(settings, profile));
  return queryOrgs(orgs, query);
}

/**
 * Returns the named profiles, in any spelling; by default all profiles, or if there are none, the
 * credentials without a profile.
 */
export function profilesToQuery(settings: Settings, named?: readonly string[]): Profile[] {
  const profiles = named ?? settings.profileNames;
  if (profiles.length === 0) return [undefined];
  return [...new Set(profiles.map((name) => canonicalProfile(name)))];
}

/** @throws UserError if the settings of the profile are missing or invalid. */
export function queriedOrg(settings: Settings, profile: Profile): QueriedOrg {
  const warn = (message: string) =>
    note(profile === undefined ? message : `Profile ${shownName(profile)}: ${message}`);
  return { profile, org: new OrgPool(settings, { warn }).get(profile) };
}

/** @throws AggregateError with a UserError for each org that failed. */
export function queryOrgs<T>(
  orgs: readonly QueriedOrg[],
  query: (queried: QueriedOrg) => Promise<T>,
): Promise<T[]> {
  return inParallel(orgs, (queried) =>
    withUserErrors("list", `Cannot list the org connections${ofProfile(queried.profile)}`, () =>
      query(queried),
    ),
  );
}

/**
 * Runs an action for each item, a bounded number at once. The results have the order of the items.
 *
 * @throws AggregateError with the errors of all actions that failed.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
  atOnce = 20,
): Promise<R[]> {
  const settled: PromiseSettledResult<R>[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) [settled[index]] = await Promise.allSettled([run(item)]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const reasons = settled.flatMap((result) => (result.status === "rejected" ? result.reason : []));
  if (reasons.length > 0) throw new AggregateError(reasons);
  return settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
