import type { OrgConnectionsClient } from "./api/client";
import type { Orgs } from "./api/connection";
import { hasStatus } from "./api/errors";
import type { CurrentUser } from "./api/wire";
import { UserError } from "./errors";

/** Whose credentials they are, as Datadog says it; empty if it doesn't. */
export type Identity = Partial<CurrentUser>;

/** The org of credentials: as Datadog names it, and as the settings do. UUIDs in lower case. */
export interface CredentialsOrg {
  readonly named: string | undefined;
  /** The setting `orgId`. */
  readonly expected: string | undefined;
  readonly profile: string | undefined;
}

/**
 * Asks whose credentials they are. If Datadog doesn't say it for these (401, 403 or 404, as for OAuth
 * tokens), asks which org the API key belongs to.
 *
 * @throws ApiError for every other failure.
 */
export async function askIdentity(client: OrgConnectionsClient): Promise<Identity> {
  try {
    return await client.currentUser();
  } catch (error) {
    if (![401, 403, 404].some((status) => hasStatus(error, status))) throw error;
  }
  try {
    const orgId = await client.apiKeyOrgId();
    return orgId === undefined ? {} : { orgId };
  } catch (error) {
    if (hasStatus(error, 404)) return {};
    throw error;
  }
}

/**
 * Checks that the credentials belong to the org that the settings name, if both are known.
 *
 * @throws UserError if they belong to another org.
 */
export function assertExpected({ named, expected, profile }: CredentialsOrg): void {
  if (named === undefined || expected === undefined || named === expected) return;
  throw new UserError(
    `the credentials${ofProfile(profile)} belong to the org ${named}, but orgId is ${expected}. ` +
      "Nothing was changed. Set the credentials of that org, or correct orgId.",
  );
}

/**
 * Checks that the credentials belong to the source of a connection that is adopted, imported or
 * replaced.
 *
 * @param what Names the connection, at the beginning of a sentence.
 * @throws UserError if they belong to another org, or if nobody knows to which.
 */
export function assertSource(org: CredentialsOrg, sourceOrgId: string, what: string): void {
  assertExpected(org);
  const own = org.named ?? org.expected;
  if (own === sourceOrgId) return;
  throw new UserError(
    own === undefined
      ? `${what} has the source org ${sourceOrgId}, but Datadog doesn't say whether the ` +
          `credentials${ofProfile(org.profile)} belong to it. Nothing was changed. ${setOrgId}`
      : `${what} has the source org ${sourceOrgId}, but the credentials${ofProfile(org.profile)} ` +
          `belong to the org ${own}. Nothing was changed. Use the credentials of the source org.`,
  );
}

/**
 * Checks that a connection that Datadog doesn't list is gone, and not only invisible to these
 * credentials: an org sees only the connections in which it takes part.
 *
 * @throws UserError if the credentials belong to another org, or if nobody knows to which.
 */
export function assertGone(org: CredentialsOrg, { sourceOrgId, sinkOrgId }: Orgs): void {
  assertExpected(org);
  const own = org.named ?? org.expected;
  if (own !== undefined && (own === sourceOrgId || own === sinkOrgId)) return;
  // Without a recorded source, the settings count.
  if (sourceOrgId === undefined && org.expected !== undefined) return;
  const invisible = "Datadog doesn't list the connection";
  const maybe = "so it may still exist";
  if (sourceOrgId === undefined) {
    throw new UserError(
      `${invisible}, and the state doesn't record its source org, ${maybe}. ${setOrgId}`,
    );
  }
  throw new UserError(
    own === undefined
      ? `${invisible}, and doesn't say which org the credentials${ofProfile(org.profile)} belong to, ` +
          `${maybe}. ${setOrgId}`
      : `the credentials${ofProfile(org.profile)} belong to the org ${own}, but the connection is ` +
          `between ${sourceOrgId} (source) and ${sinkOrgId} (sink), ${maybe}. Set the credentials of ` +
          "the source org.",
  );
}

const setOrgId = "Set orgId to the UUID of the credentials' org.";

/** For a message: names the profile of credentials, if they have one. */
export function ofProfile(profile: string | undefined): string {
  return profile === undefined ? "" : ` of the profile "${profile}"`;
}
