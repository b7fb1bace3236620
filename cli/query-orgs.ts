import { UserError, withUserErrors } from "../provider/errors";
import { type Org, OrgPool } from "../provider/org";
import { canonicalProfile } from "../provider/profiles";
import { encryptedHint, type ToolSources } from "./config/sources";
import { note } from "./output/print";

/** The name of a credential profile; `undefined` for the credentials without one. */
export type Profile = string | undefined;

/** An org, queried with the credentials of a profile. */
export interface QueriedOrg {
  readonly profile: Profile;
  readonly org: Org;
}

/**
 * Returns the named profiles, in any spelling; by default all profiles, or if there are none, the
 * credentials without a profile.
 */
export function profilesToQuery({ settings }: ToolSources, named?: readonly string[]): Profile[] {
  const profiles = named ?? settings.profileNames;
  if (profiles.length === 0) return [undefined];
  return [...new Set(profiles.map(canonicalProfile))];
}

/**
 * Queries all orgs in parallel, once the settings of all of them are valid.
 *
 * @returns The results in the order of the profiles.
 * @throws AggregateError with a UserError for each profile that failed.
 */
export async function queryEach<T>(
  sources: ToolSources,
  profiles: readonly Profile[],
  query: (queried: QueriedOrg) => Promise<T>,
): Promise<T[]> {
  const orgs = succeeded(
    await Promise.allSettled(
      profiles.map(async (profile) => ({ profile, org: orgOf(sources, profile) })),
    ),
  );
  return succeeded(
    await Promise.allSettled(
      orgs.map((queried) =>
        withUserErrors("list", `Cannot list the org connections${ofProfile(queried.profile)}`, () =>
          query(queried),
        ),
      ),
    ),
  );
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

export function ofProfile(profile: Profile): string {
  return profile === undefined ? "" : ` of the profile "${profile}"`;
}

/** @throws AggregateError if any result is a rejection. */
function succeeded<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  const reasons = results.flatMap((result) => (result.status === "rejected" ? result.reason : []));
  if (reasons.length > 0) throw new AggregateError(reasons);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
