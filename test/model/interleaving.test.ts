import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { it } from "vitest";
import { type FakeDatadog, startFakeDatadog } from "../support/fake-datadog/index.ts";
import { InstantClock } from "../unit/clock.ts";
import { namespace, newProvider } from "../unit/fixture.ts";
import { History, type Run } from "./history.ts";
import {
  credentialsOf,
  operations,
  type Profile,
  profileNames,
  type Settings,
  settings,
  statedOrgId,
} from "./operations.ts";
import { EngineOperation, type Host, type State } from "./parallel-engine.ts";

/** How often the provider is called at least. */
const calls = Number(process.env["MODEL_CALLS"] ?? 20_000);
/** The seed of the first histories: the same one in each run, so that a run finds what the last one did. */
const firstSeed = Number(process.env["MODEL_SEED"] ?? 1);

const killedOperations = fc
  .tuple(operations, fc.option(fc.nat(40), { freq: 3 }))
  .map(([operation, killAfter]) => ({ ...operation, killAfter }));

/** An operation, and after how many steps its process is killed, if it is. */
type Operation = typeof killedOperations extends fc.Arbitrary<infer Value> ? Value : never;

/** What runs the providers, with the credentials of each profile. */
function hostOf({ url }: FakeDatadog, chosen: Settings, wrongKeys: Profile | null): Host {
  const settingsOf = (name: Profile) => {
    const { token, ...keys } = { token: undefined, ...credentialsOf(name, chosen, wrongKeys) };
    const orgId = statedOrgId(name, chosen);
    return { ...(token ? { bearerToken: token } : keys), ...(orgId && { orgId }) };
  };
  const started = (values: object) => {
    const config = Object.entries({ apiUrl: url, ...values });
    const settings = config.map(([key, value]) => [`${namespace}:${key}`, value]);
    return newProvider(Object.fromEntries(settings), { clock: new InstantClock() });
  };
  const all = Object.fromEntries(profileNames.map((name) => [name, settingsOf(name)]));
  const shared = started({ profiles: JSON.stringify(all) });
  const own = new Map(profileNames.map((name) => [name, started(settingsOf(name))]));
  const isExplicit = chosen.host === "explicit plugins";
  const provider = (profile: Profile) => (isExplicit && own.get(profile)) || shared;
  return { hasUrns: chosen.host !== "dynamic", isExplicit, provider };
}

/** The model of the engine, in which the scheduler decides what happens next. */
function interleave(fake: FakeDatadog, chosen: Settings, scheduler: fc.Scheduler) {
  const state: State = { resources: new Map(), pendingDeletes: [] };
  let calls = 0;
  let activity = 0;
  const turn = async (label: string) => {
    activity += 1;
    await scheduler.schedule(Promise.resolve(), label);
    activity += 1;
  };
  fake.beforeApply = ({ method }) => turn(`apply ${method}`);
  fake.beforeAnswer = ({ method }) => turn(`answer ${method}`);

  /** Waits until what has been sent has arrived. */
  const quiet = async () => {
    for (let turns = 0; turns < 4; ) {
      const before = activity;
      await setImmediate();
      turns = activity === before ? turns + 1 : 0;
    }
  };

  /** Lets the scheduler choose among all that could happen next, until the operation has ended. */
  const up = async (run: Run<Operation>) => {
    const operation = new EngineOperation(state, run, hostOf(fake, chosen, run.wrongKeys), turn);
    let hasEnded = false;
    const ended = operation.up().finally(() => {
      hasEnded = true;
    });
    for (let steps = 0; !hasEnded; ) {
      await quiet();
      if (scheduler.count() === 0) continue;
      if (steps === run.killAfter) {
        // What a process that is killed has sent may still be applied; it sends nothing more.
        operation.kill();
        fake.clearFaults();
        fake.fault({ kind: "resetBefore", times: Number.POSITIVE_INFINITY });
      }
      steps += 1;
      await scheduler.waitNext(1);
    }
    await ended;
    calls += operation.calls;
    return operation;
  };
  return { state, up, calls: () => calls };
}

it("whatever runs in parallel and fails, nothing is lost, doubled or changed unasked", {
  timeout: 10 * 60_000 + 20 * calls, // about ten times as long as it takes
}, async () => {
  console.log(`MODEL_SEED=${firstSeed} repeats this`);
  let done = 0;
  const histories = fc.array(killedOperations, { minLength: 2, maxLength: 6 });
  const all = [histories, settings, fc.scheduler()] as const;
  const property = fc.asyncProperty(...all, async (some, chosen, scheduler) => {
    const fake = await startFakeDatadog({ maxPageSize: chosen.maxPageSize });
    const engine = interleave(fake, chosen, scheduler);
    const history = new History(fake, chosen, engine);
    try {
      for (const operation of some) await history.take(operation);
    } finally {
      done += engine.calls();
      await fake.close();
    }
  });
  const shrinkingEnds = { interruptAfterTimeLimit: 5 * 60_000 };
  for (let seed = firstSeed; done < calls; seed += 1) {
    await fc.assert(property, { seed, numRuns: 50, ...shrinkingEnds });
  }
  console.log(`${done} calls of the provider`);
});
