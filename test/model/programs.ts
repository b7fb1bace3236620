import fc from "fast-check";
import { orgs } from "../support/fake-datadog/index.ts";

const { payments, shop, hub, security, data } = orgs;

/** The credential profiles and the orgs that their keys belong to: two of them to one org. */
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
  readonly dependsOn: Dependency | undefined;
}

/** A resource of which another one uses an output, and as which property. */
export interface Dependency {
  readonly name: string;
  readonly property: "sinkOrgId" | "connectionTypes";
}

/** What a program declares, by the names of its resources. */
export type Program = ReadonlyMap<string, Declared>;

/** The two orgs that a resource connects. */
export const pairOf = ({ profile, sinkOrgId }: Pick<Declared, "profile" | "sinkOrgId">): string =>
  `${profiles[profile].id} ${sinkOrgId}`;

/** Whether no two resources connect the same orgs. */
export const declaresOnce = (program: Program): boolean =>
  new Set([...program.values()].map(pairOf)).size === program.size;

const names = ["a", "b", "c", "d", "e"];
const types = fc.subarray(["audit", "logs", "metrics"], { minLength: 1 });
const often = fc.nat(3).map((value) => value > 0);
const seldom = fc.nat(6).map((value) => value === 0);

const declared = fc.record({
  profile: fc.constantFrom(...profileNames),
  sinkOrgId: fc.constantFrom(...sinks.map(({ id }) => id)),
  connectionTypes: types,
  adoptExisting: often,
  imports: seldom,
  deleteBeforeReplace: fc.boolean(),
  replaceOnChanges: seldom,
  alias: fc.option(fc.constantFrom(...names), { nil: undefined }),
  dependency: fc.option(
    fc.record({
      name: fc.constantFrom(...names),
      property: fc.constantFrom("sinkOrgId" as const, "connectionTypes" as const),
    }),
    { nil: undefined },
  ),
});

/**
 * Random programs; now and then an empty one. Most declare each pair of orgs once. A resource depends
 * only on earlier ones, and no two have the same alias.
 */
export const programs: fc.Arbitrary<Program> = fc
  .record({
    some: fc.shuffledSubarray(names),
    resources: fc.array(declared, { minLength: names.length, maxLength: names.length }),
    mayRepeat: seldom,
  })
  .map(({ some, resources, mayRepeat }) => {
    const program = new Map<string, Declared>();
    const aliases = new Set<string | undefined>(some);
    for (const [index, name] of some.entries()) {
      const resource = resources[index];
      if (resource === undefined) continue;
      const isTaken = [...program.values()].some((one) => pairOf(one) === pairOf(resource));
      if (isTaken && !mayRepeat) continue;
      const { dependency, alias: old, ...rest } = resource;
      const alias = aliases.has(old) ? undefined : old;
      aliases.add(alias);
      const dependsOn = dependency && program.has(dependency.name) ? dependency : undefined;
      program.set(name, { ...rest, alias, dependsOn });
    }
    return program;
  });

/** The program with each connection to be taken over, and none imported. */
export function adopting(program: Program): Program {
  return changed(program, (one) => ({ ...one, adoptExisting: true, imports: false }));
}

/** The program with one explicit provider for each source org, instead of profiles. */
export function withOneProviderEach(program: Program): Program {
  const profileOf = ({ profile }: Declared) => (profile === "alias" ? "payments" : profile);
  return changed(program, (one) => ({ ...one, profile: profileOf(one) }));
}

const changed = (program: Program, change: (one: Declared) => Declared): Program =>
  new Map([...program].map(([name, one]) => [name, change(one)]));

const manualChange = {
  profile: fc.constantFrom(...profileNames),
  sinkOrgId: fc.constantFrom(...sinks.map(({ id }) => id)),
  types: fc.option(types),
};

/** What somebody does by hand to the connection of a pair: creates, changes or removes it. */
export const manualChanges = fc.record(manualChange);
export type ManualChange = typeof manualChanges extends fc.Arbitrary<infer Value> ? Value : never;

/** What is removed while an operation runs, before one of its requests; with types: created anew. */
export const removals = fc.record({ ...manualChange, request: fc.nat(25) });
export type Removal = typeof removals extends fc.Arbitrary<infer Value> ? Value : never;
