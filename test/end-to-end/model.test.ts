import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type FakeDatadog,
  orgs,
  passingFaults,
  startFakeDatadog,
} from "../support/fake-datadog/index.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";
import { Cast, handMade } from "./cast.ts";
import { newStack, profileKeys, programOf, recordedConnections } from "./fixture.ts";
import type { Program } from "./mini-engine.ts";

/** How long new histories are begun. */
const seconds = Number(process.env["MODEL_SECONDS"] ?? 60);
/** That of the first history; each further one has the next. */
const firstSeed = Number(process.env["MODEL_SEED"] ?? Date.now() % 1_000_000);
const minute = 60_000;

const { payments, shop, data, hub, security } = orgs;
const cast = new Cast({ payments, shop }, [data, hub, security]);
const programs = cast.programs(["a", "b", "c", "d", "e", "f", "g"], { atLeast: 3 });

const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ program: programs, refresh: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant("refresh" as const) },
);
const step = fc.record({
  byHand: fc.array(handMade, { maxLength: 3 }),
  operation,
  probability: fc.constantFrom(0, 0.1, 0.5), // that a request meets a fault
  faultSeed: fc.nat(),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What was done in all histories. */
const done = {
  histories: 0,
  "engine operations": 0,
  "of these failed": 0,
  "changes of resources": 0,
  "changes by hand": 0,
  requests: 0,
  "of these faulted": 0,
};

function count({ code, changes }: OperationResult): void {
  const { same, ...others } = changes;
  done["engine operations"] += 1;
  if (code !== 0) done["of these failed"] += 1;
  for (const some of Object.values(others)) done["changes of resources"] += some;
}

/** A program whose connections may all be adopted. */
const adopting = (program: Program) =>
  programOf(
    Object.fromEntries([...program].map(([name, one]) => [name, { ...one, adoptExisting: true }])),
  );

/** Without faults, one up with refresh brings everything to what the program declares. */
async function settle(program: Program, stack: Stack, fake: FakeDatadog): Promise<void> {
  fake.setFaultRate(undefined);
  await stack.write("index.ts", adopting(program));
  const up = await stack.up({ refresh: true });
  count(up);
  expect(up.code, up.output).toBe(0);
  await expectAsDeclared(program, stack, fake);
}

async function take(step: Step, stack: Stack, fake: FakeDatadog): Promise<void> {
  for (const change of step.byHand) {
    if (cast.changeByHand(fake, change)) done["changes by hand"] += 1;
  }
  fake.setFaultRate({ ...step, seed: step.faultSeed, kinds: passingFaults });
  if (step.operation === "refresh") count(await stack.refresh());
  else {
    const { program, refresh } = step.operation;
    await stack.write("index.ts", adopting(program));
    const up = await stack.up({ refresh });
    count(up);
    // What failed is run again, as the message says: only so is an unknown outcome found.
    if (up.code !== 0) await settle(program, stack, fake);
    else if (refresh) await expectAsDeclared(program, stack, fake);
  }
  fake.setFaultRate(undefined);
}

async function expectAsDeclared(last: Program, stack: Stack, fake: FakeDatadog): Promise<void> {
  expect(cast.existing(fake)).toEqual(cast.declared(last));
  const recorded = await recordedConnections(stack);
  const ids = recorded.map(({ urn, id }) => [urn.replace(/^.*::/, ""), id] as const);
  expect(new Map(ids)).toEqual(cast.ids(last, fake));
  expect(recorded).toHaveLength(last.size);
}

const property = fc.asyncProperty(
  fc.array(step, { minLength: 2, maxLength: 4 }),
  programs,
  async (history, last) => {
    const fake = await startFakeDatadog();
    fake.allowDoubles = true; // what is doubled exists more often than it is declared
    try {
      cast.connectOthers(fake);
      const others = cast.others(fake);
      const stack = await newStack(fake, "", {
        env: { DD_HOST: fake.url, ...profileKeys(cast.sources) },
        config: { "datadog-org-connections:maxRetries": "2" },
      });
      for (const one of history) await take(one, stack, fake);
      await settle(last, stack, fake);
      expect(cast.others(fake)).toEqual(others);
      done.histories += 1;
      done.requests += fake.requests.length;
      done["of these faulted"] += fake.requests.filter(({ fault }) => fault).length;
    } finally {
      await fake.close();
    }
  },
);

it(
  "whatever fails, one up with refresh ends as the program declares, and touches nothing else",
  async () => {
    const begun = performance.now();
    for (let seed = firstSeed; performance.now() - begun < seconds * 1000; seed += 1) {
      console.log(`seed ${seed}`);
      const shrinkingEnds = { interruptAfterTimeLimit: 3 * minute };
      await fc.assert(property, { seed, numRuns: 1, unbiased: true, ...shrinkingEnds });
    }
    console.table(done);
  },
  seconds * 1000 + 5 * minute,
);
