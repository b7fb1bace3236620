import { expect } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import {
  brokenRules,
  isOutdated,
  type Recorded,
  type Report,
  type Snapshot,
} from "./invariants.ts";
import {
  credentialsOf,
  type Fault,
  isIdentified,
  keysOrg,
  type Operation,
  type Settings,
} from "./operations.ts";
import {
  adopting,
  declaresOnce,
  type ManualChange,
  type Profile,
  type Program,
  pairOf,
  profileNames,
  profiles,
  type Removal,
  withOneProviderEach,
} from "./programs.ts";

/** What a program is run with. */
export interface Run {
  readonly program: Program;
  /** The ids that the option `import` of resources names. */
  readonly importIds: ReadonlyMap<string, string>;
  readonly refresh: boolean;
  /** Resources that `--replace` names. */
  readonly replace: readonly string[];
  /** The ids that were removed by hand since it began. */
  readonly removed: ReadonlySet<string>;
}

/** What keeps a state, and runs a program on it. */
interface Engine {
  readonly state: ReadonlyMap<string, Recorded>;
  readonly pendingDeletes: readonly Recorded[];
}

/** Runs a program with the keys of an operation. */
type Up<Some extends Operation> = (run: Run, operation: Some) => Promise<Report>;

/** What happens to one stack. After each operation the rules must hold. */
export class History<Some extends Operation> {
  readonly #fake: FakeDatadog;
  readonly #settings: Settings;
  readonly #engine: Engine;
  readonly #up: Up<Some>;
  readonly #importIds = new Map<string, string>();
  /** What happens by hand before the next requests of an operation, and what happened. */
  #meanwhile: Removal[] = [];
  #removed = new Set<string>();
  #createdByHand = new Set<string>();
  #requests = 0;
  #mayBeOutdated = false;
  #isOfRightOrgs = true;

  constructor(fake: FakeDatadog, settings: Settings, engine: Engine, up: Up<Some>) {
    this.#fake = fake;
    this.#settings = settings;
    this.#engine = engine;
    this.#up = up;
    fake.allowDoubles = settings.allowsDoubles;
    for (const profile of profileNames) {
      for (const wrongKeys of [null, profile]) {
        const identifies = !settings.unidentified.includes(profile);
        const credentials = credentialsOf(profile, settings, wrongKeys);
        fake.addCredentials(keysOrg(profile, wrongKeys), credentials, "write", { identifies });
      }
    }
    for (const source of [orgs.payments, orgs.shop, orgs.security]) {
      fake.connect({ source, sink: fake.addOrg("Elsewhere"), types: ["metrics"] });
    }
    const { beforeApply } = fake;
    fake.beforeApply = async (request) => {
      await beforeApply?.(request);
      this.#beforeRequest();
    };
  }

  async take(operation: Some): Promise<void> {
    for (const change of operation.byHand) this.#changeByHand(change);
    const { adoptsAll, refresh, replace, wrongKeys } = operation;
    const { allowsDoubles, host } = this.#settings;
    const declared = adoptsAll ? adopting(operation.program) : operation.program;
    const program = host === "explicit plugins" ? withOneProviderEach(declared) : declared;
    const removed = new Set<string>();
    const run = { program, importIds: this.#lookUpImports(program), refresh, replace, removed };
    if (wrongKeys !== null || this.#movesUnseen(program)) this.#isOfRightOrgs = false;
    this.#setFaults(operation);
    const before = this.#snapshot();
    [this.#removed, this.#createdByHand, this.#requests] = [removed, new Set(), 0];
    this.#meanwhile = [...operation.meanwhile];
    const report = await this.#up(run, operation);
    this.#meanwhile = [];
    this.#fake.clearFaults();
    if (refresh && report.succeeded && removed.size === 0) this.#mayBeOutdated = false;
    const after = this.#snapshot();
    if (report.wasKilled && isOutdated(after)) this.#mayBeOutdated = true;
    const keys = {
      orgId: (profile: Profile) => keysOrg(profile, wrongKeys).id,
      statedOrgId: (profile: Profile) => this.#statedOrgId(profile),
      areIdentified: (profile: Profile) => isIdentified(profile, this.#settings),
    };
    const byHand = { removed, created: this.#createdByHand };
    const mayBeOutdated = this.#mayBeOutdated;
    const outcome = { program, report, before, after, mayBeOutdated, allowsDoubles, keys, byHand };
    expect(brokenRules(outcome), report.errors.join("\n")).toEqual([]);
    if (!report.wasKilled && this.#mustSucceed(operation)) expect(report.errors).toEqual([]);
    if (report.succeeded && !mayBeOutdated && this.#isOfRightOrgs) this.#expectAsDeclared(program);
  }

  #statedOrgId(profile: Profile): string | undefined {
    return this.#settings.withOrgId.includes(profile) ? profiles[profile].id : undefined;
  }

  /** A limit: without `orgId` nothing tells that an explicit provider has the keys of another org. */
  #movesUnseen(program: Program): boolean {
    if (this.#settings.host !== "explicit plugins") return false;
    return [...program].some(([name, { profile, alias = "" }]) => {
      const old = this.#engine.state.get(name) ?? this.#engine.state.get(alias);
      return (
        old !== undefined && old.profile !== profile && this.#statedOrgId(profile) === undefined
      );
    });
  }

  /** Right keys that show their org, and faults that end: all that a program needs to succeed. */
  #mustSucceed({ adoptsAll, program, refresh, faults }: Operation): boolean {
    const { currentUser, maxPageSize } = this.#settings;
    const showsOrg = (name: Profile) =>
      this.#statedOrgId(name) !== undefined || isIdentified(name, this.#settings);
    const count = faults.reduce((sum, { times }) => sum + times, 0);
    return (
      adoptsAll &&
      refresh &&
      declaresOnce(program) &&
      this.#isOfRightOrgs &&
      this.#removed.size === 0 &&
      currentUser !== "fails" &&
      profileNames.every(showsOrg) &&
      maxPageSize === 1000 &&
      count <= 4 &&
      faults.every(({ fault }) => fault.kind !== "wrongShape")
    );
  }

  #expectAsDeclared(program: Program): void {
    const declared = [...program].map(([name, one]) => [
      name,
      pairOf(one),
      one.connectionTypes.toSorted().join(),
    ]);
    const recorded = [...this.#engine.state].flatMap(([name, { id, isPendingReplacement }]) => {
      if (isPendingReplacement && !program.has(name)) return [];
      const found = this.#fake.connections.find((one) => one.id === id);
      const pair = `${found?.sourceOrgId} ${found?.sinkOrgId}`;
      return [[name, pair, found?.types.toSorted().join()]];
    });
    expect(recorded.sort()).toEqual(declared.sort());
  }

  /** The ids as somebody looks them up who writes the program; there they stay. */
  #lookUpImports(program: Program): ReadonlyMap<string, string> {
    for (const [name, declared] of program) {
      const id = this.#importIds.get(name) ?? this.#existing(declared)?.id;
      if (declared.imports && id !== undefined) this.#importIds.set(name, id);
      else this.#importIds.delete(name);
    }
    return new Map([...this.#importIds].filter(([name]) => program.has(name)));
  }

  #setFaults({ faults }: Operation): void {
    const { currentUser, validateIsMissing } = this.#settings;
    const answers = {
      current_user: { works: undefined, missing: 404, fails: 500 }[currentUser],
      validate: validateIsMissing ? 404 : undefined,
    };
    for (const [path, status] of Object.entries(answers)) {
      const body = '{"errors":["Not found"]}';
      if (status) this.#fake.fault({ kind: "status", status, body, path, times: 1e6 });
    }
    for (const { fault, ...match } of faults) this.#fake.fault({ ...fault, ...match } as Fault);
  }

  #beforeRequest(): void {
    this.#requests += 1;
    const due = this.#meanwhile.filter(({ request }) => request < this.#requests);
    this.#meanwhile = this.#meanwhile.filter((one) => !due.includes(one));
    for (const removal of due) {
      const existing = this.#existing(removal);
      if (existing === undefined) continue;
      this.#changeByHand({ ...removal, types: null });
      this.#removed.add(existing.id);
      if (removal.types === null || this.#existing(removal)) continue;
      this.#changeByHand(removal);
      const created = this.#existing(removal);
      if (created) this.#createdByHand.add(created.id);
    }
  }

  #changeByHand({ types, ...pair }: ManualChange): void {
    const existing = this.#existing(pair);
    this.#mayBeOutdated = true;
    if (existing && types) this.#fake.setTypes(existing.id, types);
    else if (existing) this.#fake.remove(existing.id);
    else if (types) {
      this.#fake.connect({ source: profiles[pair.profile], sink: pair.sinkOrgId, types });
    }
  }

  #existing(pair: Parameters<typeof pairOf>[0]) {
    return this.#fake.connections.find(
      (one) => `${one.sourceOrgId} ${one.sinkOrgId}` === pairOf(pair),
    );
  }

  #snapshot(): Snapshot {
    const { state, pendingDeletes } = this.#engine;
    return {
      state: new Map(state),
      pendingDeletes: [...pendingDeletes],
      connections: [...this.#fake.connections],
    };
  }
}
