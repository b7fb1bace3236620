import type { FakeDatadog } from "../../support/fake-datadog/index.ts";
import { type Declared, type Profile, type Program, profiles } from "./programs.ts";

type Connection = FakeDatadog["connections"][number];

/** What a state records of a resource. */
export interface Recorded {
  readonly id: string;
  /** It was deleted in order to be replaced, which didn't happen yet. */
  readonly isPendingReplacement?: boolean;
  readonly inputs: {
    readonly profile?: unknown;
    readonly sinkOrgId?: unknown;
    readonly connectionTypes?: unknown;
  };
}

/** A connection that `create` returned, and the source that was recorded of what it replaces. */
export interface Created {
  readonly name: string;
  readonly id: string;
  readonly replacedSourceOrgId: string | undefined;
}

/** What happened in one operation. */
export interface Report {
  readonly succeeded: boolean;
  readonly wasKilled: boolean;
  readonly errors: readonly string[];
  readonly created: readonly Created[];
  /** Resources that the provider knew to keep their connection, before the `create` that is named. */
  readonly checkedBefore: ReadonlyMap<string, readonly string[]>;
}

/** The state and the service at one moment. */
export interface Snapshot {
  readonly state: ReadonlyMap<string, Recorded>;
  readonly pendingDeletes: readonly Recorded[];
  readonly connections: readonly Connection[];
}

/** What is compared after an operation. */
interface Operation {
  readonly program: Program;
  readonly report: Report;
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** Whether the state may record what somebody removed by hand. */
  readonly mayBeOutdated: boolean;
  /** The org that the keys of a profile belong to, in this operation. */
  readonly keysOrgId: (profile: Profile) => string;
  /** Whether the service accepts a second connection of a pair. */
  readonly allowsDoubles: boolean;
  /** The profiles of which the settings name the org. */
  readonly withOrgId: readonly string[];
}

const pairOfConnection = ({ sourceOrgId, sinkOrgId }: Connection) => `${sourceOrgId} ${sinkOrgId}`;
const idsOf = ({ state, pendingDeletes }: Snapshot) =>
  [...state.values(), ...pendingDeletes].map(({ id }) => id);

/**
 * Whether the state records what isn't so. After a kill it may: the engine doesn't record what the
 * provider had just deleted or changed.
 */
export function isOutdated({ state, connections }: Snapshot): boolean {
  return [...state.values()].some(({ id, inputs }) => {
    const found = connections.find((one) => one.id === id);
    return String(found?.types) !== String(inputs.connectionTypes);
  });
}

/** What must hold after every operation, whatever failed: each broken rule as a sentence. */
export function brokenRules(operation: Operation): string[] {
  return [
    ...forgotten(operation),
    ...recordedButGone(operation),
    ...managedTwice(operation),
    ...changedUnasked(operation),
    ...deletedUnasked(operation),
    ...ofAnotherSource(operation),
    ...doubled(operation),
  ];
}

/**
 * A connection that the state recorded exists, but no state knows it. Except one that a resource took
 * over from another one whose replacement then failed: the engine's calls don't show that the
 * replacement is still to be done, so the provider believes that the other one keeps it.
 */
function forgotten({ before, after, report, allowsDoubles }: Operation): string[] {
  const known = new Set(idsOf(after));
  const wasRecorded = new Set(idsOf(before));
  for (const { id, isPendingReplacement } of before.state.values()) {
    if (isPendingReplacement) wasRecorded.delete(id);
  }
  const existed = new Set(before.connections.map(({ id }) => id));
  const pairs = new Set(before.connections.map(pairOfConnection));
  return after.connections.flatMap((connection) => {
    const { id } = connection;
    if (known.has(id)) return [];
    if (wasRecorded.has(id)) return [`${id} exists, and the state forgot it`];
    // Datadog would have refused a second one of a pair that was connected before.
    const isDouble = allowsDoubles && pairs.has(pairOfConnection(connection));
    if (existed.has(id) || isDouble || !report.succeeded) return [];
    return [`${id} was created, and no state knows it`];
  });
}

function recordedButGone({ after, report, mayBeOutdated }: Operation): string[] {
  if (!report.succeeded || mayBeOutdated) return [];
  const existing = new Set(after.connections.map(({ id }) => id));
  return [...after.state]
    .filter(([, { id }]) => !existing.has(id))
    .map(([name, { id }]) => `${name} records ${id}, which is gone`);
}

function managedTwice({ after, report }: Operation): string[] {
  if (!report.succeeded) return [];
  const ids = [...after.state.values()].map(({ id }) => id);
  return ids
    .filter((id, index) => ids.indexOf(id) !== index)
    .map((id) => `two resources manage ${id}`);
}

/** Types that neither were there nor are declared; and those that a resource keeps. */
function changedUnasked({ program, report, before, after, keysOrgId }: Operation): string[] {
  const pairFor = ({ profile, sinkOrgId }: Declared) => `${keysOrgId(profile)} ${sinkOrgId}`;
  return after.connections.flatMap((connection) => {
    const old = before.connections.find(({ id }) => id === connection.id);
    const types = (one: { readonly types: readonly string[] }) => one.types.toSorted().join();
    if (old === undefined || types(old) === types(connection)) return [];
    const candidates = [...program].filter(
      ([, one]) => pairFor(one) === pairOfConnection(connection),
    );
    const wanted = candidates.filter(
      ([, one]) => one.connectionTypes.toSorted().join() === types(connection),
    );
    if (wanted.length === 0) return [`${connection.id} was changed to ${types(connection)}`];
    const keeper = candidates.find(([name]) => isKeptBy(name, connection, before, program));
    const isAskedOf = wanted.some(
      ([name]) =>
        name === keeper?.[0] || !keeper || !report.checkedBefore.get(name)?.includes(keeper[0]),
    );
    return isAskedOf ? [] : [`${connection.id} of ${keeper?.[0]} was changed for another resource`];
  });
}

function isKeptBy(name: string, { id }: Connection, before: Snapshot, program: Program): boolean {
  const recorded = before.state.get(name);
  const declared = program.get(name);
  return (
    recorded?.id === id &&
    declared !== undefined &&
    declared.sinkOrgId === recorded.inputs.sinkOrgId &&
    declared.profile === recorded.inputs.profile
  );
}

/** A connection that was there is gone, and the state didn't record it. */
function deletedUnasked({ before, after }: Operation): string[] {
  const existing = new Set(after.connections.map(({ id }) => id));
  const managed = new Set(idsOf(before));
  return before.connections
    .filter(({ id }) => !existing.has(id) && !managed.has(id))
    .map(({ id }) => `${id}, which nobody managed, was deleted`);
}

function ofAnotherSource({ program, report, before, after, withOrgId }: Operation): string[] {
  return report.created.flatMap(({ name, id, replacedSourceOrgId }) => {
    const connection = after.connections.find((one) => one.id === id);
    const profile = program.get(name)?.profile;
    if (connection === undefined || profile === undefined) return [];
    const isNew = !before.connections.some((one) => one.id === id);
    const stated = withOrgId.includes(profile) ? profiles[profile].id : undefined;
    const expected = [replacedSourceOrgId, stated].filter((org) => org !== undefined);
    return isNew && expected.some((org) => org !== connection.sourceOrgId)
      ? [`${id} of ${name} was created with the source ${connection.sourceOrgId}`]
      : [];
  });
}

/** More connections of a pair were created than resources declare, by a service that allows it. */
function doubled({ program, before, after, keysOrgId, allowsDoubles }: Operation): string[] {
  const old = new Set(before.connections.map(({ id }) => id));
  const created = after.connections.filter(({ id }) => !old.has(id)).map(pairOfConnection);
  const declared = [...program.values()].map(
    ({ profile, sinkOrgId }) => `${keysOrgId(profile)} ${sinkOrgId}`,
  );
  const count = (pairs: readonly string[], pair: string) =>
    pairs.filter((one) => one === pair).length;
  const connected = new Set(before.connections.map(pairOfConnection)); // no contract if it doubles
  return [...new Set(created)]
    .filter((pair) => count(created, pair) > count(declared, pair))
    .filter((pair) => !(allowsDoubles && connected.has(pair)))
    .map((pair) => `${pair} was connected more often than declared`);
}
