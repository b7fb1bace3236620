import fc from "fast-check";
import { type FakeDatadog, orgs, passingFaults } from "../support/fake-datadog/index.ts";

const { payments, shop, hub, security, data } = orgs;

/** The credential profiles, and the orgs that their keys belong to; two profiles have the same org. */
export const profiles = { payments, alias: payments, shop } as const;
export type Profile = keyof typeof profiles;

export const profileNames = Object.keys(profiles) as Profile[];
const sinks = [hub, security, data] as const;

/** One resource of a program. */
export interface Declared {
  readonly profile: Profile;
  readonly sinkOrgId: string;
  readonly connectionTypes: readonly string[];
  readonly adoptExisting: boolean;
  /** With the option `import`, of the connection that exists when the program is written. */
  readonly imports: boolean;
  readonly deleteBeforeReplace: boolean;
  /** With the plugin: other types replace the connection. */
  readonly replaceOnChanges: boolean;
  /** The name that the resource had before. */
  readonly alias: string | undefined;
  /** A resource, and the property that gets an output of it. */
  readonly dependsOn:
    | { readonly name: string; readonly property: "sinkOrgId" | "connectionTypes" }
    | undefined;
}

/** What a program declares, by the names of its resources. */
export type Program = ReadonlyMap<string, Declared>;

/** The two orgs that a resource connects. */
export const pairOf = ({ profile, sinkOrgId }: Pick<Declared, "profile" | "sinkOrgId">): string =>
  `${profiles[profile].id} ${sinkOrgId}`;

const names = ["a", "b", "c", "d", "e"];
const types = fc.subarray(["audit", "logs", "metrics"], { minLength: 1 });
const often = fc.nat(3).map((value) => value > 0);
const seldom = fc.nat(6).map((value) => value === 0);

const declared: fc.Arbitrary<Declared> = fc.record({
  profile: fc.constantFrom(...profileNames),
  sinkOrgId: fc.constantFrom(...sinks.map(({ id }) => id)),
  connectionTypes: types,
  adoptExisting: often,
  imports: seldom,
  deleteBeforeReplace: fc.boolean(),
  replaceOnChanges: seldom,
  alias: fc.constantFrom(undefined, ...names),
  dependsOn: fc.record({
    name: fc.constantFrom(...names),
    property: fc.constantFrom("sinkOrgId" as const, "connectionTypes" as const),
  }),
});

/**
 * A program of the first resource of each name, and, unless it may repeat them, of each pair of orgs. A
 * resource depends only on earlier ones, and an alias is the name of no other.
 */
export function programOf(some: Iterable<[string, Declared]>, mayRepeat: boolean): Program {
  const program = new Map<string, Declared>();
  const all = [...some];
  const aliases = new Set<string | undefined>(all.map(([name]) => name));
  for (const [name, { alias, dependsOn, ...one }] of all) {
    const isTaken = [...program.values()].some((other) => pairOf(other) === pairOf(one));
    if (program.has(name) || (isTaken && !mayRepeat)) continue;
    program.set(name, {
      ...one,
      alias: aliases.has(alias) ? undefined : alias,
      dependsOn: dependsOn && program.has(dependsOn.name) ? dependsOn : undefined,
    });
    aliases.add(alias);
  }
  return program;
}

/** Random programs; now and then an empty one. */
const programs = fc
  .tuple(fc.array(fc.tuple(fc.constantFrom(...names), declared), { maxLength: 8 }), seldom)
  .map(([some, mayRepeat]) => programOf(some, mayRepeat));

/** Changes each resource of a program. */
export const changed = (program: Program, change: (one: Declared) => Partial<Declared>): Program =>
  new Map([...program].map(([name, one]) => [name, { ...one, ...change(one) }]));

/** At most two, and mostly none. */
const mostlyNone = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(one, { maxLength: 2 }));

const manualChange = {
  profile: fc.constantFrom(...profileNames),
  sinkOrgId: fc.constantFrom(...sinks.map(({ id }) => id)),
  types: fc.option(types),
};

type Fault = Parameters<FakeDatadog["fault"]>[0];

const faults = fc.array(
  fc.record({
    fault: fc.constantFrom<Fault>(...passingFaults, { kind: "unexpectedResponse", json: [] }),
    method: fc.constantFrom("GET" as const, "POST" as const, "PATCH" as const, "DELETE" as const),
    times: fc.integer({ min: 1, max: 7 }),
  }),
  { maxLength: 2 },
);

/** A random program, what it is run with, and what happens before and meanwhile. */
export const operations = fc.record({
  program: programs,
  /** Whether only the first resource is new, and the others are those of the last program. */
  continues: fc.boolean(),
  refresh: fc.boolean(),
  adoptsAll: fc.boolean(),
  /** Resources that `--replace` names. */
  replace: fc.tuple(seldom, fc.subarray(names)).map(([is, some]) => (is ? some : [])),
  /** What somebody does by hand to the connection of a pair: creates, changes or removes it. */
  byHand: mostlyNone(fc.record(manualChange)),
  /** What is removed meanwhile, before which request; with types: created anew. */
  meanwhile: mostlyNone(fc.record({ ...manualChange, request: fc.oneof(fc.nat(3), fc.nat(25)) })),
  faults: fc.oneof(
    faults,
    faults.map((some) => some.slice(2)),
  ),
  /** Of which profile the keys are another org's, if any. */
  wrongKeys: fc.option(fc.constantFrom(...profileNames), { freq: 5 }),
});
export type Operation = typeof operations extends fc.Arbitrary<infer Value> ? Value : never;

const someProfiles = fc.subarray([...profileNames]);

/** The settings of a stack, and how its service behaves. */
export const settings = fc.record({
  /** The dynamic provider gets no URNs; the plugin does, and may have one provider for each source org. */
  host: fc.constantFrom("dynamic", "dynamic", "plugin", "plugin", "explicit plugins"),
  withOrgId: someProfiles,
  withToken: someProfiles,
  currentUser: fc.constantFrom("works", "works", "works", "missing", "fails"),
  validateIsMissing: seldom,
  maxPageSize: fc.constantFrom(1, 2, 1000, 1000),
  allowsDoubles: fc.boolean(),
});
export type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

/**
 * The org that the keys of a profile belong to. A limit: each explicit provider has another source org,
 * also with wrong keys.
 */
export function keysOrg(profile: Profile, wrongKeys: Profile | null) {
  if (profile !== wrongKeys) return profiles[profile];
  return profile === "shop" ? data : security;
}

/** The credentials of a profile. */
export function credentialsOf(profile: Profile, settings: Settings, wrongKeys: Profile | null) {
  const { id, apiKey, appKey } = keysOrg(profile, wrongKeys);
  return settings.withToken.includes(profile) ? { token: `ddsat_${id}` } : { apiKey, appKey };
}

/** Whether Datadog names the org that the credentials of a profile belong to. */
export function isIdentified(profile: Profile, settings: Settings): boolean {
  const { currentUser, withToken, validateIsMissing } = settings;
  if (currentUser !== "missing") return currentUser === "works";
  return !withToken.includes(profile) && !validateIsMissing;
}

/** The org that the settings name for a profile. */
export const statedOrgId = (profile: Profile, { withOrgId }: Settings): string | undefined =>
  withOrgId.includes(profile) ? profiles[profile].id : undefined;
