import type { OrgConnectionProvider } from "../../provider/provider.ts";
import { unknownValue } from "../../provider/unknown.ts";
import type { Run } from "./history.ts";
import type { Created, Report, Recorded as SeenByRules } from "./invariants.ts";
import type { Declared, Profile, Program } from "./operations.ts";

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
interface Registration {
  readonly name: string;
  readonly profile: Profile;
  readonly declared: Declared;
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

/** The process ended: nothing more is called or recorded. */
class Killed extends Error {}
/** A step failed: what has begun goes on, nothing new begins. */
class Cancelled extends Error {}

const newOperation = (run: Run, host: Host) => ({
  run,
  host,
  isKilled: false,
  errors: [] as string[],
  created: [] as Created[],
  /** The recorded names of resources that the program has registered. */
  registered: new Set<string>(),
  /** What was deleted because of what it depends on, before the program registered it. */
  deleted: new Set<string>(),
  /** The resources that were compared and keep their connection, and those before each `create`. */
  kept: new Set<string>(),
  keptBefore: new Map<string, ReadonlySet<string>>(),
});

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
  #now: ReturnType<typeof newOperation> | undefined;

  /** @param turn Decides when each call of a provider begins. */
  constructor(turn: (label: string) => Promise<void>) {
    this.#turn = turn;
  }

  get #operation() {
    if (this.#now === undefined) throw new Error("no operation has begun");
    return this.#now;
  }

  /** Ends the process: what the provider answers from now on is lost. */
  kill(): void {
    this.#operation.isKilled = true;
  }

  /** `pulumi up`, with `--refresh` if the run says so; `pulumi destroy` if the program is empty. */
  async up(run: Run, host: Host): Promise<Report> {
    this.#now = newOperation(run, host);
    const { errors, created, keptBefore } = this.#now;
    try {
      if (run.refresh) await this.#refresh();
      const chains = new Map<string, Promise<void>>();
      for (const [name, declared] of run.program) {
        const earlier = chains.get(declared.dependsOn?.name ?? "");
        chains.set(name, this.#resource(name, declared, earlier));
      }
      await allSettled([...chains.values()]);
      if (errors.length === 0) await this.#deleteRest(run.program);
    } catch (error) {
      if (!(error instanceof Killed || error instanceof Cancelled)) throw error;
    }
    const wasKilled = this.#now.isKilled;
    return { succeeded: errors.length === 0 && !wasKilled, wasKilled, errors, created, keptBefore };
  }

  /** Calls the provider of a profile; what it throws cancels the operation. */
  async #call<T>(
    method: string,
    { name, profile }: { readonly name: string; readonly profile: Profile },
    call: (provider: OrgConnectionProvider, urn: string | undefined) => Promise<T>,
  ): Promise<T> {
    const operation = this.#operation;
    await this.#turn(`${method} ${name}`);
    if (operation.isKilled) throw new Killed();
    if (operation.errors.length > 0) throw new Cancelled();
    this.calls += 1;
    const urn = `urn:pulumi:dev::model::datadog-org-connections:index:OrgConnection::${name}`;
    const { hasUrns, provider } = operation.host;
    const [outcome] = await Promise.allSettled([
      call(provider(profile), hasUrns ? urn : undefined),
    ]);
    if (operation.isKilled) throw new Killed();
    if (outcome.status === "fulfilled") return outcome.value;
    const { reason } = outcome;
    operation.errors.push(
      `${method} ${name}: ${reason instanceof Error ? reason.message : reason}`,
    );
    throw new Cancelled();
  }

  /** Reads everything that is recorded, also what is to be deleted. */
  async #refresh(): Promise<void> {
    const refreshed = [...this.state].map(async ([name, old]) => {
      const recorded = await this.#read(old);
      if (recorded) this.state.set(name, recorded);
      else this.state.delete(name);
    });
    const pending = this.pendingDeletes.map(async (old) => {
      const found = (await this.#read(old)) ?? [];
      this.pendingDeletes = this.pendingDeletes.flatMap((one) => (one === old ? found : one));
    });
    await allSettled([...refreshed, ...pending]);
    if (this.#operation.errors.length > 0) throw new Cancelled();
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
    await dependency?.catch((error) => {
      throw error instanceof Killed ? error : new Cancelled();
    });
    const { run, host, registered, deleted, kept } = this.#operation;
    const oldName = this.state.has(name) ? name : (declared.alias ?? name);
    registered.add(oldName);
    let old = this.state.get(oldName);
    const isRecreated = deleted.delete(oldName) && old !== undefined;
    const importId = run.importIds.get(name);
    const { profile } = declared;
    const inputs = inputsOf(declared, host, importId);
    const one = { name, profile, declared, oldName, inputs };
    const isImported = host.hasUrns && importId !== undefined;
    const goal = `${host.isExplicit ? "" : `${profile}/`}${importId}`;
    if (isImported && (old?.importId ?? old?.id) !== goal) {
      const imported = await this.#import(one, importId, goal);
      if (old && !isRecreated) this.pendingDeletes.push(old);
      old = imported;
    }
    const isForced = run.replace.includes(name);
    await this.#check(one, isForced || isRecreated ? undefined : old);
    if (old === undefined) return this.#create(one, undefined);
    const source = old.profile === profile ? old.outputs.sourceOrgId : undefined;
    if (isRecreated) return this.#create(one, source);
    if (!isForced) {
      const changes = await this.#diff({ ...old, name, profile }, inputs);
      if (!this.#isReplaced(changes, declared) && !old.isPendingReplacement) {
        kept.add(name);
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
    const isOnChanges = this.#operation.host.hasUrns && replaceOnChanges;
    return replaces.length > 0 || (isOnChanges && updates.includes("connectionTypes"));
  }

  /** @param source That of what is replaced; undefined also if the provider isn't shown that. */
  async #replace(one: Registration, old: Recorded, source: string | undefined): Promise<void> {
    const shown = old.isPendingReplacement ? undefined : source;
    if (one.declared.deleteBeforeReplace) {
      await this.#deleteDependents(one.oldName);
      await this.#deleteToReplace(old);
      await this.#create(one, shown);
    } else {
      await this.#create(one, shown);
      this.pendingDeletes.push(old);
    }
  }

  /** Deletes what would be replaced with it. The diff has no check before it. */
  async #deleteDependents(root: string): Promise<void> {
    const { registered, deleted } = this.#operation;
    for (const one of [...this.state.values()]) {
      const { name, dependsOn } = one;
      if (dependsOn?.name !== root || registered.has(name) || deleted.has(name)) continue;
      const diff = await this.#diff(one, { ...one.inputs, [dependsOn.property]: unknownValue });
      if (!this.#isReplaced(diff, one) || registered.has(name)) continue;
      deleted.add(name);
      await this.#deleteDependents(name);
      await this.#deleteToReplace(one);
    }
  }

  async #deleteToReplace(old: Recorded): Promise<void> {
    if (old.isPendingReplacement) return;
    await this.#delete(old);
    if (this.state.get(old.name) !== old) return; // created again meanwhile
    this.state.set(old.name, { ...old, isPendingReplacement: true });
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
    const { run, kept, keptBefore } = this.#operation;
    let removedBefore: readonly string[] = [];
    const created = await this.#call("create", one, (provider, urn) => {
      removedBefore = [...run.removed];
      keptBefore.set(name, new Set(kept));
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
    { name, declared, oldName }: Registration,
    found: Pick<Recorded, "id" | "inputs" | "outputs" | "importId">,
    created?: Omit<Created, "name" | "id">,
  ): Recorded {
    const { profile, replaceOnChanges, dependsOn } = declared;
    const recorded = { ...found, name, profile, replaceOnChanges, dependsOn };
    if (created) this.#operation.created.push({ name, id: found.id, ...created });
    this.state.delete(oldName);
    this.state.set(name, recorded);
    for (const [other, one] of this.state) {
      if (one.dependsOn?.name !== oldName) continue;
      this.state.set(other, { ...one, dependsOn: { ...one.dependsOn, name } });
    }
    return recorded;
  }

  #delete(old: Recorded): Promise<void> {
    return this.#call("delete", old, (provider, urn) => provider.delete(old.id, old.outputs, urn));
  }

  async #deleteRest(program: Program): Promise<void> {
    const replaced = [...this.pendingDeletes].map(async (old) => {
      await this.#delete(old);
      this.pendingDeletes = this.pendingDeletes.filter((one) => one !== old);
    });
    const removed = [...this.state].map(async ([name, old]) => {
      if (program.has(name) || this.#operation.deleted.has(name)) return;
      if (!old.isPendingReplacement) await this.#delete(old);
      this.state.delete(name);
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

/** Waits for all; a cancelled or killed chain is no failure of its own. */
async function allSettled(chains: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(chains)) {
    const isExpected = (reason: unknown) => reason instanceof Killed || reason instanceof Cancelled;
    if (outcome.status === "rejected" && !isExpected(outcome.reason)) throw outcome.reason;
  }
}
