import { UserError, withUserErrors } from "../provider/errors";
import type { Org } from "../provider/orgs/org";
import { OrgPool } from "../provider/orgs/org-pool";
import {
  profileName,
  profileNames,
  type SettingsSources,
} from "../provider/settings/setting-sources";
import { hintOfEncrypted, type ToolSources } from "./config/sources";
import { note } from "./output/print";

/** The name of a credential profile; `undefined` for the credentials without one. */
export type Profile = string | undefined;

/** An org that is asked with the credentials of a profile. */
export interface AskedOrg {
  readonly profile: Profile;
  readonly org: Org;
}

/**
 * The profiles that are named, in whichever spelling, else all; if there is none, the credentials
 * without one.
 */
export function profilesToAsk(sources: SettingsSources, named?: readonly string[]): Profile[] {
  const profiles = named ?? profileNames(sources);
  if (profiles.length === 0) return [undefined];
  return [...new Set(profiles.map((profile) => profileName(sources, profile)))];
}

/**
 * Asks all orgs at once, after all settings were found usable.
 *
 * @returns the answers in the order of the profiles.
 * @throws AggregateError of a UserError or UserError for each profile that failed.
 */
export async function askEach<T>(
  sources: ToolSources,
  profiles: readonly Profile[],
  ask: (asked: AskedOrg) => Promise<T>,
): Promise<T[]> {
  const orgs = succeeded(
    await Promise.allSettled(
      profiles.map(async (profile) => ({ profile, org: orgOf(sources, profile) })),
    ),
  );
  return succeeded(
    await Promise.allSettled(
      orgs.map((asked) =>
        withUserErrors("list", `Cannot list the org connections${ofProfile(asked.profile)}`, () =>
          ask(asked),
        ),
      ),
    ),
  );
}

/** @throws UserError where the profile or its credentials are unusable. */
export function orgOf(sources: ToolSources, profile: Profile): Org {
  const warn = (message: string) =>
    note(profile === undefined ? message : `Profile "${profile}": ${message}`);
  try {
    return new OrgPool(sources, { warn }).get(profile);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message + hintOfEncrypted(sources, error.message));
  }
}

export function ofProfile(profile: Profile): string {
  return profile === undefined ? "" : ` of the profile "${profile}"`;
}

function succeeded<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  const reasons = results.flatMap((result) => (result.status === "rejected" ? result.reason : []));
  if (reasons.length > 0) throw new AggregateError(reasons);
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}
