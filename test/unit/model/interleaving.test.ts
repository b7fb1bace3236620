import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import {
  type FakeDatadog,
  orgs,
  passingFaults,
  startFakeDatadog,
} from "../../support/fake-datadog/index.ts";
import { namespace } from "../fixture.ts";
import { brokenRules, type Snapshot } from "./invariants.ts";
import { ParallelEngine, type Run } from "./parallel-engine.ts";
import {
  adopting,
  type Declared,
  declaresOnce,
  type ManualChange,
  manualChanges,
  type Profile,
  type Program,
  pairOf,
  profileNames,
  profiles,
  programs,
} from "./programs.ts";

/** How often the provider is called at least. */
const calls = Number(process.env["MODEL_CALLS"] ?? 20_000);
const firstSeed = Number(process.env["MODEL_SEED"] ?? Date.now() % 1_000_000);

type Fault = Parameters<FakeDatadog["fault"]>[0];

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

const operations = fc.record({
  program: programs,
  refresh: fc.boolean(),
  adoptsAll: fc.boolean(),
  replace: fc.subarray(["a", "b", "c"]).chain((some) => seldom.map((is) => (is ? some : []))),
  byHand: fc.array(manualChanges, { maxLength: 2 }),
  faults: fc.oneof(fc.constant<Faults>([]), faults),
  /** After how many steps the process is killed, if it is. */
  killAfter: fc.option(fc.nat(40), { freq: 3 }),
  /** Of which profile the keys are another org's, if any. */
  wrongKeys: fc.option(fc.constantFrom(...profileNames), { freq: 5 }),
});
type Operation = typeof operations extends fc.Arbitrary<infer Value> ? Value : never;

const settings = fc.record({
  withOrgId: fc.subarray([...profileNames]),
  withToken: fc.subarray([...profileNames]),
  validateIsMissing: seldom,
  maxPageSize: fc.constantFrom(3, 1000),
  allowsDoubles: fc.boolean(),
});
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

const tokenOf = (org: { id: string }) => `ddsat_${org.id}`;

/** The org that the keys of a profile belong to. */
const keysOrg = (profile: Profile, wrongKeys: Profile | null) =>
  profile === wrongKeys ? orgs.security : profiles[profile];

function configOf(
  fake: FakeDatadog,
  { withOrgId, withToken }: Settings,
  wrongKeys: Profile | null,
): ReadonlyMap<string, string> {
  const credentials = profileNames.map((name) => {
    const org = keysOrg(name, wrongKeys);
    const keys = withToken.includes(name)
      ? { bearerToken: tokenOf(org) }
      : { apiKey: org.apiKey, appKey: org.appKey };
    return [name, { ...keys, ...(withOrgId.includes(name) && { orgId: profiles[name].id }) }];
  });
  return new Map([
    [`${namespace}:apiUrl`, fake.url],
    [`${namespace}:profiles`, JSON.stringify(Object.fromEntries(credentials))],
  ]);
}

/** One history: the service, the engine, and the scheduler that decides what happens next. */
class History {
  readonly engine: ParallelEngine;
  readonly #fake: FakeDatadog;
  readonly #settings: Settings;
  readonly #scheduler: fc.Scheduler;
  #activity = 0;
  #mayBeOutdated = false;
  #isOfRightOrgs = true;

  constructor(fake: FakeDatadog, chosen: Settings, scheduler: fc.Scheduler) {
    this.#fake = fake;
    this.#settings = chosen;
    this.#scheduler = scheduler;
    this.engine = new ParallelEngine((label) => this.#turn(label));
    for (const org of Object.values(orgs)) fake.addCredentials(org, { token: tokenOf(org) });
    for (const source of [orgs.payments, orgs.shop, orgs.security]) {
      fake.connect({ source, sink: fake.addOrg("Elsewhere"), types: ["metrics"] });
    }
    fake.beforeApply = ({ method }) => this.#turn(`apply ${method}`);
    fake.beforeAnswer = ({ method }) => this.#turn(`answer ${method}`);
  }

  async take(operation: Operation): Promise<void> {
    for (const change of operation.byHand) this.#changeByHand(change);
    const program = operation.adoptsAll ? adopting(operation.program) : operation.program;
    const run: Run = { program, refresh: operation.refresh, replace: operation.replace };
    if (this.#settings.validateIsMissing) {
      this.#fake.fault({ kind: "status", status: 404, path: "validate", times: 1e6 });
    }
    for (const { fault, ...match } of operation.faults) {
      this.#fake.fault({ ...fault, ...match } as Fault);
    }
    const before = this.#snapshot();
    const config = configOf(this.#fake, this.#settings, operation.wrongKeys);
    const existing = (declared: Declared) =>
      this.#fake.connections.find(
        (one) => `${one.sourceOrgId} ${one.sinkOrgId}` === pairOf(declared),
      )?.id;
    const report = await this.#drive(this.engine.up(run, config, existing), operation.killAfter);
    this.#fake.clearFaults();
    if (operation.refresh && report.succeeded) this.#mayBeOutdated = false;
    const after = this.#snapshot();
    const { withOrgId, allowsDoubles } = this.#settings;
    const mayBeOutdated = this.#mayBeOutdated;
    const keysOrgId = (profile: Profile) => keysOrg(profile, operation.wrongKeys).id;
    const outcome = { program, report, before, after };
    const rules = { mayBeOutdated, withOrgId, allowsDoubles, keysOrgId };
    expect(brokenRules({ ...outcome, ...rules }), report.errors.join("\n")).toEqual([]);
    if (this.#mustSucceed(operation)) expect(report.errors).toEqual([]);
    if (operation.wrongKeys !== null) this.#isOfRightOrgs = false;
    if (report.succeeded && !mayBeOutdated && this.#isOfRightOrgs) this.#expectAsDeclared(program);
  }

  /** Right keys that show their org, and faults that end: all that a program needs to succeed. */
  #mustSucceed({ adoptsAll, program, refresh, killAfter, wrongKeys, faults: some }: Operation) {
    const { withOrgId, withToken, validateIsMissing, maxPageSize } = this.#settings;
    const showsOrg = (name: Profile) =>
      withOrgId.includes(name) || !(validateIsMissing || withToken.includes(name));
    const count = some.reduce((sum, { times }) => sum + times, 0);
    return (
      adoptsAll &&
      refresh &&
      declaresOnce(program) &&
      killAfter === null &&
      wrongKeys === null &&
      this.#isOfRightOrgs &&
      profileNames.every(showsOrg) &&
      maxPageSize === 1000 &&
      count <= 4 &&
      some.every(({ fault }) => fault.kind !== "wrongShape")
    );
  }

  #expectAsDeclared(program: Program): void {
    const declared = [...program].map(([name, one]) => [
      name,
      pairOf(one),
      one.connectionTypes.toSorted().join(),
    ]);
    const recorded = [...this.engine.state].map(([name, { id }]) => {
      const found = this.#fake.connections.find((one) => one.id === id);
      return [name, `${found?.sourceOrgId} ${found?.sinkOrgId}`, found?.types.toSorted().join()];
    });
    expect(recorded.sort()).toEqual(declared.sort());
  }

  #changeByHand({ types, ...pair }: ManualChange): void {
    const existing = this.#fake.connections.find(
      (one) => `${one.sourceOrgId} ${one.sinkOrgId}` === pairOf(pair),
    );
    this.#mayBeOutdated = true;
    if (existing && types) this.#fake.setTypes(existing.id, types);
    else if (existing) this.#fake.remove(existing.id);
    else if (types) {
      this.#fake.connect({ source: profiles[pair.profile], sink: pair.sinkOrgId, types });
    }
  }

  #snapshot(): Snapshot {
    const { state, pendingDeletes } = this.engine;
    return {
      state: new Map(state),
      pendingDeletes: [...pendingDeletes],
      connections: [...this.#fake.connections],
    };
  }

  async #turn(label: string): Promise<void> {
    this.#activity += 1;
    await this.#scheduler.schedule(Promise.resolve(), label);
    this.#activity += 1;
  }

  /** Lets the scheduler choose among all that could happen next, until the operation has ended. */
  async #drive<T>(operation: Promise<T>, killAfter: number | null): Promise<T> {
    let hasEnded = false;
    const ended = operation.finally(() => {
      hasEnded = true;
    });
    for (let steps = 0; !hasEnded; ) {
      await this.#quiet();
      if (this.#scheduler.count() === 0) continue;
      if (steps === killAfter) this.#kill();
      steps += 1;
      await this.#scheduler.waitNext(1);
    }
    return ended;
  }

  /** What a process that was killed has sent may still be applied; it sends nothing more. */
  #kill(): void {
    this.engine.kill();
    this.#fake.clearFaults();
    this.#fake.fault({ kind: "resetBefore", times: Number.POSITIVE_INFINITY });
  }

  /** Waits until what is on its way has arrived. */
  async #quiet(): Promise<void> {
    for (let turns = 0; turns < 4; ) {
      const before = this.#activity;
      await setImmediate();
      turns = this.#activity === before ? turns + 1 : 0;
    }
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("whatever runs in parallel and fails, nothing is lost, doubled or changed unasked", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {});
  let done = 0;
  let histories = 0;
  const property = fc.asyncProperty(
    fc.array(operations, { minLength: 2, maxLength: 6 }),
    settings,
    fc.scheduler(),
    async (history, chosen, scheduler) => {
      const fake = await startFakeDatadog({ maxPageSize: chosen.maxPageSize });
      fake.allowDoubles = chosen.allowsDoubles;
      const one = new History(fake, chosen, scheduler);
      try {
        for (const operation of history) await one.take(operation);
      } finally {
        done += one.engine.calls;
        histories += 1;
        await fake.close();
      }
    },
  );
  for (let seed = firstSeed; done < calls; seed += 1) {
    await fc.assert(property, { seed, numRuns: 50, interruptAfterTimeLimit: 60_000 });
  }
  vi.restoreAllMocks();
  console.log(`${done} calls of the provider in ${histories} histories`);
});
