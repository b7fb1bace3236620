import type { OrgConnectionProvider } from "../../provider/provider.ts";
import { unknownValue } from "../../provider/unknown.ts";
import type { Run } from "./history.ts";
import type { Created, Report, Recorded as SeenByRules } from "./invariants.ts";
import type { Declared, Profile } from "./operations.ts";

type Outputs = Parameters<OrgConnectionProvider["update"]>[1];
type Inputs = Parameters<OrgConnectionProvider["create"]>[0];

/** A resource as the state records it. */
interface Recorded extends SeenByRules {
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  readonly replaceOnChanges: boolean;
  readonly dependsOn: Declared["dependsOn"];
  /** What the option `import` named. */
  readonly importId?: string;
}

/** A resource that the program registers. */
interface Registration extends Declared {
  readonly name: string;
  readonly inputs: Inputs;
  /** The recorded name, which is another one if an alias names it. */
  readonly oldName: string;
}

/** What runs the providers: the dynamic provider's process, or processes of the plugin. */
export interface Host {
  /** Whether a provider gets the URN of a resource. */
  readonly hasUrns: boolean;
  /** Whether there is a provider for each source org, without profiles. */
  readonly isExplicit: boolean;
  /** The provider of the resources with a profile, the same one in a whole operation. */
  readonly provider: (profile: Profile) => OrgConnectionProvider;
}

/** What the engine keeps between operations. */
export interface State {
  readonly resources: Map<string, Recorded>;
  pendingDeletes: Recorded[];
}

/** The process ended, or a step failed: what has begun goes on, nothing new begins. */
class Stopped extends Error {}

/**
 * One operation of the Pulumi engine, and its report. The engine calls the providers for independent
 * resources in parallel. The order of calls in each chain was traced on the real engine, or read in its
 * `step_generator.go` (3.259).
 */
export class EngineOperation implements Report {
  /** How often a provider was called. */
  calls = 0;
  wasKilled = false;
  readonly errors: string[] = [];
  readonly created: Created[] = [];
  readonly keptBefore = new Map<string, ReadonlySet<string>>();
  readonly #state: State;
  readonly #run: Run;
  readonly #host: Host;
  readonly #turn: (label: string) => Promise<void>;
  /** The recorded names of resources that the program has registered. */
  readonly #registered = new Set<string>();
  /** What was deleted because of what it depends on, before the program registered it. */
  readonly #deleted = new Set<string>();
  /** The ids of what is being deleted in order to be replaced, or couldn't be. */
  readonly #deleting = new Set<string>();
  /** The resources that were compared and keep their connection. */
  readonly #kept = new Set<string>();

  /** @param turn Decides when each call of a provider begins. */
  constructor(state: State, run: Run, host: Host, turn: (label: string) => Promise<void>) {
    this.#state = state;
    this.#run = run;
    this.#host = host;
    this.#turn = turn;
  }

  /** Ends the process: what the provider answers from now on is lost. */
  kill(): void {
    this.wasKilled = true;
  }

  /** `pulumi up`, with `--refresh` if the run says so; `pulumi destroy` if the program is empty. */
  async up(): Promise<void> {
    if (this.#run.refresh) await this.#refresh();
    if (this.#isStopped) return;
    const chains = new Map<string, Promise<void>>();
    for (const [name, declared] of this.#run.program) {
      const earlier = chains.get(declared.dependsOn?.name ?? "");
      chains.set(name, this.#resource(name, declared, earlier));
    }
    await allSettled([...chains.values()]);
    if (!this.#isStopped) await this.#deleteRest();
  }

  get #isStopped(): boolean {
    return this.wasKilled || this.errors.length > 0;
  }

  /** Calls the provider of a profile; what it throws stops the operation. */
  async #call<T>(
    method: string,
    { name, profile }: { readonly name: string; readonly profile: Profile },
    call: (provider: OrgConnectionProvider, urn: string | undefined) => Promise<T>,
  ): Promise<T> {
    await this.#turn(`${method} ${name}`);
    if (this.#isStopped) throw new Stopped();
    this.calls += 1;
    const urn = `urn:pulumi:dev::model::datadog-org-connections:index:OrgConnection::${name}`;
    const { hasUrns, provider } = this.#host;
    const [outcome] = await Promise.allSettled([
      call(provider(profile), hasUrns ? urn : undefined),
    ]);
    if (this.wasKilled) throw new Stopped(); // the answer is lost
    if (outcome.status === "fulfilled") return outcome.value;
    const { reason } = outcome;
    this.errors.push(`${method} ${name}: ${reason instanceof Error ? reason.message : reason}`);
    throw new Stopped();
  }

  /** Reads everything that is recorded, also what is to be deleted. */
  async #refresh(): Promise<void> {
    const { resources } = this.#state;
    const refreshed = [...resources].map(async ([name, old]) => {
      const recorded = await this.#read(old);
      if (recorded) resources.set(name, recorded);
      else resources.delete(name);
    });
    const pending = this.#state.pendingDeletes.map(async (old) => {
      const found = (await this.#read(old)) ?? [];
      const all = this.#state.pendingDeletes;
      this.#state.pendingDeletes = all.flatMap((one) => (one === old ? found : one));
    });
    await allSettled([...refreshed, ...pending]);
  }

  /** Reads one resource and compares it with the inputs that are recorded, without a check. */
  async #read(old: Recorded): Promise<Recorded | undefined> {
    if (old.isPendingReplacement) return old;
    const read = await this.#call("read", old, (provider) => provider.read(old.id, old.outputs));
    const { id, outputs, inputs } = read;
    if (!outputs || !inputs) return undefined;
    await this.#diff({ ...old, outputs }, old.inputs);
    return { ...old, id, inputs, outputs };
  }

  /** Check, diff, then what the diff says. A forced replacement has no diff. */
  async #resource(name: string, declared: Declared, dependency?: Promise<void>): Promise<void> {
    await dependency;
    const { resources } = this.#state;
    const oldName = resources.has(name) ? name : (declared.alias ?? name);
    this.#registered.add(oldName);
    let old = resources.get(oldName);
    const isRecreated = this.#deleted.delete(oldName) && old !== undefined;
    const importId = this.#run.importIds.get(name);
    const { profile } = declared;
    const inputs = inputsOf(declared, this.#host, importId);
    const one = { ...declared, name, oldName, inputs };
    const isImported = this.#host.hasUrns && importId !== undefined;
    const goal = `${this.#host.isExplicit ? "" : `${profile}/`}${importId}`;
    if (isImported && (old?.importId ?? old?.id) !== goal) {
      const imported = await this.#import(one, importId, goal);
      if (old && !isRecreated) this.#state.pendingDeletes.push(old);
      old = imported;
    }
    const isForced = this.#run.replace.includes(name);
    await this.#check(one, isForced || isRecreated ? undefined : old);
    if (old === undefined) return this.#create(one, undefined);
    const source = old.profile === profile ? old.outputs.sourceOrgId : undefined;
    if (isRecreated) return this.#create(one, source);
    if (!isForced) {
      const changes = await this.#diff({ ...old, name, profile }, inputs);
      if (!this.#isReplaced(changes, declared) && !old.isPendingReplacement) {
        this.#kept.add(name);
        return this.#keep(one, old, changes.updates.length > 0);
      }
      if (!isImported) await this.#check(one, undefined);
    }
    if (isImported) await this.#fail(one, "the option import doesn't allow to replace it");
    await this.#replace(one, old, isForced && !declared.deleteBeforeReplace ? undefined : source);
  }

  #diff(one: Recorded, inputs: Partial<Inputs>) {
    return this.#call("diff", one, (provider, urn) =>
      provider.diff(one.id, one.outputs, inputs, urn),
    );
  }

  #isReplaced(
    { updates, replaces }: Awaited<ReturnType<OrgConnectionProvider["diff"]>>,
    { replaceOnChanges }: { readonly replaceOnChanges: boolean },
  ): boolean {
    const isOnChanges = this.#host.hasUrns && replaceOnChanges;
    return replaces.length > 0 || (isOnChanges && updates.includes("connectionTypes"));
  }

  /** @param source That of what is replaced; undefined also if the provider isn't shown that. */
  async #replace(one: Registration, old: Recorded, source: string | undefined): Promise<void> {
    const shown = old.isPendingReplacement ? undefined : source;
    if (one.deleteBeforeReplace) {
      await this.#deleteDependents(one.oldName);
      await this.#deleteToReplace(old);
      await this.#create(one, shown);
    } else {
      await this.#create(one, shown);
      this.#state.pendingDeletes.push(old);
    }
  }

  /** Deletes what would be replaced with it. The diff has no check before it. */
  async #deleteDependents(root: string): Promise<void> {
    for (const one of [...this.#state.resources.values()]) {
      const { name, dependsOn } = one;
      if (dependsOn?.name !== root || this.#registered.has(name) || this.#deleted.has(name))
        continue;
      const diff = await this.#diff(one, { ...one.inputs, [dependsOn.property]: unknownValue });
      if (!this.#isReplaced(diff, one) || this.#registered.has(name)) continue;
      this.#deleted.add(name);
      await this.#deleteDependents(name);
      await this.#deleteToReplace(one);
    }
  }

  async #deleteToReplace(old: Recorded): Promise<void> {
    if (old.isPendingReplacement) return;
    this.#deleting.add(old.id);
    await this.#delete(old);
    this.#deleting.delete(old.id);
    const { resources, pendingDeletes } = this.#state;
    this.#state.pendingDeletes = pendingDeletes.filter(({ id }) => id !== old.id);
    const current = resources.get(old.name);
    if (current?.id !== old.id) return; // created again meanwhile
    resources.set(old.name, { ...current, isPendingReplacement: true });
  }

  /** The option `import` of the plugin: a read without properties. */
  async #import(one: Registration, id: string, importId: string): Promise<Recorded> {
    const { profile } = one.inputs;
    const { inputs, outputs } = await this.#call("import", one, (provider) =>
      provider.read(id, profile === undefined ? {} : { profile }, { isImport: true }),
    );
    if (!inputs || !outputs) return this.#fail(one, "there is nothing to import");
    return this.#record(one, { id, inputs, outputs, importId }, {});
  }

  /** Fails as the engine does. */
  #fail(one: Registration, message: string): Promise<never> {
    return this.#call("step", one, () => Promise.reject(new Error(message)));
  }

  #check(one: Registration, old: Recorded | undefined): Promise<void> {
    return this.#call("check", one, async (provider, urn) => {
      const { failures = [] } = await provider.check(old?.inputs ?? {}, one.inputs, urn);
      if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
    });
  }

  async #create(one: Registration, replacedSourceOrgId: string | undefined): Promise<void> {
    const { name, inputs } = one;
    let removedBefore: readonly string[] = [];
    const created = await this.#call("create", one, (provider, urn) => {
      removedBefore = [...this.#run.removed];
      this.keptBefore.set(name, new Set(this.#kept));
      return provider.create(inputs, urn);
    });
    this.#record(one, { ...created, inputs }, { replacedSourceOrgId, removedBefore });
  }

  async #keep(one: Registration, old: Recorded, isUpdated: boolean): Promise<void> {
    const { inputs } = one;
    const update = (provider: OrgConnectionProvider) =>
      provider.update(old.id, old.outputs, inputs);
    const outputs = isUpdated ? await this.#call("update", one, update) : old.outputs;
    this.#record(one, { ...old, inputs, outputs });
  }

  /** Records a resource, under its new name if it had another one. */
  #record(
    { name, oldName, profile, replaceOnChanges, dependsOn }: Registration,
    found: Pick<Recorded, "id" | "inputs" | "outputs" | "importId">,
    created?: Omit<Created, "name" | "id">,
  ): Recorded {
    const recorded = { ...found, name, profile, replaceOnChanges, dependsOn };
    if (created) this.created.push({ name, id: found.id, ...created });
    const { resources, pendingDeletes } = this.#state;
    const old = resources.get(oldName);
    if (old && this.#deleting.has(old.id)) pendingDeletes.push(old); // the engine records both
    resources.delete(oldName);
    resources.set(name, recorded);
    for (const [other, one] of resources) {
      if (one.dependsOn?.name !== oldName) continue;
      resources.set(other, { ...one, dependsOn: { ...one.dependsOn, name } });
    }
    return recorded;
  }

  #delete(old: Recorded): Promise<void> {
    return this.#call("delete", old, (provider, urn) => provider.delete(old.id, old.outputs, urn));
  }

  async #deleteRest(): Promise<void> {
    const { resources } = this.#state;
    const replaced = this.#state.pendingDeletes.map(async (old) => {
      await this.#delete(old);
      this.#state.pendingDeletes = this.#state.pendingDeletes.filter((one) => one !== old);
    });
    const removed = [...resources].map(async ([name, old]) => {
      if (this.#run.program.has(name) || this.#deleted.has(name)) return;
      if (!old.isPendingReplacement) await this.#delete(old);
      resources.delete(name);
    });
    await allSettled([...replaced, ...removed]);
  }
}

function inputsOf(
  { profile, sinkOrgId, connectionTypes, adoptExisting }: Declared,
  { hasUrns, isExplicit }: Host,
  importId: string | undefined,
): Inputs {
  return {
    sinkOrgId,
    connectionTypes,
    ...(!isExplicit && { profile }),
    ...(adoptExisting && { adoptExisting }),
    ...(!hasUrns && importId !== undefined && { importId }),
  };
}

/** Waits for all chains. A chain that was stopped has no failure of its own. */
async function allSettled(chains: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(chains)) {
    if (outcome.status === "rejected" && !(outcome.reason instanceof Stopped)) throw outcome.reason;
  }
}
