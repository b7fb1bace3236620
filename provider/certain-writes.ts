import { AbortError } from "p-retry";
import type { ConnectionList, OrgConnectionsClient } from "./api/client";
import type { Connection } from "./api/connection";
import { ApiFault, isDoubtful, isRefusal } from "./api/fault";
import { sameTypes } from "./inputs";

/** How far the clocks of two servers of one service may be apart. */
const clockToleranceMs = 1000;

/**
 * Creates a connection once, whatever fails on the way. Where a POST leaves open whether it was
 * applied, the list is looked at: what was created since this call began is this call's, and only
 * where nothing is there is the POST sent again.
 *
 * @throws ApiFault of status 409 where the orgs were connected before, as Datadog itself says it.
 */
export function createOnce(
  client: OrgConnectionsClient,
  sinkOrgId: string,
  connectionTypes: readonly string[],
): Promise<Connection> {
  const begun = performance.now();
  let mayExist = false;
  return client.retrying("POST and look", async () => {
    try {
      return await client.create(sinkOrgId, connectionTypes);
    } catch (error) {
      if (!isDoubtful(error) && !(mayExist && isRefusal(error, 409))) throw error;
      mayExist = true;
      const list = await lookAfter(error, () => client.listTo(sinkOrgId)).catch((fault) => {
        throw new AbortError(fault); // without a look, no second POST
      });
      const existing = toSink(list, sinkOrgId);
      if (existing === undefined) throw error;
      const earliest = client.serverTimeAt(begun) - clockToleranceMs;
      const isOurs =
        Date.parse(existing.createdAt) >= earliest &&
        sameTypes(existing.connectionTypes, connectionTypes);
      if (isOurs) return existing;
      throw new ApiFault("refused", "the two orgs are connected already", 409);
    }
  });
}

/** Updates a connection; after a fault that leaves the outcome open, what is there decides. */
export async function updateSurely(
  client: OrgConnectionsClient,
  id: string,
  connectionTypes: readonly string[],
): Promise<Connection> {
  try {
    return await client.update(id, connectionTypes);
  } catch (error) {
    if (!isDoubtful(error)) throw error;
    const found = (await lookAfter(error, () => client.list())).get(id.toLowerCase());
    if (found && sameTypes(found.connectionTypes, connectionTypes)) return found;
    throw error;
  }
}

/**
 * Deletes a connection; after a fault that leaves the outcome open, what is there decides.
 *
 * @returns whether Datadog says that it deleted it; otherwise it only isn't there for this org.
 */
export async function deleteSurely(client: OrgConnectionsClient, id: string): Promise<boolean> {
  try {
    return await client.delete(id);
  } catch (error) {
    if (!isDoubtful(error)) throw error;
    const look = () => lookAfter(error, () => client.list());
    const list = await look();
    const lists = list.isOnePage ? [list] : [list, await look()];
    if (lists.some((one) => one.has(id.toLowerCase()))) throw error;
    return false;
  }
}

/** The connection of a list to this sink. */
export function toSink(list: ConnectionList, sinkOrgId: string): Connection | undefined {
  return list.values().find(({ sinkOrg }) => sinkOrg?.id.toLowerCase() === sinkOrgId);
}

/** What is there after a fault. Where that can't be read either, the fault stands. */
async function lookAfter(
  fault: Error,
  read: () => Promise<ConnectionList>,
): Promise<ConnectionList> {
  try {
    return await read();
  } catch {
    throw fault;
  }
}
