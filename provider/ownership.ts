import type { ConnectionList, OrgConnectionsClient } from "./api/client";
import { ApiFault } from "./api/fault";

/**
 * The org of the credentials, in lower case: the one that takes part in every connection of a list,
 * else the one that Datadog names for the API key.
 *
 * @returns `undefined` where neither tells.
 */
export async function findOwner(
  client: OrgConnectionsClient,
  list: ConnectionList | undefined,
): Promise<string | undefined> {
  const shown = list && commonOrg(list);
  return shown ?? (await askOwner(client)) ?? commonOrg(list ?? (await client.list()));
}

/** The endpoint is marked unstable by the vendor: where it is missing, only the list tells. */
async function askOwner(client: OrgConnectionsClient): Promise<string | undefined> {
  try {
    return await client.ownerOfApiKey();
  } catch (error) {
    if (!(error instanceof ApiFault) || error.status === 401 || error.status === 403) throw error;
    return undefined;
  }
}

function commonOrg(list: ConnectionList): string | undefined {
  const parties = [...list.values()].map(
    ({ sourceOrg, sinkOrg }) => new Set([sourceOrg?.id.toLowerCase(), sinkOrg?.id.toLowerCase()]),
  );
  if (parties.length === 0) return undefined;
  const common = parties.reduce((some, others) => some.intersection(others));
  return common.size === 1 ? [...common][0] : undefined;
}
