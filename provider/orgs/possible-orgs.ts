import type { OrgConnectionsClient } from "../api/client";
import type { ConnectionList } from "../api/connection-list";
import { ApiError } from "../api/errors";

/**
 * The orgs that the credentials may belong to: the one that Datadog names for the API key, or those
 * that take part in every listed connection.
 *
 * @param known The list, if it was already read: using it needs no request.
 * @param read Reads the list.
 * @returns `undefined` if it can't be determined.
 */
export async function possibleOrgs(
  client: OrgConnectionsClient,
  known: ConnectionList | undefined,
  read: () => Promise<ConnectionList>,
): Promise<ReadonlySet<string> | undefined> {
  const listed = known && commonOrgs(known);
  if (listed?.size === 1) return listed;
  const owner = await apiKeyOrgId(client);
  if (owner !== undefined) return new Set([owner]);
  return listed ?? commonOrgs(known ?? (await read()));
}

/** Datadog marks this endpoint unstable: if it fails, only the list can show the org. */
async function apiKeyOrgId(client: OrgConnectionsClient): Promise<string | undefined> {
  try {
    return await client.apiKeyOrgId();
  } catch (error) {
    if (!(error instanceof ApiError) || error.status === 401 || error.status === 403) throw error;
    return undefined;
  }
}

function commonOrgs(list: ConnectionList): ReadonlySet<string> | undefined {
  const participants = [...list.values()].map(
    ({ sourceOrgId, sinkOrgId }) =>
      new Set([sourceOrgId, sinkOrgId].filter((id) => id !== undefined)),
  );
  if (participants.length === 0) return undefined;
  const common = participants.reduce((some, others) => some.intersection(others));
  return common.size > 0 ? common : undefined;
}
