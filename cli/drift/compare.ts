import { type Connection, sameTypes } from "../../provider/api/connection";
import { UserError } from "../../provider/errors";
import { oldestFirst } from "../connections";
import type { Profile, QueriedOrg } from "../query-orgs";
import type { RecordedConnection } from "./exported-state";

/** The connections of an org in Datadog, and those that the state records for it. */
export interface ActualOrg {
  readonly profile: Profile;
  /** From Datadog, otherwise from the state; `undefined` if neither has it. */
  readonly orgId: string | undefined;
  /** Whether the id is from Datadog. */
  readonly isOrgKnown: boolean;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly recorded: readonly RecordedConnection[];
}

/** A difference between the state and Datadog. */
export type Drift =
  | {
      readonly kind: "changed";
      readonly recorded: RecordedConnection;
      readonly actual: Connection;
    }
  | { readonly kind: "deleted"; readonly recorded: RecordedConnection; readonly actual?: never }
  | { readonly kind: "unmanaged"; readonly recorded?: never; readonly actual: Connection };

/**
 * Queries the connections of an org.
 *
 * @param recorded The connections that the state records for its profile.
 * @throws UserError if the credentials belong to another org than the recorded one: all of its
 *   connections would be reported as deleted.
 */
export async function queryActualOrg(
  { profile, org }: QueriedOrg,
  recorded: readonly RecordedConnection[],
): Promise<ActualOrg> {
  const connections = await org.list();
  await org.assertExpected();
  const ownId = await org.ownId();
  const recordedIds = [...new Set(recorded.flatMap(({ sourceOrgId }) => sourceOrgId ?? []))];
  const otherId = recordedIds.find((id) =>
    ownId === undefined ? !takesPartInAll(id, connections) : id !== ownId,
  );
  if (otherId !== undefined) {
    throw new UserError(
      `these credentials belong to ${ownId ? `the org ${ownId}` : "another org"}, but the state ` +
        `records connections of the org ${otherId}. Set the credentials of that org.`,
    );
  }
  const isOrgKnown = ownId !== undefined;
  return { profile, orgId: ownId ?? recordedIds[0], isOrgKnown, connections, recorded };
}

function takesPartInAll(orgId: string, connections: ReadonlyMap<string, Connection>): boolean {
  return connections
    .values()
    .every(({ sourceOrgId, sinkOrgId }) => sourceOrgId === orgId || sinkOrgId === orgId);
}

/** Finds the connections that were changed, deleted or created outside of Pulumi, in this order. */
export function findDrift(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): readonly Drift[] {
  const compared = actual.flatMap(differences);
  return [
    ...compared.filter(({ kind }) => kind === "changed"),
    ...compared.filter(({ kind }) => kind === "deleted"),
    ...unmanaged(state, actual).map(
      (connection): Drift => ({ kind: "unmanaged", actual: connection }),
    ),
  ];
}

function differences({ recorded: all, connections }: ActualOrg): Drift[] {
  return all.filter(isKept).flatMap((recorded): Drift[] => {
    const found = connections.get(recorded.id.toLowerCase());
    if (found === undefined) return [{ kind: "deleted", recorded }];
    if (sameTypes(found.connectionTypes, recorded.connectionTypes)) return [];
    return [{ kind: "changed", recorded, actual: found }];
  });
}

/** Whether the state keeps the connection; one pending deletion isn't compared. */
export function isKept({ isPendingDeletion }: RecordedConnection): boolean {
  return !isPendingDeletion;
}

/**
 * Finds the existing connections that the next update deletes. It doesn't delete a connection that
 * another resource has adopted.
 */
export function pendingDeletions(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): readonly RecordedConnection[] {
  const kept = new Set(state.filter(isKept).map(({ id }) => id.toLowerCase()));
  return actual.flatMap(({ recorded, connections }) =>
    recorded.filter(({ isPendingDeletion, id }) => {
      const key = id.toLowerCase();
      return isPendingDeletion && connections.has(key) && !kept.has(key);
    }),
  );
}

function unmanaged(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): Connection[] {
  const managed = new Set(state.map(({ id }) => id.toLowerCase()));
  const found = new Map<string, Connection>();
  for (const { orgId, connections } of actual) {
    for (const [id, connection] of connections) {
      const isOwn = orgId !== undefined && connection.sourceOrgId === orgId;
      if (isOwn && !managed.has(id)) found.set(id, connection);
    }
  }
  return [...found.values()].sort(oldestFirst);
}
