import type { Connection } from "../provider/api/connection";
import { Obstacle } from "../provider/errors";
import { sameTypes } from "../provider/inputs";
import { type ListedConnection, listed } from "../provider/listing";
import type { AskedOrg, Profile } from "./asked-orgs";
import type { RecordedConnection } from "./exported-state";
import { oldestFirst } from "./listed-connections";

/** What Datadog has of an org. */
export interface ActualOrg {
  readonly profile: Profile;
  /** What Datadog tells, else what the state records; `undefined` where neither does. */
  readonly ownerId: string | undefined;
  /** Whether Datadog tells whose the credentials are. */
  readonly isOwnerKnown: boolean;
  readonly connections: ReadonlyMap<string, Connection>;
}

/** A difference between a state and Datadog. */
export type Drift =
  | {
      readonly kind: "changed";
      readonly recorded: RecordedConnection;
      readonly actual: ListedConnection;
    }
  | { readonly kind: "deleted"; readonly recorded: RecordedConnection; readonly actual?: never }
  | { readonly kind: "unmanaged"; readonly recorded?: never; readonly actual: ListedConnection };

/**
 * Reads what Datadog has of an org.
 *
 * @param state What is recorded of this org.
 * @throws Obstacle where the credentials are those of another org than the recorded one: all of
 *   its connections would seem deleted.
 */
export async function actualOrg(
  { profile, org }: AskedOrg,
  state: readonly RecordedConnection[],
): Promise<ActualOrg> {
  const connections = await org.list();
  await org.assertOwner();
  const ownerId = await org.ownerId();
  const recordedIds = [...new Set(state.flatMap(({ sourceOrgId }) => sourceOrgId ?? []))];
  const other = recordedIds.find((id) =>
    ownerId === undefined ? !takesPartInAll(id, connections) : id !== ownerId,
  );
  if (other !== undefined) {
    throw new Obstacle(
      `these credentials ${ownerId ? `belong to the org ${ownerId}` : "are those of another org"}, ` +
        `but the state records connections of the org ${other}. Set the credentials of that org.`,
    );
  }
  const isOwnerKnown = ownerId !== undefined;
  return { profile, ownerId: ownerId ?? recordedIds[0], isOwnerKnown, connections };
}

function takesPartInAll(orgId: string, connections: ReadonlyMap<string, Connection>): boolean {
  return connections
    .values()
    .every(({ sourceOrg, sinkOrg }) =>
      [sourceOrg, sinkOrg].some((party) => party?.id.toLowerCase() === orgId),
    );
}

/** What was changed, deleted or created outside of the state, in this order. */
export function driftOf(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): readonly Drift[] {
  const byProfile = new Map(actual.map((org) => [org.profile, org.connections]));
  const compared = state.flatMap((recorded): Drift[] => {
    const connections = byProfile.get(recorded.profile);
    if (connections === undefined) return []; // of an org that wasn't asked
    const found = connections.get(recorded.id.toLowerCase());
    if (found === undefined) return [{ kind: "deleted", recorded }];
    if (sameTypes(found.connectionTypes, recorded.connectionTypes)) return [];
    return [{ kind: "changed", recorded, actual: listed(found) }];
  });
  return [
    ...compared.filter(({ kind }) => kind === "changed"),
    ...compared.filter(({ kind }) => kind === "deleted"),
    ...unmanaged(state, actual).map(
      (connection): Drift => ({ kind: "unmanaged", actual: connection }),
    ),
  ];
}

function unmanaged(
  state: readonly RecordedConnection[],
  actual: readonly ActualOrg[],
): ListedConnection[] {
  const managed = new Set(state.map(({ id }) => id.toLowerCase()));
  const found = new Map<string, ListedConnection>();
  for (const { ownerId, connections } of actual) {
    for (const [id, connection] of connections) {
      const isOwn = ownerId !== undefined && connection.sourceOrg?.id.toLowerCase() === ownerId;
      if (isOwn && !managed.has(id)) found.set(id, listed(connection));
    }
  }
  return [...found.values()].sort(oldestFirst);
}
