import { UserError, withUserErrors } from "../provider/errors";
import { ofProfile, setOrgId } from "../provider/identity";
import { type Org, OrgPool } from "../provider/org";
import { canonicalProfile } from "../provider/profiles";
import { note } from "./output";
import { encryptedHint, type ToolSources } from "./sources";

/** The name of a credential profile; `undefined` for the credentials without one. */
export type Profile = string | undefined;

/** An org, queried with the credentials of a profile. */
export interface QueriedOrg {
  readonly profile: Profile;
  readonly org: Org;
}

const mostAtOnce = 20;

/** What to do if it is unknown which org the credentials belong to. */
export const setOrgIdOfTool = `${setOrgId} Pass that file with --stack-config. Or use an API key and an application key.`;

/**
 * Returns the named profiles, in any spelling; by default all profiles, or if there are none, the
 * credentials without a profile.
 */
export function profilesToQuery({ settings }: ToolSources, named?: readonly string[]): Profile[] {
  const profiles = named ?? settings.profileNames;
  if (profiles.length === 0) return [undefined];
  return [...new Set(profiles.map((name) => canonicalProfile(name)))];
}

/**
 * Queries the orgs of all profiles, once the settings of all of them are valid.
 *
 * @returns The results in the order of the profiles.
 * @throws AggregateError with a UserError for each profile that failed.
 */
export async function queryEach<T>(
  sources: ToolSources,
  profiles: readonly Profile[],
  query: (queried: QueriedOrg) => Promise<T>,
): Promise<T[]> {
  const settled = await inParallel(profiles, async (profile) => orgOf(sources, profile));
  const orgs = succeeded(settled);
  return queryOrgs(
    profiles.flatMap((profile, index) => {
      const org = orgs[index];
      return org === undefined ? [] : { profile, org };
    }),
    query,
  );
}

/** @throws AggregateError with a UserError for each org that failed. */
export async function queryOrgs<T>(
  orgs: readonly QueriedOrg[],
  query: (queried: QueriedOrg) => Promise<T>,
): Promise<T[]> {
  const results = await inParallel(orgs, (queried) =>
    withUserErrors("list", `Cannot list the org connections${ofProfile(queried.profile)}`, () =>
      query(queried),
    ),
  );
  return succeeded(results);
}

/** Runs an action for each item, a bounded number at once; the results are in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
  atOnce = mostAtOnce,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) [results[index]] = await Promise.allSettled([run(item)]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** @throws AggregateError if any result is a rejection. */
export function succeeded<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  const reasons = results.flatMap((result) => (result.status === "rejected" ? result.reason : []));
  if (reasons.length > 0) throw new AggregateError(reasons);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/** @throws UserError if the settings of the profile are missing or invalid. */
export function orgOf(sources: ToolSources, profile: Profile): Org {
  const warn = (message: string) =>
    note(profile === undefined ? message : `Profile "${profile}": ${message}`);
  try {
    return new OrgPool(sources.settings, { warn }).get(profile);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message + encryptedHint(sources, error.message));
  }
}
