import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { it } from "vitest";
import { type FakeDatadog, startFakeDatadog } from "../support/fake-datadog/index.ts";
import { InstantClock } from "../unit/clock.ts";
import { namespace, newProvider } from "../unit/fixture.ts";
import { History, type Run } from "./history.ts";
import type { Report } from "./invariants.ts";
import {
  credentialsOf,
  operations,
  type Profile,
  profileNames,
  type Settings,
  settings,
  statedOrgId,
} from "./operations.ts";
import { type Host, ParallelEngine } from "./parallel-engine.ts";

/** How often the provider is called at least. */
const calls = Number(process.env["MODEL_CALLS"] ?? 20_000);
const firstSeed = Number(process.env["MODEL_SEED"] ?? Date.now() % 1_000_000);

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

/** The engine, and the scheduler that decides what happens next. */
class Interleaving {
  readonly engine: ParallelEngine;
  readonly #fake: FakeDatadog;
  readonly #settings: Settings;
  readonly #scheduler: fc.Scheduler;
  #activity = 0;

  constructor(fake: FakeDatadog, chosen: Settings, scheduler: fc.Scheduler) {
    this.#fake = fake;
    this.#settings = chosen;
    this.#scheduler = scheduler;
    this.engine = new ParallelEngine((label) => this.#turn(label));
    fake.beforeApply = ({ method }) => this.#turn(`apply ${method}`);
    fake.beforeAnswer = ({ method }) => this.#turn(`answer ${method}`);
  }

  up(run: Run, { wrongKeys, killAfter }: Operation): Promise<Report> {
    const host = hostOf(this.#fake, this.#settings, wrongKeys);
    return this.#drive(this.engine.up(run, host), killAfter);
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

it("whatever runs in parallel and fails, nothing is lost, doubled or changed unasked", {
  timeout: 10 * 60_000,
}, async () => {
  let done = 0;
  let histories = 0;
  const property = fc.asyncProperty(
    fc.array(killedOperations, { minLength: 2, maxLength: 6 }),
    settings,
    fc.scheduler(),
    async (some, chosen, scheduler) => {
      const fake = await startFakeDatadog({ maxPageSize: chosen.maxPageSize });
      const interleaving = new Interleaving(fake, chosen, scheduler);
      const { engine } = interleaving;
      const history = new History<Operation>(fake, chosen, engine, (run, operation) =>
        interleaving.up(run, operation),
      );
      try {
        for (const operation of some) await history.take(operation);
      } finally {
        done += engine.calls;
        histories += 1;
        await fake.close();
      }
    },
  );
  for (let seed = firstSeed; done < calls; seed += 1) {
    await fc.assert(property, { seed, numRuns: 50, interruptAfterTimeLimit: 60_000 });
  }
  console.log(`${done} calls of the provider in ${histories} histories`);
});
