import fc from "fast-check";
import { expect, it } from "vitest";
import { type FakeDatadog, orgs, startFakeDatadog } from "../fake-datadog/index.ts";
import { own } from "./fixture.ts";
import { type Declared, MiniEngine, type Program } from "./mini-engine.ts";

const sources = { payments: orgs.payments, shop: orgs.shop, data: orgs.data };
const sinks = [orgs.hub, orgs.security];
const profiles = Object.keys(sources);
const calls = 10_000;

/** Programs whose resources, of some names, have different pairs of orgs. */
const programs: fc.Arbitrary<Program> = fc
  .tuple(
    fc.shuffledSubarray(["a", "b", "c", "d", "e"]),
    fc.shuffledSubarray(
      profiles.flatMap((sourceOrg) => sinks.map(({ id }) => ({ sourceOrg, sinkOrgId: id }))),
    ),
    fc.array(fc.subarray(["audit", "logs", "metrics"], { minLength: 1 }), {
      minLength: 6,
      maxLength: 6,
    }),
  )
  .map(([names, pairs, types]) => {
    const declared = pairs.map((pair, index) => ({ ...pair, connectionTypes: types[index] ?? [] }));
    const entries = names.flatMap((name, index): [string, Declared][] => {
      const one = declared[index];
      return one ? [[name, one]] : [];
    });
    return new Map(entries);
  });

type Fault = Parameters<FakeDatadog["fault"]>[0];

const method = fc.constantFrom("GET", "POST", "PATCH", "DELETE");
const kind = fc.constantFrom<Fault>(
  { kind: "status", status: 429, headers: { "x-ratelimit-reset": "0" } },
  { kind: "status", status: 429 },
  { kind: "status", status: 500 },
  { kind: "status", status: 502, body: "<html></html>" },
  { kind: "resetBefore" },
  { kind: "resetAfter" },
  { kind: "truncatedJson" },
  { kind: "emptyBody" },
  { kind: "wrongShape", json: {} },
);
const faults = fc.array(
  fc
    .record({ kind, method, times: fc.integer({ min: 1, max: 7 }) })
    .map(({ kind: fault, ...match }): Fault => ({ ...fault, ...match }) as Fault),
  { maxLength: 3 },
);

const steps = fc.oneof(
  fc.record({ step: fc.constant("up" as const), program: programs, faults }),
  fc.record({ step: fc.constant("kill" as const), program: programs, after: fc.nat(12) }),
  fc.record({
    step: fc.constant("by hand" as const),
    victim: fc.nat(5),
    types: fc.option(fc.subarray(["audit", "logs"], { minLength: 1 })),
  }),
);

/** What nobody declares, and so nobody may touch. */
function connectOthers(fake: FakeDatadog): string {
  const elsewhere = fake.addOrg("Elsewhere");
  for (const source of [...Object.values(sources), ...sinks]) {
    fake.connect({ source, sink: elsewhere, types: ["metrics"] });
  }
  fake.connect({ source: orgs.hub, sink: orgs.payments, types: ["logs"] });
  return othersOf(fake);
}

const isOurs = ({ sourceOrgId, sinkOrgId }: { sourceOrgId: string; sinkOrgId: string }) =>
  Object.values(sources).some(({ id }) => id === sourceOrgId) &&
  sinks.some(({ id }) => id === sinkOrgId);

const othersOf = (fake: FakeDatadog) =>
  JSON.stringify(fake.connections.filter((connection) => !isOurs(connection)));

function configOf(fake: FakeDatadog): ReadonlyMap<string, string> {
  const credentials = Object.entries(sources).map(([profile, { apiKey, appKey }]) => [
    profile,
    { apiKey, appKey },
  ]);
  return new Map([
    [`${own}:apiUrl`, fake.url],
    [`${own}:orgs`, JSON.stringify(Object.fromEntries(credentials))],
  ]);
}

/** The declared and the existing connections, and those of the state, in a comparable form. */
function facts(engine: MiniEngine, fake: FakeDatadog, program: Program) {
  const idOf = (profile: string) =>
    Object.entries(sources).find(([name]) => name === profile)?.[1].id;
  const declared = [...program.values()].map(({ sourceOrg, sinkOrgId, connectionTypes }) => [
    idOf(sourceOrg),
    sinkOrgId,
    connectionTypes,
  ]);
  const service = fake.connections
    .filter(isOurs)
    .map(({ sourceOrgId, sinkOrgId, types }) => [sourceOrgId, sinkOrgId, [...types].sort()]);
  const state = [...engine.state.entries()].map(([name, { id }]) => [name, id]);
  const idsByName = [...program].map(([name, { sourceOrg, sinkOrgId }]) => [
    name,
    fake.connections.find(
      (one) => one.sourceOrgId === idOf(sourceOrg) && one.sinkOrgId === sinkOrgId,
    )?.id,
  ]);
  return {
    declared: declared.map(String).sort(),
    service: service.map(String).sort(),
    state: state.sort(),
    idsByName: idsByName.sort(),
  };
}

it("whatever fails, the end is what the program declares, and nothing else was touched", async () => {
  let done = 0;
  const property = fc.asyncProperty(
    fc.array(steps, { minLength: 4, maxLength: 12 }),
    programs,
    async (history, last) => {
      const fake = await startFakeDatadog();
      try {
        const others = connectOthers(fake);
        const engine = new MiniEngine(configOf(fake));
        for (const step of history) {
          if (step.step === "by hand") {
            const victim = fake.connections.filter(isOurs)[step.victim];
            if (victim && step.types) fake.setTypes(victim.id, step.types);
            else if (victim) fake.remove(victim.id);
            continue;
          }
          if (step.step === "up") for (const fault of step.faults) fake.fault(fault);
          const killAfter = step.step === "kill" ? step.after : undefined;
          const isWell = await engine.up(step.program, killAfter);
          fake.clearFaults();
          // What failed is run again, as the message says.
          if (!isWell) expect(await engine.up(step.program)).toBe(true);
        }
        expect(await engine.up(last)).toBe(true);
        const { declared, service, state, idsByName } = facts(engine, fake, last);
        expect(service).toEqual(declared);
        expect(state).toEqual(idsByName);
        expect(othersOf(fake)).toBe(others);
        done += engine.calls;
      } finally {
        await fake.close();
      }
    },
  );
  while (done < calls) await fc.assert(property, { numRuns: 50 });
  console.log(`${done} calls of the provider`);
});
