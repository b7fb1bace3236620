import type { OrgConnectionProvider } from "../../../provider/provider.ts";
import { InstantClock } from "../clock.ts";
import { newProvider } from "../fixture.ts";
import type { Run } from "./history.ts";
import type { Created, Report } from "./invariants.ts";
import type { Declared, Program } from "./programs.ts";

type Outputs = Parameters<OrgConnectionProvider["update"]>[1];
type Inputs = Parameters<OrgConnectionProvider["create"]>[0];

/** A resource as the state records it. */
interface Recorded {
  readonly id: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  /** It was deleted in order to be replaced, which didn't happen yet. */
  readonly isPendingReplacement?: boolean;
}

/** The process ended: nothing more is called or recorded. */
class Killed extends Error {}
/** A step failed: what has begun goes on, nothing new begins. */
class Cancelled extends Error {}

/**
 * What the Pulumi engine does with a dynamic provider: it keeps the state, starts a provider for
 * each operation, and calls it for independent resources in parallel. The order of calls in each
 * chain was traced on the real engine.
 */
export class ParallelEngine {
  readonly state = new Map<string, Recorded>();
  pendingDeletes: Recorded[] = [];
  /** How often the provider was called. */
  calls = 0;
  readonly #turn: (label: string) => Promise<void>;
  #provider = newProvider({});
  #isKilled = false;
  #errors: string[] = [];
  #created: Created[] = [];
  /** The resources that keep their connection: their profiles, and whether the provider saw its id. */
  #kept = new Map<string, { readonly profile: unknown; readonly isCompared: boolean }>();
  #checkedBefore = new Map<string, readonly string[]>();

  /** @param turn Decides when each call of the provider begins. */
  constructor(turn: (label: string) => Promise<void>) {
    this.#turn = turn;
  }

  /** Ends the process: what the provider answers from now on is lost. */
  kill(): void {
    this.#isKilled = true;
  }

  /** `pulumi up`, with `--refresh` if the run says so. */
  async up(run: Run, config: ReadonlyMap<string, string>): Promise<Report> {
    this.#start(config);
    try {
      if (run.refresh) await this.#refresh();
      const chains = [...run.program].map(([name, declared]) =>
        this.#resource(name, declared, run),
      );
      await allSettled(chains);
      if (this.#errors.length === 0) await this.#deleteRest(run.program);
    } catch (error) {
      if (!(error instanceof Killed || error instanceof Cancelled)) throw error;
    }
    return {
      succeeded: this.#errors.length === 0 && !this.#isKilled,
      wasKilled: this.#isKilled,
      errors: this.#errors,
      created: this.#created,
      checkedBefore: this.#checkedBefore,
    };
  }

  #start(config: ReadonlyMap<string, string>): void {
    this.#isKilled = false;
    this.#errors = [];
    this.#created = [];
    this.#kept = new Map();
    this.#checkedBefore = new Map();
    this.#provider = newProvider(Object.fromEntries(config), { clock: new InstantClock() });
  }

  /** Calls the provider; what it throws cancels the operation. */
  async #call<T>(label: string, call: () => Promise<T>): Promise<T> {
    await this.#turn(label);
    if (this.#isKilled) throw new Killed();
    if (this.#errors.length > 0) throw new Cancelled();
    this.calls += 1;
    try {
      const result = await call();
      if (this.#isKilled) throw new Killed();
      return result;
    } catch (error) {
      if (error instanceof Killed || this.#isKilled) throw new Killed();
      this.#errors.push(`${label}: ${error instanceof Error ? error.message : error}`);
      throw new Cancelled();
    }
  }

  /** Reads everything that is recorded, also what is to be deleted. */
  async #refresh(): Promise<void> {
    const refreshed = [...this.state].map(async ([name, old]) => {
      if (old.isPendingReplacement) return;
      const recorded = await this.#read(name, old);
      if (recorded) this.state.set(name, recorded);
      else this.state.delete(name);
    });
    const pending = this.pendingDeletes.map(async (old) => {
      const recorded = await this.#read("replaced", old);
      this.pendingDeletes = this.pendingDeletes.flatMap((one) =>
        one !== old ? [one] : recorded ? [recorded] : [],
      );
    });
    await allSettled([...refreshed, ...pending]);
    if (this.#errors.length > 0) throw new Cancelled();
  }

  /** Reads one resource and compares it with the inputs that are recorded. */
  async #read(name: string, { id, inputs, outputs }: Recorded): Promise<Recorded | undefined> {
    const read = await this.#call(`read ${name}`, () => this.#provider.read(id, outputs));
    const { outputs: current, inputs: found } = read;
    if (!current || !found) return undefined;
    await this.#call(`diff ${name}`, () => this.#provider.diff(id, current, inputs));
    return { id: read.id, inputs: found, outputs: current };
  }

  /** Check, diff, then what the diff says. A forced replacement has no diff. */
  async #resource(name: string, declared: Declared, { replace, importIds }: Run): Promise<void> {
    const old = this.state.get(name);
    const isForced = replace.includes(name);
    const news = inputsOf(declared, importIds.get(name));
    const inputs = await this.#check(name, (!isForced && old?.inputs) || {}, news);
    if (old === undefined) return this.#create(name, inputs, undefined);
    if (!isForced) {
      const { profile } = inputs;
      this.#kept.set(name, { profile, isCompared: false });
      const diff = await this.#call(`diff ${name}`, () =>
        this.#provider.diff(old.id, old.outputs, inputs),
      );
      this.#kept.set(name, { profile, isCompared: true });
      if (!old.isPendingReplacement) {
        if (diff.updates.length + diff.replaces.length === 0) return;
        if (diff.replaces.length === 0) return this.#update(name, old, inputs);
      }
      await this.#check(name, {}, news);
    }
    if (old.isPendingReplacement) return this.#create(name, inputs, undefined);
    const isSameProfile = old.inputs.profile === inputs.profile;
    // Of a forced replacement that is created first the engine shows the provider nothing.
    const isShown = !isForced || declared.deleteBeforeReplace;
    const source = isSameProfile && isShown ? old.outputs.sourceOrgId : undefined;
    if (!declared.deleteBeforeReplace) {
      await this.#create(name, inputs, source);
      this.pendingDeletes.push(old);
      return;
    }
    await this.#call(`delete ${name}`, () => this.#provider.delete(old.id, old.outputs));
    this.state.set(name, { ...old, isPendingReplacement: true });
    await this.#create(name, inputs, source);
  }

  async #check(name: string, olds: Partial<Inputs>, news: Inputs): Promise<Inputs> {
    return this.#call(`check ${name}`, async () => {
      const { failures = [] } = await this.#provider.check(olds, news);
      if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
      return news;
    });
  }

  async #create(name: string, inputs: Inputs, source: string | undefined): Promise<void> {
    const { id, outputs } = await this.#call(`create ${name}`, () => {
      // Whether another profile is of the same org shows only when the connections are compared.
      const known = [...this.#kept].flatMap(([keeper, { profile, isCompared }]) =>
        isCompared || profile === inputs.profile ? [keeper] : [],
      );
      this.#checkedBefore.set(name, known);
      return this.#provider.create(inputs);
    });
    this.#created.push({ name, id, replacedSourceOrgId: source });
    this.state.set(name, { id, inputs, outputs });
  }

  async #update(name: string, old: Recorded, inputs: Inputs): Promise<void> {
    const outputs = await this.#call(`update ${name}`, () =>
      this.#provider.update(old.id, old.outputs, inputs),
    );
    this.state.set(name, { id: old.id, inputs, outputs });
  }

  async #deleteRest(program: Program): Promise<void> {
    const replaced = [...this.pendingDeletes].map(async (old) => {
      await this.#call("delete replaced", () => this.#provider.delete(old.id, old.outputs));
      this.pendingDeletes = this.pendingDeletes.filter((one) => one !== old);
    });
    const removed = [...this.state].flatMap(([name, old]) =>
      program.has(name) ? [] : [{ name, old }],
    );
    const deletions = removed.map(async ({ name, old }) => {
      if (!old.isPendingReplacement) {
        await this.#call(`delete ${name}`, () => this.#provider.delete(old.id, old.outputs));
      }
      this.state.delete(name);
    });
    await allSettled([...replaced, ...deletions]);
  }
}

function inputsOf(
  { profile, sinkOrgId, connectionTypes, adoptExisting }: Declared,
  importId: string | undefined,
): Inputs {
  return {
    profile,
    sinkOrgId,
    connectionTypes,
    ...(adoptExisting && { adoptExisting }),
    ...(importId !== undefined && { importId }),
  };
}

/** Waits for all; a cancelled or killed chain is no failure of its own. */
async function allSettled(chains: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(chains)) {
    const isExpected = (reason: unknown) => reason instanceof Killed || reason instanceof Cancelled;
    if (outcome.status === "rejected" && !isExpected(outcome.reason)) throw outcome.reason;
  }
}
