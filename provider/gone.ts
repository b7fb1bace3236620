import type { Connection, Orgs } from "./api/connection";
import { UserError } from "./errors";
import { assertExpected, type Identity, ofProfile, ownOrgId, setOrgId } from "./identity";
import type { Org } from "./org";

/**
 * Finds a connection that the state records. It counts as gone only if neither the list nor a second one,
 * filtered by its two orgs, has it. Besides, the credentials must be able to see it, or the second list
 * must have another connection between the two orgs.
 *
 * @returns `undefined` if it is gone.
 * @throws ApiError or UserError if it isn't listed, and may exist all the same.
 */
export async function findRecorded(
  org: Org,
  id: string,
  { sinkOrgId, sourceOrgId }: Orgs,
): Promise<Connection | undefined> {
  const list = await org.list();
  const found = list.get(id);
  if (found) return found;
  if (list.malformed) throw list.malformed;
  const between = await org.client.list({ sinkOrgId, sourceOrgId });
  const present = between.get(id);
  if (present) return present;
  if (between.doubt) throw between.doubt;
  // Two orgs can have only one connection. If they have another one, the recorded one is gone.
  const isReplaced =
    sourceOrgId !== undefined &&
    between
      .values()
      .some((other) => other.sourceOrgId === sourceOrgId && other.sinkOrgId === sinkOrgId);
  if (isReplaced) await org.assertExpected();
  else assertWouldSee(await org.identity(), { sinkOrgId, sourceOrgId });
  return undefined;
}

/**
 * Checks that these credentials would see a connection if it existed, so that one that Datadog doesn't
 * list is gone: an org sees only the connections of which it is the source or the sink.
 *
 * @throws UserError if the credentials belong to another org, or if nobody knows to which.
 */
export function assertWouldSee(identity: Identity, { sourceOrgId, sinkOrgId }: Orgs): void {
  assertExpected(identity);
  const own = ownOrgId(identity);
  if (own !== undefined && (own === sourceOrgId || own === sinkOrgId)) return;
  // Without a recorded source, the settings count.
  if (sourceOrgId === undefined && identity.expectedOrgId !== undefined) return;
  const invisible = "Datadog doesn't list the connection";
  const maybe = "so it may still exist";
  if (sourceOrgId === undefined) {
    throw new UserError(
      `${invisible}, and the state doesn't record its source org, ${maybe}. ${setOrgId}`,
    );
  }
  throw new UserError(
    own === undefined
      ? `${invisible}, and doesn't say which org the credentials${ofProfile(identity.profile)} belong to, ` +
          `${maybe}. ${setOrgId}`
      : `${invisible} for the credentials${ofProfile(identity.profile)}: they belong to the org ${own}, not to ` +
          `its source ${sourceOrgId} or its sink ${sinkOrgId}. It may still exist. Set credentials of the ` +
          "source org.",
  );
}
