import { expect } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import {
  brokenRules,
  isOutdated,
  type Recorded,
  type Report,
  type Snapshot,
} from "./invariants.ts";
import { type Fault, keysOrg, type Operation, type Settings, tokenOf } from "./operations.ts";
import {
  adopting,
  declaresOnce,
  type ManualChange,
  type Profile,
  type Program,
  pairOf,
  profileNames,
  profiles,
} from "./programs.ts";

/** What a program is run with. */
export interface Run {
  readonly program: Program;
  /** The ids that the option `import` of resources names. */
  readonly importIds: ReadonlyMap<string, string>;
  readonly refresh: boolean;
  /** Resources that `--replace` names. */
  readonly replace: readonly string[];
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
  #mayBeOutdated = false;
  #isOfRightOrgs = true;

  constructor(fake: FakeDatadog, settings: Settings, engine: Engine, up: Up<Some>) {
    this.#fake = fake;
    this.#settings = settings;
    this.#engine = engine;
    this.#up = up;
    fake.allowDoubles = settings.allowsDoubles;
    for (const org of Object.values(orgs)) fake.addCredentials(org, { token: tokenOf(org) });
    for (const source of [orgs.payments, orgs.shop, orgs.security]) {
      fake.connect({ source, sink: fake.addOrg("Elsewhere"), types: ["metrics"] });
    }
  }

  async take(operation: Some): Promise<void> {
    for (const change of operation.byHand) this.#changeByHand(change);
    const { adoptsAll, refresh, replace, wrongKeys } = operation;
    const program = adoptsAll ? adopting(operation.program) : operation.program;
    const run = { program, importIds: this.#lookUpImports(program), refresh, replace };
    this.#setFaults(operation);
    const before = this.#snapshot();
    const report = await this.#up(run, operation);
    this.#fake.clearFaults();
    if (refresh && report.succeeded) this.#mayBeOutdated = false;
    const after = this.#snapshot();
    if (report.wasKilled && isOutdated(after)) this.#mayBeOutdated = true;
    const { withOrgId, allowsDoubles } = this.#settings;
    const mayBeOutdated = this.#mayBeOutdated;
    const keysOrgId = (profile: Profile) => keysOrg(profile, wrongKeys).id;
    const outcome = { program, report, before, after };
    const rules = { mayBeOutdated, withOrgId, allowsDoubles, keysOrgId };
    expect(brokenRules({ ...outcome, ...rules }), report.errors.join("\n")).toEqual([]);
    if (!report.wasKilled && this.#mustSucceed(operation)) expect(report.errors).toEqual([]);
    if (wrongKeys !== null) this.#isOfRightOrgs = false;
    if (report.succeeded && !mayBeOutdated && this.#isOfRightOrgs) this.#expectAsDeclared(program);
  }

  /** Right keys that show their org, and faults that end: all that a program needs to succeed. */
  #mustSucceed({ adoptsAll, program, refresh, wrongKeys, faults }: Operation): boolean {
    const { withOrgId, withToken, validateIsMissing, maxPageSize } = this.#settings;
    const showsOrg = (name: Profile) =>
      withOrgId.includes(name) || !(validateIsMissing || withToken.includes(name));
    const count = faults.reduce((sum, { times }) => sum + times, 0);
    return (
      adoptsAll &&
      refresh &&
      declaresOnce(program) &&
      wrongKeys === null &&
      this.#isOfRightOrgs &&
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
    const recorded = [...this.#engine.state].map(([name, { id }]) => {
      const found = this.#fake.connections.find((one) => one.id === id);
      return [name, `${found?.sourceOrgId} ${found?.sinkOrgId}`, found?.types.toSorted().join()];
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
    if (this.#settings.validateIsMissing) {
      this.#fake.fault({ kind: "status", status: 404, path: "validate", times: 1e6 });
    }
    for (const { fault, ...match } of faults) this.#fake.fault({ ...fault, ...match } as Fault);
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
