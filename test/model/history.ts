import { expect } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { brokenRules, isOutdated, type Recorded, type Report } from "./invariants.ts";
import * as random from "./operations.ts";
import { type Profile, type Program, pairOf, profileNames, profiles } from "./operations.ts";

type Pair = Parameters<typeof pairOf>[0];

/** An operation, with the program that is run. */
export type Run<Operation = random.Operation> = Operation & {
  readonly program: Program;
  /** The ids that the option `import` of resources names. */
  readonly importIds: ReadonlyMap<string, string>;
  /** The ids that were removed by hand since it began. */
  readonly removed: ReadonlySet<string>;
};

/** What keeps a state, and runs programs. */
interface Engine<Operation> {
  readonly state: {
    readonly resources: ReadonlyMap<string, Recorded>;
    readonly pendingDeletes: readonly Recorded[];
  };
  up(run: Run<Operation>): Promise<Report>;
}

/** What happens to one stack. After each operation the rules must hold. */
export class History<Operation extends random.Operation> {
  readonly #fake: FakeDatadog;
  readonly #settings: random.Settings;
  readonly #engine: Engine<Operation>;
  readonly #importIds = new Map<string, string>();
  #program: Program = new Map();
  #mayBeOutdated = false;
  #isOfRightOrgs = true;

  constructor(fake: FakeDatadog, settings: random.Settings, engine: Engine<Operation>) {
    this.#fake = fake;
    this.#settings = settings;
    this.#engine = engine;
    fake.allowDoubles = settings.allowsDoubles;
    for (const profile of profileNames) {
      for (const wrongKeys of [null, profile]) {
        const org = random.keysOrg(profile, wrongKeys);
        fake.addCredentials(org, random.credentialsOf(profile, settings, wrongKeys));
      }
    }
    for (const source of [orgs.payments, orgs.shop, orgs.security, orgs.data]) {
      fake.connect({ source, sink: fake.addOrg("Elsewhere"), types: ["metrics"] });
    }
  }

  async take(operation: Operation): Promise<void> {
    for (const { types, ...pair } of operation.byHand) this.#changeByHand(pair, types);
    const program = this.#programOf(operation);
    if (this.#movesUnseen(program)) return;
    this.#program = program;
    const { refresh, wrongKeys } = operation;
    if (wrongKeys !== null) this.#isOfRightOrgs = false;
    const byHand = { removed: new Set<string>(), created: new Set<string>() };
    const { removed } = byHand;
    this.#setFaults(operation);
    const before = this.#snapshot();
    const stop = this.#changeMeanwhile(operation, byHand);
    const importIds = this.#lookUpImports(program);
    const report = await this.#engine.up({ ...operation, program, importIds, removed });
    stop();
    this.#fake.clearFaults();
    const after = this.#snapshot();
    const { wasKilled, errors } = report;
    const succeeded = errors.length === 0 && !wasKilled;
    if (refresh && succeeded && removed.size === 0) this.#mayBeOutdated = false;
    if (wasKilled && isOutdated(after)) this.#mayBeOutdated = true;
    const mayBeOutdated = this.#mayBeOutdated;
    const settings = this.#settings;
    const inputs = { program, settings, wrongKeys, byHand };
    const outcome = { ...inputs, report, succeeded, before, after, mayBeOutdated };
    expect(brokenRules(outcome), errors.join("\n")).toEqual([]);
    const mustSucceed = !wasKilled && removed.size === 0 && this.#mustSucceed(operation, program);
    if (mustSucceed) expect(errors).toEqual([]);
    if (succeeded && !mayBeOutdated && this.#isOfRightOrgs) this.#expectAsDeclared(program);
  }

  #programOf({ program, continues, adoptsAll }: Operation): Program {
    const last = continues ? this.#program : [];
    const some = [...program].slice(0, continues ? 1 : undefined);
    const entries = random.programOf([...some, ...last], !continues);
    const { host } = this.#settings;
    return random.changed(entries, ({ profile }) => ({
      ...(adoptsAll && { adoptExisting: true, imports: false }),
      ...(host === "explicit plugins" && profile === "alias" && { profile: "payments" }),
    }));
  }

  /**
   * A limit: without `orgId`, nothing shows that an explicit provider has the keys of another org. The
   * connection of a resource that moves to this provider stays, and two providers then manage
   * connections of one org.
   */
  #movesUnseen(program: Program): boolean {
    if (this.#settings.host !== "explicit plugins") return false;
    const { resources } = this.#engine.state;
    return [...program].some(([name, { profile, alias = "" }]) => {
      const old = resources.get(name) ?? resources.get(alias);
      return old && old.profile !== profile && !random.statedOrgId(profile, this.#settings);
    });
  }

  /** Whether the keys are right and show their org, and the faults end: the program must succeed. */
  #mustSucceed({ adoptsAll, refresh, faults }: Operation, program: Program): boolean {
    const { currentUser, maxPageSize } = this.#settings;
    const showsOrg = (name: Profile) =>
      random.statedOrgId(name, this.#settings) || random.isIdentified(name, this.#settings);
    const declaresOnce = new Set([...program.values()].map(pairOf)).size === program.size;
    return (
      adoptsAll &&
      refresh &&
      declaresOnce &&
      this.#isOfRightOrgs &&
      currentUser !== "fails" &&
      profileNames.every(showsOrg) &&
      maxPageSize === 1000 &&
      faults.reduce((sum, { times }) => sum + times, 0) <= 4 &&
      faults.every(({ fault }) => fault.kind !== "unexpectedResponse")
    );
  }

  #expectAsDeclared(program: Program): void {
    const declared = [...program].map(([name, one]) => [
      name,
      pairOf(one),
      one.connectionTypes.toSorted().join(),
    ]);
    const { resources } = this.#engine.state;
    const recorded = [...resources].flatMap(([name, { id, isPendingReplacement }]) => {
      if (isPendingReplacement && !program.has(name)) return [];
      const found = this.#fake.connections.find((one) => one.id === id);
      const pair = `${found?.sourceOrgId} ${found?.sinkOrgId}`;
      return [[name, pair, found?.types.toSorted().join()]];
    });
    expect(recorded.sort()).toEqual(declared.sort());
  }

  /** The ids that the author of the program looks up once. */
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
    for (const { fault, ...match } of faults) this.#fake.fault({ ...fault, ...match });
  }

  /** Changes connections by hand before certain requests, until the function is called. */
  #changeMeanwhile(
    { meanwhile }: Operation,
    byHand: { readonly removed: Set<string>; readonly created: Set<string> },
  ): () => void {
    const { beforeApply } = this.#fake;
    let requests = 0;
    this.#fake.beforeApply = async (sent) => {
      await beforeApply?.(sent);
      for (const { types, request, ...pair } of meanwhile) {
        const existing = request === requests ? this.#existing(pair) : undefined;
        if (existing === undefined) continue;
        this.#changeByHand(pair, null);
        byHand.removed.add(existing.id);
        if (types && !this.#existing(pair)) {
          this.#changeByHand(pair, types);
          byHand.created.add(this.#existing(pair)?.id ?? "");
        }
      }
      requests += 1;
    };
    return () => {
      this.#fake.beforeApply = beforeApply;
    };
  }

  #changeByHand(pair: Pair, types: readonly string[] | null): void {
    const existing = this.#existing(pair);
    this.#mayBeOutdated = true;
    if (existing && types) this.#fake.setTypes(existing.id, types);
    else if (existing) this.#fake.remove(existing.id);
    else if (types) {
      this.#fake.connect({ source: profiles[pair.profile], sink: pair.sinkOrgId, types });
    }
  }

  #existing(pair: Pair) {
    return this.#fake.connections.find(
      (one) => `${one.sourceOrgId} ${one.sinkOrgId}` === pairOf(pair),
    );
  }

  #snapshot() {
    const { resources, pendingDeletes } = this.#engine.state;
    const state = { resources: new Map(resources), pendingDeletes: [...pendingDeletes] };
    return { ...state, connections: this.#fake.connections };
  }
}
