import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { it } from "vitest";
import { type FakeDatadog, startFakeDatadog } from "../support/fake-datadog/index.ts";
import { namespace } from "../unit/fixture.ts";
import { History, type Run } from "./history.ts";
import type { Report } from "./invariants.ts";
import { credentialsOf, operations, type Settings, settings } from "./operations.ts";
import { type Host, ParallelEngine } from "./parallel-engine.ts";
import { type Profile, profileNames, profiles } from "./programs.ts";

/** How often the provider is called at least. */
const calls = Number(process.env["MODEL_CALLS"] ?? 20_000);
const firstSeed = Number(process.env["MODEL_SEED"] ?? Date.now() % 1_000_000);

const killedOperations = fc
  .tuple(operations, fc.option(fc.nat(40), { freq: 3 }))
  .map(([operation, killAfter]) => ({ ...operation, killAfter }));

/** An operation, and after how many steps its process is killed, if it is. */
type Operation = typeof killedOperations extends fc.Arbitrary<infer Value> ? Value : never;

/** The providers of the dynamic provider or the plugin, with the credentials of each profile. */
function hostOf(fake: FakeDatadog, chosen: Settings, wrongKeys: Profile | null): Host {
  const { withOrgId } = chosen;
  const hasUrns = chosen.host !== "dynamic";
  const isExplicit = chosen.host === "explicit plugins";
  const settingsOf = profileNames.map((name) => {
    const { token, ...keys } = { token: undefined, ...credentialsOf(name, chosen, wrongKeys) };
    const credentials = token === undefined ? keys : { bearerToken: token };
    return [
      name,
      { ...credentials, ...(withOrgId.includes(name) && { orgId: profiles[name].id }) },
    ] as const;
  });
  const profilesText = JSON.stringify(Object.fromEntries(settingsOf));
  const all = isExplicit ? settingsOf : [["default", { profiles: profilesText }] as const];
  const configs = all.map(([name, values]) => {
    const config = Object.entries({ apiUrl: fake.url, ...values });
    return [
      name,
      Object.fromEntries(config.map(([key, value]) => [`${namespace}:${key}`, value])),
    ] as const;
  });
  return { hasUrns, isExplicit, configs: new Map(configs) };
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

const patience = { timeout: 10 * 60_000 };

it(
  "whatever runs in parallel and fails, nothing is lost, doubled or changed unasked",
  patience,
  async () => {
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
  },
);
