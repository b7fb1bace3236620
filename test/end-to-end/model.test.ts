import fc from "fast-check";
import { expect, it, onTestFailed } from "vitest";
import { History, type Run } from "../model/history.ts";
import type { Created, Report } from "../model/invariants.ts";
import {
  changed,
  credentialsOf,
  operations,
  type Profile,
  profileNames,
  profiles,
  type Settings,
  settings,
} from "../model/operations.ts";
import { type FakeDatadog, startFakeDatadog } from "../support/fake-datadog/index.ts";
import type { Step } from "../support/harness/event-log.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { Environment, ResourceState } from "../support/harness/stack-options.ts";
import { nameIn, newSilentStack, recordedConnections, showStack } from "./fixture.ts";
import { type Way, ways } from "./ways.ts";

/** How long new histories are begun, for the dynamic provider and for the plugin. */
const seconds = Number(process.env["MODEL_SECONDS"] ?? 6);
/** That of the first history; each further one has the next. */
const firstSeed = Number(process.env["MODEL_SEED"] ?? Date.now() % 1_000_000);
const minute = 60_000;

/** What was done in all histories. */
const done = {
  histories: 0,
  "runs of up": 0,
  "of these failed": 0,
  "changes of resources": 0,
  requests: 0,
  "of these faulted": 0,
};

const timedOperations = fc
  .tuple(operations, fc.array(fc.nat(50), { minLength: 5, maxLength: 5 }))
  .map(([operation, pauses]) => {
    const program = changed(operation.program, () => ({ alias: undefined, dependsOn: undefined }));
    return { ...operation, program, pauses };
  });

/** An operation, and the milliseconds before the program declares each resource. */
type TimedOperation = typeof timedOperations extends fc.Arbitrary<infer Value> ? Value : never;

/** A resource of the state, as the rules see it. */
interface Recorded {
  readonly id: string;
  readonly urn: string;
  readonly profile: Profile;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly isPendingReplacement: boolean;
}

/** In TypeScript, the program's resources arrive at the engine one after the other. */
function filesOf(way: Way, run: Run, pauses: readonly number[]): Readonly<Record<string, string>> {
  const declared = [...run.program].map(([name, one]) => {
    const { profile, sinkOrgId, connectionTypes, adoptExisting, deleteBeforeReplace } = one;
    const id = run.importIds.get(name);
    const ofPlugin = {
      replaceOnChanges: one.replaceOnChanges ? ["connectionTypes"] : [],
      import: id && `${profile}/${id}`,
    };
    const options = { deleteBeforeReplace, ...(way.name === "plugin" ? ofPlugin : { import: id }) };
    return [name, { profile, sinkOrgId, connectionTypes, adoptExisting, options }] as const;
  });
  if (way.name === "plugin") return way.program(Object.fromEntries(declared));
  const resources = declared.map((one, index) => [pauses[index] ?? 0, ...one]);
  const program = `import { setTimeout } from "node:timers/promises";
    import { OrgConnection } from "pulumi-datadog-org-connections";
    for (const [pause, name, { options, ...args }] of ${JSON.stringify(resources)}) {
      await setTimeout(pause);
      new OrgConnection(name, args, options);
    }`;
  return { "index.ts": program };
}

/** The variables that hold the credentials of the profiles. */
function credentials(chosen: Settings, wrongKeys: Profile | null): Environment {
  const names = { token: "DD_BEARER_TOKEN", apiKey: "DD_API_KEY", appKey: "DD_APP_KEY" };
  const variables = profileNames.flatMap((profile) => {
    const values = {
      token: "",
      apiKey: "",
      appKey: "",
      ...credentialsOf(profile, chosen, wrongKeys),
    };
    return [values.token, values.apiKey, values.appKey].flatMap((value, index) =>
      value ? [[`${Object.values(names)[index]}_${profile.toUpperCase()}`, value]] : [],
    );
  });
  return Object.fromEntries(variables);
}

/** A stack on the real engine, with the state as it was exported last. */
class StackEngine {
  state: ReadonlyMap<string, Recorded> = new Map();
  pendingDeletes: readonly Recorded[] = [];
  readonly #way: Way;
  readonly #stack: Stack;
  readonly #settings: Settings;
  readonly #fake: FakeDatadog;

  constructor(way: Way, stack: Stack, chosen: Settings, fake: FakeDatadog) {
    this.#way = way;
    this.#stack = stack;
    this.#settings = chosen;
    this.#fake = fake;
  }

  async up(run: Run, { wrongKeys, pauses }: TimedOperation): Promise<Report> {
    for (const [file, text] of Object.entries(filesOf(this.#way, run, pauses))) {
      await this.#stack.write(file, text);
    }
    const before = this.state;
    const existed = new Set(this.#fake.connections.map(({ id }) => id));
    const { code, output, changes, steps } = await this.#stack.up({
      refresh: run.refresh,
      replace: run.replace.flatMap((name) => {
        const { id = "", urn } = before.get(name) ?? {};
        // What the refresh forgets can't be named.
        return urn === undefined || (run.refresh && !existed.has(id)) ? [] : urn;
      }),
      env: credentials(this.#settings, wrongKeys),
    });
    expect([0, 1], output).toContain(code); // otherwise the engine itself wasn't run to its end
    await this.#export();
    const { same, ...others } = changes;
    done["runs of up"] += 1;
    if (code !== 0) done["of these failed"] += 1;
    for (const some of Object.values(others)) done["changes of resources"] += some;
    return {
      succeeded: code === 0,
      wasKilled: false,
      errors: code === 0 ? [] : [output],
      created: createdIn(this.state, before, existed, run),
      keptBefore: keptBefore(steps),
    };
  }

  async #export(): Promise<void> {
    const recorded = await recordedConnections(this.#stack);
    const kept = recorded.filter((one) => !one.delete).map(recordedOf);
    this.state = new Map(kept.map((one) => [nameIn(one.urn), one]));
    expect(this.state.size).toBe(kept.length);
    this.pendingDeletes = recorded.filter((one) => one.delete).map(recordedOf);
  }
}

function recordedOf(resource: ResourceState): Recorded {
  const { urn, id, inputs = {}, outputs = {}, pendingReplacement = false } = resource;
  const profile = profileNames.find((name) => name === inputs["profile"]);
  if (id === undefined || profile === undefined) throw new Error(`the state has no id of ${urn}`);
  return { urn, id, profile, inputs, outputs, isPendingReplacement: pendingReplacement };
}

/** What has a new id in the state, and the source of what it replaced, if the provider saw that. */
function createdIn(
  after: ReadonlyMap<string, Recorded>,
  before: ReadonlyMap<string, Recorded>,
  existed: ReadonlySet<string>,
  { program, refresh, replace }: Run,
): Created[] {
  return [...after].flatMap(([name, { id, inputs }]) => {
    const old = before.get(name);
    if (old?.id === id) return [];
    // Of a forced replacement that is created first the engine shows the provider nothing.
    const isShown = !replace.includes(name) || program.get(name)?.deleteBeforeReplace === true;
    const wasForgotten = refresh && old !== undefined && !existed.has(old.id);
    const isReplaced = old && !old.isPendingReplacement && !wasForgotten && isShown;
    const source = isReplaced && old.inputs["profile"] === inputs["profile"];
    const replacedSourceOrgId = source ? String(old.outputs["sourceOrgId"]) : undefined;
    return [{ name, id, replacedSourceOrgId, removedBefore: [] }];
  });
}

/** The engine checks a resource that it keeps before it begins that step. */
function keptBefore(steps: readonly Step[]): ReadonlyMap<string, ReadonlySet<string>> {
  const kept: string[] = [];
  const before = new Map<string, ReadonlySet<string>>();
  for (const { operation, urn } of steps) {
    if (operation === "same" || operation === "update") kept.push(nameIn(urn));
    else if (operation.startsWith("create")) before.set(nameIn(urn), new Set(kept));
  }
  return before;
}

const length = { minLength: 3, maxLength: 6 };
const calmOperations = timedOperations.map((operation) => ({
  ...operation,
  adoptsAll: true,
  wrongKeys: null,
  faults: [],
}));
/** Each operation takes seconds, so in most histories little prevents what the programs declare. */
const histories = fc.oneof(
  { weight: 2, arbitrary: fc.array(calmOperations, length) },
  { weight: 1, arbitrary: fc.array(timedOperations, length) },
);

/** @param onFailure Gets the stack of each history that failed: the last one is the shortest. */
const propertyOf = (way: Way, onFailure: (stack: Stack) => void) =>
  fc.asyncProperty(histories, settings, async (some, anyHost) => {
    const chosen = { ...anyHost, host: way.name === "plugin" ? "plugin" : "dynamic" } as const;
    const { maxPageSize, withOrgId } = chosen;
    const fake = await startFakeDatadog({ maxPageSize, latencyMs: [0, 50] });
    const stack = await newSilentStack(fake, way.program({}), { env: { DD_HOST: fake.url } });
    try {
      const orgIds = withOrgId.map((name) => [
        `datadog-org-connections:profiles.${name}.orgId`,
        profiles[name].id,
      ]);
      await stack.setConfig(Object.fromEntries(orgIds), { path: true });
      const engine = new StackEngine(way, stack, chosen, fake);
      const history = new History<TimedOperation>(fake, chosen, engine, (run, operation) =>
        engine.up(run, operation),
      );
      for (const operation of some) await history.take(operation);
    } catch (error) {
      onFailure(stack);
      throw error;
    } finally {
      done.histories += 1;
      done.requests += fake.requests.length;
      done["of these faulted"] += fake.requests.filter(({ fault }) => fault).length;
      await fake.close();
    }
  });

it.each(ways)(
  "by the $name, whatever runs in parallel and fails on the engine, nothing is lost, doubled or changed unasked",
  async (way) => {
    let failed: Stack | undefined;
    const onFailure = (stack: Stack) => {
      failed = stack;
    };
    onTestFailed(() => failed && showStack(failed));
    const begun = performance.now();
    for (let seed = firstSeed; performance.now() - begun < seconds * 1000; seed += 1) {
      console.log(`seed ${seed}`);
      const shrinkingEnds = { interruptAfterTimeLimit: 3 * minute };
      const once = { seed, numRuns: 1, unbiased: true };
      await fc.assert(propertyOf(way, onFailure), { ...once, ...shrinkingEnds });
    }
    console.table(done);
  },
  seconds * 1000 + 5 * minute,
);
