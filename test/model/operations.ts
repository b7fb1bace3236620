import fc from "fast-check";
import { type FakeDatadog, orgs, passingFaults } from "../support/fake-datadog/index.ts";
import {
  manualChanges,
  type Profile,
  profileNames,
  profiles,
  programs,
  removals,
} from "./programs.ts";

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
  /** What somebody does meanwhile. */
  meanwhile: fc.array(removals, { maxLength: 1 }),
  faults: fc.oneof(fc.constant<Faults>([]), faults),
  /** Of which profile the keys are another org's, if any. */
  wrongKeys: fc.option(fc.constantFrom(...profileNames), { freq: 5 }),
});
export type Operation = typeof operations extends fc.Arbitrary<infer Value> ? Value : never;

/** The settings of a stack, and how its service behaves. */
export const settings = fc.record({
  /** The dynamic provider gets no URNs; the plugin does, and may have one provider for each source org. */
  host: fc.constantFrom("dynamic", "dynamic", "plugin", "plugin", "explicit plugins"),
  withOrgId: fc.subarray([...profileNames]),
  withToken: fc.subarray([...profileNames]),
  /** The profiles whose credentials `current_user` refuses. */
  unidentified: fc
    .subarray([...profileNames])
    .chain((some) => seldom.map((is) => (is ? some : []))),
  currentUser: fc.constantFrom("works", "works", "works", "missing", "fails"),
  validateIsMissing: seldom,
  maxPageSize: fc.constantFrom(3, 1000),
  allowsDoubles: fc.boolean(),
});
export type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

/** The org that the keys of a profile belong to. */
export const keysOrg = (profile: Profile, wrongKeys: Profile | null) =>
  profile === wrongKeys ? orgs.security : profiles[profile];

/** The credentials of a profile. Those that `current_user` refuses are others of the same org. */
export function credentialsOf(profile: Profile, settings: Settings, wrongKeys: Profile | null) {
  const { id, apiKey, appKey } = keysOrg(profile, wrongKeys);
  const identifies = !settings.unidentified.includes(profile);
  return settings.withToken.includes(profile)
    ? { token: `ddsat_${identifies ? "" : "unidentified_"}${id}` }
    : { apiKey, appKey: identifies ? appKey : [...appKey].reverse().join("") };
}

/** Whether Datadog tells which org the credentials of a profile belong to. */
export function isIdentified(profile: Profile, settings: Settings): boolean {
  const { currentUser, unidentified, withToken, validateIsMissing } = settings;
  if (currentUser === "works" && !unidentified.includes(profile)) return true;
  return currentUser !== "fails" && !withToken.includes(profile) && !validateIsMissing;
}
