import fc from "fast-check";
import { expect, it } from "vitest";
import { type FakeDatadog, orgs, passingFaults, startFakeDatadog } from "../fake-datadog/index.ts";
import { Cast, handMade } from "./cast.ts";
import { namespace } from "./fixture.ts";
import { MiniEngine, type Program } from "./mini-engine.ts";

const { payments, shop, data, hub, security } = orgs;
const cast = new Cast({ payments, shop, data }, [hub, security]);
const programs = cast.programs(["a", "b", "c", "d", "e"]);
const calls = 10_000;

type Fault = Parameters<FakeDatadog["fault"]>[0];

const method = fc.constantFrom("GET", "POST", "PATCH", "DELETE");
const kind = fc.constantFrom<Fault>(...passingFaults, { kind: "wrongShape", json: {} });
const faults = fc.array(
  fc
    .record({ kind, method, times: fc.integer({ min: 1, max: 7 }) })
    .map(({ kind: fault, ...match }): Fault => ({ ...fault, ...match }) as Fault),
  { maxLength: 3 },
);

const steps = fc.oneof(
  fc.record({ step: fc.constant("up" as const), program: programs, faults }),
  fc.record({ step: fc.constant("kill" as const), program: programs, after: fc.nat(12) }),
  fc.record({ step: fc.constant("by hand" as const), change: handMade }),
);

function configOf(fake: FakeDatadog): ReadonlyMap<string, string> {
  const credentials = Object.entries(cast.sources).map(([profile, { apiKey, appKey }]) => [
    profile,
    { apiKey, appKey },
  ]);
  return new Map([
    [`${namespace}:apiUrl`, fake.url],
    [`${namespace}:orgs`, JSON.stringify(Object.fromEntries(credentials))],
  ]);
}

function expectAsDeclared(program: Program, engine: MiniEngine, fake: FakeDatadog): void {
  expect(cast.existing(fake)).toEqual(cast.declared(program));
  const recorded = [...engine.state].map(([name, { id }]) => [name, id] as const);
  expect(new Map(recorded)).toEqual(cast.ids(program, fake));
}

it("whatever fails, the end is what the program declares, and nothing else was touched", async () => {
  let done = 0;
  const property = fc.asyncProperty(
    fc.array(steps, { minLength: 4, maxLength: 12 }),
    programs,
    async (history, last) => {
      const fake = await startFakeDatadog();
      try {
        cast.connectOthers(fake);
        const others = cast.others(fake);
        const engine = new MiniEngine(configOf(fake));
        for (const step of history) {
          if (step.step === "by hand") {
            cast.changeByHand(fake, step.change);
            continue;
          }
          if (step.step === "up") for (const fault of step.faults) fake.fault(fault);
          const killAfter = step.step === "kill" ? step.after : undefined;
          const isWell = await engine.up(step.program, killAfter);
          fake.clearFaults();
          // What failed is run again, as the message says.
          if (!isWell) expect(await engine.up(step.program)).toBe(true);
          expectAsDeclared(step.program, engine, fake);
        }
        expect(await engine.up(last)).toBe(true);
        expectAsDeclared(last, engine, fake);
        expect(cast.others(fake)).toEqual(others);
        done += engine.calls;
      } finally {
        await fake.close();
      }
    },
  );
  while (done < calls) await fc.assert(property, { numRuns: 50 });
  console.log(`${done} calls of the provider`);
});
