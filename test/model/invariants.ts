import type { FakeDatadog } from "../support/fake-datadog/index.ts";
import {
  isIdentified,
  keysOrg,
  type Profile,
  type Program,
  type Settings,
  statedOrgId,
} from "./operations.ts";

type Connection = FakeDatadog["connections"][number];

/** What a state records of a resource. */
export interface Recorded {
  readonly id: string;
  /** It was deleted in order to be replaced, which didn't happen yet. */
  readonly isPendingReplacement?: boolean;
  readonly profile: Profile;
  readonly inputs: { readonly sinkOrgId?: unknown; readonly connectionTypes?: unknown };
}

/** A connection that was created, adopted or imported. */
export interface Created {
  readonly name: string;
  readonly id: string;
  /** The source that was recorded of what it replaces. */
  readonly replacedSourceOrgId?: string | undefined;
  /** The ids that were removed by hand before `create` was called. */
  readonly removedBefore?: readonly string[];
}

/** What happened in one operation. */
export interface Report {
  readonly wasKilled: boolean;
  readonly errors: readonly string[];
  readonly created: readonly Created[];
  /** The resources that were compared and keep their connection, before the `create` that is named. */
  readonly keptBefore: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The state and the service at one moment. */
interface Snapshot {
  readonly resources: ReadonlyMap<string, Recorded>;
  readonly pendingDeletes: readonly Recorded[];
  readonly connections: readonly Connection[];
}

/** What is compared after an operation. */
interface Operation {
  readonly program: Program;
  readonly report: Report;
  readonly succeeded: boolean;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Whether the state may record what somebody removed by hand. */
  readonly mayBeOutdated: boolean;
  readonly settings: Settings;
  readonly wrongKeys: Profile | null;
  /** The ids of what somebody removed and created meanwhile. */
  readonly byHand: Readonly<Record<"removed" | "created", ReadonlySet<string>>>;
}

const pairOfConnection = ({ sourceOrgId, sinkOrgId }: Connection) => `${sourceOrgId} ${sinkOrgId}`;
const allOf = ({ resources, pendingDeletes }: Snapshot) => [
  ...resources.values(),
  ...pendingDeletes,
];
const idsOf = (snapshot: Snapshot) => allOf(snapshot).map(({ id }) => id);

/**
 * Whether the state records what isn't so. After a kill it may: the engine doesn't record what the
 * provider had just deleted or changed.
 */
export function isOutdated({ resources, connections }: Snapshot): boolean {
  return [...resources.values()].some(({ id, inputs }) => {
    const found = connections.find((one) => one.id === id);
    return String(found?.types) !== String(inputs.connectionTypes);
  });
}

/** What must hold after every operation, whatever failed: each broken rule as a sentence. */
export function brokenRules(operation: Operation): string[] {
  return [
    ...forgotten(operation),
    ...recordedButGone(operation),
    ...changedUnasked(operation),
    ...deletedUnasked(operation),
    ...ofAnotherSource(operation),
    ...adoptedButRemoved(operation),
    ...doubled(operation),
  ];
}

/**
 * A connection exists that the state recorded, but the state no longer does. Two limits. If a
 * replacement failed, another resource may have taken the connection over: the engine's calls don't show
 * that the replacement is pending, so the provider believes that the old resource keeps the connection.
 * And a wrong `orgId` proves that the connection is gone.
 */
function forgotten(operation: Operation): string[] {
  const { before, after, succeeded, byHand, settings } = operation;
  const known = new Set(idsOf(after));
  const wasRecorded = new Set(idsOf(before));
  for (const { id, profile, isPendingReplacement } of allOf(before)) {
    if (isPendingReplacement || areMistaken(operation, profile)) wasRecorded.delete(id);
  }
  const existed = new Set([...before.connections.map(({ id }) => id), ...byHand.created]);
  const pairs = new Set(before.connections.map(pairOfConnection));
  return after.connections.flatMap((connection) => {
    const { id } = connection;
    if (known.has(id)) return [];
    if (wasRecorded.has(id)) return [`${id} exists, and the state forgot it`];
    // Datadog would have refused a second one of a pair that was connected before.
    const isDouble = settings.allowsDoubles && pairs.has(pairOfConnection(connection));
    if (existed.has(id) || isDouble || !succeeded) return [];
    return [`${id} was created, and no state knows it`];
  });
}

/** What the state records is gone, or recorded twice. */
function recordedButGone({ after, succeeded, mayBeOutdated }: Operation): string[] {
  if (!succeeded) return [];
  const existing = new Set(after.connections.map(({ id }) => id));
  const recorded = [...after.resources].filter(([, one]) => !one.isPendingReplacement);
  return recorded.flatMap(([name, { id }], index) => {
    if (!mayBeOutdated && !existing.has(id)) return [`${name} records ${id}, which is gone`];
    const isTwice = recorded.slice(0, index).some(([, one]) => one.id === id);
    return isTwice ? [`two resources manage ${id}`] : [];
  });
}

/** Types that neither were there nor are declared; and those that a resource keeps. */
function changedUnasked({ program, report, before, after, wrongKeys }: Operation): string[] {
  return after.connections.flatMap((connection) => {
    const { id } = connection;
    const old = before.connections.find((one) => one.id === id);
    const types = connection.types.toSorted().join();
    if (old === undefined || old.types.toSorted().join() === types) return [];
    const pair = pairOfConnection(connection);
    const candidates = [...program].filter(
      ([, { profile, sinkOrgId }]) => `${keysOrg(profile, wrongKeys).id} ${sinkOrgId}` === pair,
    );
    const wanted = candidates.filter(([, one]) => one.connectionTypes.toSorted().join() === types);
    const [keeper = ""] =
      candidates.find(([name, { alias = "", profile, sinkOrgId }]) => {
        const recorded = before.resources.get(name) ?? before.resources.get(alias);
        const isSame = recorded?.profile === profile && recorded.inputs.sinkOrgId === sinkOrgId;
        return isSame && recorded.id === id;
      }) ?? [];
    const isAsked = wanted.some(
      ([name]) => name === keeper || !report.keptBefore.get(name)?.has(keeper),
    );
    return isAsked ? [] : [`${id} of ${keeper || "nobody"} was changed to ${types}`];
  });
}

/** A connection that was there is gone, and the state didn't record it. */
function deletedUnasked({ before, after, byHand }: Operation): string[] {
  const existing = new Set(after.connections.map(({ id }) => id));
  const managed = new Set(idsOf(before));
  return before.connections
    .filter(({ id }) => !existing.has(id) && !managed.has(id) && !byHand.removed.has(id))
    .map(({ id }) => `${id}, which nobody managed, was deleted`);
}

/** Whether the settings name another org than that of the keys, and Datadog doesn't name the org. */
function areMistaken({ settings, wrongKeys }: Operation, profile: Profile): boolean {
  const { id } = keysOrg(profile, wrongKeys);
  return (statedOrgId(profile, settings) ?? id) !== id && !isIdentified(profile, settings);
}

/**
 * A connection has another source than the credentials' org; or a new one has another source than the
 * connection that it replaces. Two limits, if Datadog doesn't name the org of the credentials: with a
 * wrong `orgId`, a connection of another org is adopted; and after an unanswered POST to the own org, a
 * connection that another org shares with it is taken.
 */
function ofAnotherSource(operation: Operation): string[] {
  const { program, report, before, after, settings, wrongKeys } = operation;
  return report.created.flatMap(({ name, id, replacedSourceOrgId }) => {
    const connection = after.connections.find((one) => one.id === id);
    const profile = program.get(name)?.profile;
    if (connection === undefined || profile === undefined) return [];
    const isNew = !before.connections.some((one) => one.id === id);
    const sources = isNew ? [replacedSourceOrgId, statedOrgId(profile, settings)] : [];
    const own = keysOrg(profile, wrongKeys).id;
    const isToOwn = connection.sinkOrgId === own && !isIdentified(profile, settings);
    if (!isToOwn && (isNew || !areMistaken(operation, profile))) sources.push(own);
    return sources.some((org) => org !== undefined && org !== connection.sourceOrgId)
      ? [`${id} of ${name} has the source ${connection.sourceOrgId}`]
      : [];
  });
}

/** What `create` returned was already gone. A limit: an import trusts the list of the operation. */
function adoptedButRemoved({ program, report }: Operation): string[] {
  return report.created.flatMap(({ name, id, removedBefore = [] }) => {
    const isBroken = removedBefore.includes(id) && !program.get(name)?.imports;
    return isBroken ? [`${name} records ${id}, which was removed before`] : [];
  });
}

/** More connections of a pair were created than resources declare, by a service that allows it. */
function doubled({ program, before, after, settings, wrongKeys, byHand }: Operation): string[] {
  const old = new Set([...before.connections.map(({ id }) => id), ...byHand.created]);
  const created = after.connections.filter(({ id }) => !old.has(id)).map(pairOfConnection);
  const declared = [...program.values()].map(
    ({ profile, sinkOrgId }) => `${keysOrg(profile, wrongKeys).id} ${sinkOrgId}`,
  );
  const connected = new Set(before.connections.map(pairOfConnection)); // no contract if it doubles
  return [...new Set(created)].flatMap((pair) => {
    const [more, fewer] = [created, declared].map(
      (all) => all.filter((one) => one === pair).length,
    );
    if ((more ?? 0) <= (fewer ?? 0) || (settings.allowsDoubles && connected.has(pair))) return [];
    return [`${pair} was connected more often than declared`];
  });
}
