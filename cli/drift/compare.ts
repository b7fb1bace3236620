import { type Connection, sameTypes } from "../../provider/api/connection";
import { UserError } from "../../provider/errors";
import { oldestFirst } from "../list/listed-connections";
import type { AskedOrg, Profile } from "../query-orgs";
import type { RecordedConnection } from "./exported-state";

/** What Datadog has of an org. */
export interface ActualOrg {
  readonly profile: Profile;
  /** What Datadog tells, else what the state records; `undefined` where neither does. */
  readonly ownerId: string | undefined;
  /** Whether Datadog tells whose the credentials are. */
  readonly isOwnerKnown: boolean;
  readonly connections: ReadonlyMap<string, Connection>;
  /** What the state records of the profile. */
  readonly recorded: readonly RecordedConnection[];
}

/** A difference between a state and Datadog. */
export type Drift =
  | {
      readonly kind: "changed";
      readonly recorded: RecordedConnection;
      readonly actual: Connection;
    }
  | { readonly kind: "deleted"; readonly recorded: RecordedConnection; readonly actual?: never }
  | { readonly kind: "unmanaged"; readonly recorded?: never; readonly actual: Connection };

/**
 * Reads what Datadog has of an org.
 *
 * @param recorded What the state records of its profile.
 * @throws UserError where the credentials are those of another org than the recorded one: all of
 *   its connections would seem deleted.
 */
export async function actualOrg(
  { profile, org }: AskedOrg,
  recorded: readonly RecordedConnection[],
): Promise<ActualOrg> {
  const connections = await org.list();
  await org.assertExpectedOrg();
  const ownerId = await org.ownId();
  const recordedIds = [...new Set(recorded.flatMap(({ sourceOrgId }) => sourceOrgId ?? []))];
  const other = recordedIds.find((id) =>
    ownerId === undefined ? !takesPartInAll(id, connections) : id !== ownerId,
  );
  if (other !== undefined) {
    throw new UserError(
      `these credentials ${ownerId ? `belong to the org ${ownerId}` : "are those of another org"}, ` +
        `but the state records connections of the org ${other}. Set the credentials of that org.`,
    );
  }
  const isOwnerKnown = ownerId !== undefined;
  return { profile, ownerId: ownerId ?? recordedIds[0], isOwnerKnown, connections, recorded };
}

function takesPartInAll(orgId: string, connections: ReadonlyMap<string, Connection>): boolean {
  return connections
    .values()
    .every(({ sourceOrgId, sinkOrgId }) => sourceOrgId === orgId || sinkOrgId === orgId);
}

/** What was changed, deleted or created outside of the state, in this order. */
export function driftOf(
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

/** What was changed or deleted of the connections that the state keeps. */
function differences({ recorded: all, connections }: ActualOrg): Drift[] {
  return all.filter(isKept).flatMap((recorded): Drift[] => {
    const found = connections.get(recorded.id.toLowerCase());
    if (found === undefined) return [{ kind: "deleted", recorded }];
    if (sameTypes(found.connectionTypes, recorded.connectionTypes)) return [];
    return [{ kind: "changed", recorded, actual: found }];
  });
}

/** Whether a connection is compared; one that the next update deletes may be there or not. */
export function isKept({ isPendingDeletion }: RecordedConnection): boolean {
  return !isPendingDeletion;
}

/**
 * The connections that exist and that the next update deletes. One that another resource keeps (it
 * adopted the connection) isn't deleted.
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
  for (const { ownerId, connections } of actual) {
    for (const [id, connection] of connections) {
      const isOwn = ownerId !== undefined && connection.sourceOrgId === ownerId;
      if (isOwn && !managed.has(id)) found.set(id, connection);
    }
  }
  return [...found.values()].sort(oldestFirst);
}
