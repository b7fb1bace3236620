import fc from "fast-check";
import { type FakeDatadog, orgs, passingFaults } from "../../support/fake-datadog/index.ts";
import { manualChanges, type Profile, profileNames, profiles, programs } from "./programs.ts";

export type Fault = Parameters<FakeDatadog["fault"]>[0];

const faults = fc.array(
  fc.record({
    fault: fc.constantFrom<Fault>(...passingFaults, { kind: "wrongShape", json: [] }),
    method: fc.constantFrom("GET" as const, "POST" as const, "PATCH" as const, "DELETE" as const),
    times: fc.integer({ min: 1, max: 7 }),
  }),
  { maxLength: 2 },
);

type Faults = typeof faults extends fc.Arbitrary<infer Value> ? Value : never;

const seldom = fc.nat(5).map((value) => value === 0);

/** A random program, what it is run with, and what happens before and meanwhile. */
export const operations = fc.record({
  program: programs,
  refresh: fc.boolean(),
  adoptsAll: fc.boolean(),
  /** Resources that `--replace` names. */
  replace: fc.subarray(["a", "b", "c"]).chain((some) => seldom.map((is) => (is ? some : []))),
  byHand: fc.array(manualChanges, { maxLength: 2 }),
  faults: fc.oneof(fc.constant<Faults>([]), faults),
  /** Of which profile the keys are another org's, if any. */
  wrongKeys: fc.option(fc.constantFrom(...profileNames), { freq: 5 }),
});
export type Operation = typeof operations extends fc.Arbitrary<infer Value> ? Value : never;

/** The settings of a stack, and how its service behaves. */
export const settings = fc.record({
  withOrgId: fc.subarray([...profileNames]),
  withToken: fc.subarray([...profileNames]),
  validateIsMissing: seldom,
  maxPageSize: fc.constantFrom(3, 1000),
  allowsDoubles: fc.boolean(),
});
export type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

/** The bearer token of an org. */
export const tokenOf = (org: { readonly id: string }): string => `ddsat_${org.id}`;

/** The org that the keys of a profile belong to. */
export const keysOrg = (profile: Profile, wrongKeys: Profile | null) =>
  profile === wrongKeys ? orgs.security : profiles[profile];
