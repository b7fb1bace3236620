import { OrgConnectionProvider } from "../../provider/org-connection-provider.ts";
import { InstantClock } from "../unit/clock.ts";

export interface Declared {
  readonly profile: string;
  readonly sinkOrgId: string;
  readonly connectionTypes: readonly string[];
}

/** What a program declares, by the names of its resources. */
export type Program = ReadonlyMap<string, Declared>;

interface Recorded {
  readonly id: string;
  readonly outputs: Parameters<OrgConnectionProvider["update"]>[1];
}

/** The process ended in the middle of an operation: the last result is not recorded. */
class Killed extends Error {}

/**
 * What the engine does with a dynamic provider, in small: it keeps the state, starts a provider for
 * each operation, and calls it in the engine's order. All connections may be adopted.
 */
export class MiniEngine {
  readonly state = new Map<string, Recorded>();
  /** How often the provider was called. */
  calls = 0;
  readonly #config: ReadonlyMap<string, string>;
  #pendingDeletes: Recorded[] = [];
  #provider = new OrgConnectionProvider();
  #callsUntilKill = Number.POSITIVE_INFINITY;
  #failures = 0;

  constructor(config: ReadonlyMap<string, string>) {
    this.#config = config;
  }

  /**
   * `pulumi up --refresh`.
   *
   * @param killAfter How many calls of the provider the process lives to see the end of.
   * @returns whether everything went well.
   */
  async up(program: Program, killAfter = Number.POSITIVE_INFINITY): Promise<boolean> {
    this.#start(killAfter);
    try {
      await this.#refresh();
      if (this.#failures > 0) return false;
      for (const [name, declared] of program) await this.#bring(name, declared);
      if (this.#failures > 0) return false;
      await this.#deleteRest(program);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      return false;
    }
    return this.#failures === 0;
  }

  #start(killAfter: number): void {
    this.#callsUntilKill = killAfter;
    this.#failures = 0;
    this.#provider = new OrgConnectionProvider({ clock: new InstantClock() });
    const get = (key: string) => this.#config.get(key);
    this.#provider.configure({ config: { get, require: (key) => get(key) ?? "" } });
  }

  /** Calls the provider; what it throws fails the operation but not the other resources. */
  async #call<T>(call: () => Promise<T>): Promise<T | undefined> {
    this.calls += 1;
    this.#callsUntilKill -= 1;
    let result: T | undefined;
    try {
      result = await call();
    } catch {
      this.#failures += 1;
    }
    if (this.#callsUntilKill < 0) throw new Killed();
    return result;
  }

  async #refresh(): Promise<void> {
    for (const [name, { id, outputs }] of [...this.state]) {
      const read = await this.#call(() => this.#provider.read(id, outputs));
      if (read?.id === "") this.state.delete(name);
      else if (read?.props) this.state.set(name, { id, outputs: read.props });
    }
  }

  async #bring(name: string, declared: Declared): Promise<void> {
    const inputs = { ...declared, adoptExisting: true };
    const old = this.state.get(name);
    await this.#provider.check(old?.outputs ?? {}, inputs);
    const diff = old && (await this.#provider.diff(old.id, old.outputs, inputs));
    if (diff && !diff.changes) return;
    if (old && diff?.replaces?.length === 0) {
      const updated = await this.#call(() => this.#provider.update(old.id, old.outputs, inputs));
      if (updated?.outs) this.state.set(name, { id: old.id, outputs: updated.outs });
      return;
    }
    const created = await this.#call(() => this.#provider.create(inputs));
    if (created?.outs === undefined) return;
    if (old) this.#pendingDeletes.push(old);
    this.state.set(name, { id: created.id, outputs: created.outs });
  }

  async #deleteRest(program: Program): Promise<void> {
    const isDeleted = async ({ id, outputs }: Recorded) => {
      const failures = this.#failures;
      await this.#call(() => this.#provider.delete(id, outputs));
      return this.#failures === failures;
    };
    for (const old of [...this.#pendingDeletes]) {
      if (!(await isDeleted(old))) continue;
      this.#pendingDeletes = this.#pendingDeletes.filter((pending) => pending !== old);
    }
    for (const [name, old] of [...this.state]) {
      if (!program.has(name) && (await isDeleted(old))) this.state.delete(name);
    }
  }
}
