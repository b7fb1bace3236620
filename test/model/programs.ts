import fc from "fast-check";
import { orgs } from "../../support/fake-datadog/index.ts";

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

const declared: fc.Arbitrary<Declared> = fc.record({
  profile: fc.constantFrom(...profileNames),
  sinkOrgId: fc.constantFrom(...sinks.map(({ id }) => id)),
  connectionTypes: types,
  adoptExisting: often,
  imports: seldom,
  deleteBeforeReplace: fc.boolean(),
});

/** Random programs. Most declare each pair of orgs once. */
export const programs: fc.Arbitrary<Program> = fc
  .record({
    some: fc.shuffledSubarray(names, { minLength: 1 }),
    resources: fc.array(declared, { minLength: names.length, maxLength: names.length }),
    mayRepeat: seldom,
  })
  .map(({ some, resources, mayRepeat }) => {
    const program = new Map<string, Declared>();
    for (const [index, name] of some.entries()) {
      const resource = resources[index];
      const isTaken = [...program.values()].some(
        (one) => resource && pairOf(one) === pairOf(resource),
      );
      if (resource && (mayRepeat || !isTaken)) program.set(name, resource);
    }
    return program;
  });

/** The program with every connection to be taken over, and none imported. */
export function adopting(program: Program): Program {
  const change = (one: Declared) => ({ ...one, adoptExisting: true, imports: false });
  return new Map([...program].map(([name, one]) => [name, change(one)]));
}

/** What somebody does by hand to the connection of a pair: creates, changes or removes it. */
export const manualChanges = fc.record({
  profile: fc.constantFrom(...profileNames),
  sinkOrgId: fc.constantFrom(...sinks.map(({ id }) => id)),
  types: fc.option(types),
});
export type ManualChange = typeof manualChanges extends fc.Arbitrary<infer Value> ? Value : never;
