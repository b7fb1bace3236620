import type { OrgConnectionsClient } from "./api/client";
import { hasStatus } from "./api/errors";
import type { CurrentUser } from "./api/wire";
import { UserError } from "./errors";
import { shownName } from "./profile-names";

/** User and org of the credentials, as far as Datadog names them; and what the settings say of the org. */
export interface Identity extends Partial<CurrentUser> {
  /** The setting `orgId`: a UUID in lower case. */
  readonly expectedOrgId: string | undefined;
  readonly profile: string | undefined;
}

/** The org of the credentials, as Datadog or the settings name it. */
export function ownOrgId({ orgId, expectedOrgId }: Identity): string | undefined {
  return orgId ?? expectedOrgId;
}

/**
 * Asks Datadog for user and org. If it refuses (401, 403, 404), asks for the org of the API key.
 *
 * @throws ApiError for every other failure.
 */
export async function askIdentity(client: OrgConnectionsClient): Promise<Partial<CurrentUser>> {
  try {
    return await client.currentUser();
  } catch (error) {
    if (!hasStatus(error, 401, 403, 404)) throw error;
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
export function assertExpected({ orgId, expectedOrgId, profile }: Identity): void {
  if (orgId === undefined || expectedOrgId === undefined || orgId === expectedOrgId) return;
  throw new UserError(
    `the credentials${ofProfile(profile)} belong to the org ${orgId}, but orgId is ${expectedOrgId}. ` +
      `Nothing was changed. Set credentials of the org ${expectedOrgId}, or correct orgId.`,
  );
}

/**
 * Checks that the credentials belong to the source of a connection that is adopted, imported or
 * replaced.
 *
 * @param what Subject of the message: `the connection ID`.
 * @throws UserError if they belong to another org, or if nobody knows to which.
 */
export function assertSource(identity: Identity, sourceOrgId: string, what: string): void {
  assertExpected(identity);
  const own = ownOrgId(identity);
  if (own === sourceOrgId) return;
  throw new UserError(
    own === undefined
      ? `${what} has the source org ${sourceOrgId}, but Datadog doesn't say whether the ` +
          `credentials${ofProfile(identity.profile)} belong to it. Nothing was changed. ${setOrgId}`
      : `${what} has the source org ${sourceOrgId}, but the credentials${ofProfile(identity.profile)} ` +
          `belong to the org ${own}. Nothing was changed. Use the credentials of the source org.`,
  );
}

/** What to do if Datadog doesn't say which org the credentials belong to. */
export const setOrgId =
  "Set datadog-org-connections:orgId, or the orgId of the profile, in the stack's configuration to the " +
  "UUID of the org that owns the credentials.";

/** For a message: names the profile of credentials, if they have one. */
export function ofProfile(profile: string | undefined): string {
  return profile === undefined ? "" : ` of the profile ${shownName(profile)}`;
}
