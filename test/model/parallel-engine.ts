import type { OrgConnectionProvider } from "../../provider/provider.ts";
import { unknownValue } from "../../provider/unknown.ts";
import { InstantClock } from "../unit/clock.ts";
import { newProvider } from "../unit/fixture.ts";
import type { Run } from "./history.ts";
import type { Created, Report, Recorded as SeenByRules } from "./invariants.ts";
import type { Declared, Dependency, Profile, Program } from "./programs.ts";

type Outputs = Parameters<OrgConnectionProvider["update"]>[1];
type Inputs = Parameters<OrgConnectionProvider["create"]>[0];

/** A resource as the state records it. */
interface Recorded extends SeenByRules {
  readonly name: string;
  readonly profile: Profile;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  readonly replaceOnChanges: boolean;
  readonly dependsOn: Dependency | undefined;
}

/** What the program registers: the resource's name, what it declares, and the run. */
interface Registration {
  readonly name: string;
  readonly declared: Declared;
  readonly inputs: Inputs;
  readonly run: Run;
}

/** How the providers are started. */
export interface Host {
  /** Whether the engine passes the URN of a resource, as it does to the plugin. */
  readonly hasUrns: boolean;
  /** Whether each profile is an explicit provider of its own. */
  readonly isExplicit: boolean;
  /** The configuration of each provider; `default` is the one for all profiles. */
  readonly configs: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** The process ended: nothing more is called or recorded. */
class Killed extends Error {}
/** A step failed: what has begun goes on, nothing new begins. */
class Cancelled extends Error {}

/**
 * What the Pulumi engine does: it keeps the state, starts the providers for each operation, and calls
 * them for independent resources in parallel. The order of calls in each chain was traced on the
 * real engine, or read in its `step_generator.go` (3.259).
 */
export class ParallelEngine {
  readonly state = new Map<string, Recorded>();
  pendingDeletes: Recorded[] = [];
  /** How often a provider was called. */
  calls = 0;
  readonly #turn: (label: string) => Promise<void>;
  #host: Host = { hasUrns: false, isExplicit: false, configs: new Map() };
  #providers = new Map<string, OrgConnectionProvider>();
  #isKilled = false;
  #errors: string[] = [];
  #created: Created[] = [];
  /** The recorded names of resources that the program has registered. */
  #registered = new Set<string>();
  /** What was deleted because of what it depends on, before the program registered it. */
  #deleted = new Set<string>();
  /** The resources that keep their connection: their profiles, and whether the provider saw its id. */
  #kept = new Map<string, { readonly profile: Profile; readonly isCompared: boolean }>();
  #checkedBefore = new Map<string, readonly string[]>();

  /** @param turn Decides when each call of a provider begins. */
  constructor(turn: (label: string) => Promise<void>) {
    this.#turn = turn;
  }

  /** Ends the process: what the provider answers from now on is lost. */
  kill(): void {
    this.#isKilled = true;
  }

  /** `pulumi up`, with `--refresh` if the run says so; `pulumi destroy` if the program is empty. */
  async up(run: Run, host: Host): Promise<Report> {
    this.#start(host);
    try {
      if (run.refresh) await this.#refresh();
      const chains = new Map<string, Promise<void>>();
      for (const [name, declared] of run.program) {
        const earlier = chains.get(declared.dependsOn?.name ?? "");
        chains.set(
          name,
          this.#resource({ name, declared, ...this.#inputs(name, declared, run) }, earlier),
        );
      }
      await allSettled([...chains.values()]);
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

  #start(host: Host): void {
    this.#host = host;
    this.#isKilled = false;
    this.#errors = [];
    this.#created = [];
    this.#registered = new Set();
    this.#deleted = new Set();
    this.#kept = new Map();
    this.#checkedBefore = new Map();
    const started = [...host.configs].map(
      ([name, config]) => [name, newProvider(config, { clock: new InstantClock() })] as const,
    );
    this.#providers = new Map(started);
  }

  #inputs(name: string, declared: Declared, run: Run): Pick<Registration, "inputs" | "run"> {
    const { profile, sinkOrgId, connectionTypes, adoptExisting } = declared;
    const { hasUrns, isExplicit } = this.#host;
    const importId = hasUrns ? undefined : run.importIds.get(name);
    const inputs = {
      sinkOrgId,
      connectionTypes,
      ...(!isExplicit && { profile }),
      ...(adoptExisting && { adoptExisting }),
      ...(importId !== undefined && { importId }),
    };
    return { inputs, run };
  }

  /** Calls the provider of a profile; what it throws cancels the operation. */
  async #call<T>(
    label: string,
    profile: Profile,
    call: (provider: OrgConnectionProvider) => Promise<T>,
  ): Promise<T> {
    await this.#turn(label);
    if (this.#isKilled) throw new Killed();
    if (this.#errors.length > 0) throw new Cancelled();
    this.calls += 1;
    try {
      const provider = this.#providers.get(this.#host.isExplicit ? profile : "default");
      if (provider === undefined) throw new Error(`there is no provider ${profile}`);
      const result = await call(provider);
      if (this.#isKilled) throw new Killed();
      return result;
    } catch (error) {
      if (error instanceof Killed || this.#isKilled) throw new Killed();
      throw this.#failed(`${label}: ${error instanceof Error ? error.message : error}`);
    }
  }

  #failed(message: string): Cancelled {
    this.#errors.push(message);
    return new Cancelled();
  }

  #urn(name: string): string | undefined {
    return this.#host.hasUrns
      ? `urn:pulumi:dev::model::datadog-org-connections:index:OrgConnection::${name}`
      : undefined;
  }

  /** Reads everything that is recorded, also what is to be deleted. */
  async #refresh(): Promise<void> {
    const refreshed = [...this.state].map(async ([name, old]) => {
      if (old.isPendingReplacement) return;
      const recorded = await this.#read(old);
      if (recorded) this.state.set(name, recorded);
      else this.state.delete(name);
    });
    const pending = this.pendingDeletes.map(async (old) => {
      if (old.isPendingReplacement) return;
      const recorded = await this.#read(old);
      this.pendingDeletes = this.pendingDeletes.flatMap((one) =>
        one !== old ? [one] : recorded ? [recorded] : [],
      );
    });
    await allSettled([...refreshed, ...pending]);
    if (this.#errors.length > 0) throw new Cancelled();
  }

  /** Reads one resource and compares it with the inputs that are recorded, without a check. */
  async #read(old: Recorded): Promise<Recorded | undefined> {
    const { name, id, inputs, outputs, profile } = old;
    const read = await this.#call(`read ${name}`, profile, (provider) =>
      provider.read(id, outputs),
    );
    const { outputs: current, inputs: found } = read;
    if (!current || !found) return undefined;
    await this.#call(`diff ${name}`, profile, (provider) =>
      provider.diff(id, current, inputs, this.#urn(name)),
    );
    return { ...old, id: read.id, inputs: found, outputs: current };
  }

  /** Check, diff, then what the diff says. A forced replacement has no diff. */
  async #resource(one: Registration, dependency: Promise<void> | undefined): Promise<void> {
    await dependency?.catch((error) => {
      throw error instanceof Killed ? error : new Cancelled();
    });
    const { name, declared, inputs, run } = one;
    const { profile } = declared;
    const isRecorded = this.state.has(name) || declared.alias === undefined;
    const oldName = isRecorded ? name : (declared.alias ?? name);
    this.#registered.add(oldName);
    let old = this.state.get(oldName);
    const isRecreated = this.#deleted.delete(oldName) && old !== undefined;
    const importId = this.#host.hasUrns ? run.importIds.get(name) : undefined;
    if (importId !== undefined && (old === undefined || old.id !== importId)) {
      const imported = await this.#import(one, importId);
      if (old && !isRecreated) this.pendingDeletes.push(old);
      this.#record(oldName, imported);
      old = imported;
    }
    const isForced = run.replace.includes(name);
    await this.#check(one, isForced || isRecreated ? undefined : old);
    if (old === undefined) return this.#create(one, oldName, undefined);
    const source = old.profile === profile ? old.outputs.sourceOrgId : undefined;
    if (isRecreated) return this.#create(one, oldName, source);
    if (!isForced) {
      const { id, outputs } = old;
      this.#kept.set(name, { profile, isCompared: false });
      const { updates, replaces } = await this.#call(`diff ${name}`, profile, (provider) =>
        provider.diff(id, outputs, inputs, this.#urn(name)),
      );
      this.#kept.set(name, { profile, isCompared: true });
      const isReplaced = replaces.length > 0 || this.#isReplacedBy(updates, declared);
      if (!isReplaced && !old.isPendingReplacement) {
        if (updates.length > 0) return this.#update(one, old);
        this.#record(oldName, { ...old, name, profile, inputs, dependsOn: declared.dependsOn });
        return;
      }
      if (importId === undefined) await this.#check(one, undefined);
    }
    if (importId !== undefined) throw this.#failed(`${name} has the option import: no replacement`);
    await this.#replace(one, old, isForced ? declared.deleteBeforeReplace && source : source);
  }

  #isReplacedBy(
    updates: readonly string[],
    { replaceOnChanges }: { readonly replaceOnChanges: boolean },
  ): boolean {
    return this.#host.hasUrns && replaceOnChanges && updates.includes("connectionTypes");
  }

  /** @param source Undefined also if the engine shows the provider nothing of what is replaced. */
  async #replace(
    one: Registration,
    old: Recorded,
    source: string | false | undefined,
  ): Promise<void> {
    const shown = old.isPendingReplacement ? undefined : source || undefined;
    if (!one.declared.deleteBeforeReplace) {
      await this.#create(one, old.name, shown);
      this.pendingDeletes.push(old);
      return;
    }
    await this.#deleteDependents(old.name);
    if (!old.isPendingReplacement) await this.#deleteToReplace(old);
    await this.#create(one, old.name, shown);
  }

  /** Deletes what would be replaced with it. The diff has no check before it. */
  async #deleteDependents(root: string): Promise<void> {
    for (const dependent of [...this.state.values()]) {
      const { name, id, inputs, outputs, profile, dependsOn } = dependent;
      if (dependsOn?.name !== root || this.#registered.has(name) || this.#deleted.has(name))
        continue;
      const unknown = { ...inputs, [dependsOn.property]: unknownValue };
      const diff = await this.#call(`diff ${name}`, profile, (provider) =>
        provider.diff(id, outputs, unknown, this.#urn(name)),
      );
      const isReplaced = diff.replaces.length > 0 || this.#isReplacedBy(diff.updates, dependent);
      if (!isReplaced || this.#registered.has(name)) continue;
      this.#deleted.add(name);
      await this.#deleteDependents(name);
      if (!dependent.isPendingReplacement) await this.#deleteToReplace(dependent);
    }
  }

  async #deleteToReplace(old: Recorded): Promise<void> {
    await this.#delete(old);
    if (this.state.get(old.name) !== old) return; // created again meanwhile
    this.state.set(old.name, { ...old, isPendingReplacement: true });
  }

  /** The option `import` of the plugin: a read without properties. */
  async #import({ name, declared, inputs }: Registration, importId: string): Promise<Recorded> {
    const { profile } = declared;
    const recorded = inputs.profile === undefined ? {} : { profile: inputs.profile };
    const read = await this.#call(`import ${name}`, profile, (provider) =>
      provider.read(importId, recorded, { isImport: true }),
    );
    if (!read.outputs || !read.inputs) throw this.#failed(`${importId} doesn't exist`);
    this.#created.push({ name, id: read.id, replacedSourceOrgId: undefined, removedBefore: [] });
    return {
      ...this.#recorded({ name, declared }),
      id: read.id,
      inputs: read.inputs,
      outputs: read.outputs,
    };
  }

  #recorded({ name, declared }: Pick<Registration, "name" | "declared">) {
    const { profile, replaceOnChanges, dependsOn } = declared;
    return { name, profile, replaceOnChanges, dependsOn };
  }

  async #check(one: Registration, old: Recorded | undefined): Promise<void> {
    const { name, declared, inputs } = one;
    await this.#call(`check ${name}`, declared.profile, async (provider) => {
      const { failures = [] } = await provider.check(old?.inputs ?? {}, inputs, this.#urn(name));
      if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
    });
  }

  async #create(one: Registration, oldName: string, source: string | undefined): Promise<void> {
    const { name, declared, inputs, run } = one;
    const { profile } = declared;
    let removedBefore: readonly string[] = [];
    const { id, outputs } = await this.#call(`create ${name}`, profile, (provider) => {
      removedBefore = [...run.removed];
      // Whether another profile is of the same org shows only when the connections are compared.
      const known = [...this.#kept].flatMap(([keeper, kept]) =>
        kept.isCompared || kept.profile === profile ? [keeper] : [],
      );
      this.#checkedBefore.set(name, known);
      return provider.create(inputs, this.#urn(name));
    });
    this.#created.push({ name, id, replacedSourceOrgId: source, removedBefore });
    this.#record(oldName, { ...this.#recorded(one), id, inputs, outputs });
  }

  async #update(one: Registration, old: Recorded): Promise<void> {
    const { name, declared, inputs } = one;
    const outputs = await this.#call(`update ${name}`, declared.profile, (provider) =>
      provider.update(old.id, old.outputs, inputs),
    );
    this.#record(old.name, { ...this.#recorded(one), id: old.id, inputs, outputs });
  }

  /** Records a resource, under its new name if it had another one. */
  #record(oldName: string, recorded: Recorded): void {
    const { name } = recorded;
    this.state.delete(oldName);
    this.state.set(name, recorded);
    if (oldName === name) return;
    for (const [other, { dependsOn, ...rest }] of this.state) {
      if (dependsOn?.name !== oldName) continue;
      this.state.set(other, { ...rest, dependsOn: { ...dependsOn, name } });
    }
  }

  async #delete({ name, id, outputs, profile }: Recorded): Promise<void> {
    await this.#call(`delete ${name}`, profile, (provider) =>
      provider.delete(id, outputs, this.#urn(name)),
    );
  }

  async #deleteRest(program: Program): Promise<void> {
    const replaced = [...this.pendingDeletes].map(async (old) => {
      await this.#delete(old);
      this.pendingDeletes = this.pendingDeletes.filter((one) => one !== old);
    });
    const removed = [...this.state].map(async ([name, old]) => {
      if (program.has(name) || this.#deleted.has(name)) return;
      if (!old.isPendingReplacement) await this.#delete(old);
      this.state.delete(name);
    });
    await allSettled([...replaced, ...removed]);
  }
}

/** Waits for all; a cancelled or killed chain is no failure of its own. */
async function allSettled(chains: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(chains)) {
    const isExpected = (reason: unknown) => reason instanceof Killed || reason instanceof Cancelled;
    if (outcome.status === "rejected" && !isExpected(outcome.reason)) throw outcome.reason;
  }
}
