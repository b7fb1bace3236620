/**
 * `npm run bench -- [PART…] [--sizes 100,1000] [--rounds 3]`: measures what org connections cost with the
 * dynamic provider and with the plugin, beside the engine alone. Each part writes its table between its
 * marks in docs/comparison.md.
 */
import { chmod, cp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { build, transform } from "esbuild";
import { figure, putBetweenMarks, table } from "../repository/markdown.ts";
import { ENGINE_VERSION, ensureEngine } from "../support/engine/engine.ts";
import { succeed } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../support/fake-datadog/index.ts";
import {
  buildPlugin,
  installPackage,
  installPlugin,
  removeInstallation,
} from "../support/harness/install-package.ts";
import { Stack } from "../support/harness/stack.ts";

/** What is measured, on stacks or in a process without an engine. */
const parts: Readonly<Record<string, () => Promise<string>>> = {
  "one-org": () =>
    ofStacks(
      besideEngine("one org"),
      [300],
      [0],
      ["up", "up, nothing to do", "refresh", "preview --refresh", "up, types changed", "destroy"],
    ),
  profiles: () =>
    ofStacks(
      besideEngine("profiles"),
      [100, 300, 1000],
      [0, 100],
      ["up", "up, nothing to do", "refresh", "refresh through the hub"],
    ),
  explicit: () =>
    ofStacks(
      [pluginWith("profiles"), pluginWith("explicit providers")],
      [1, 10, 50],
      [0],
      ["up", "up, nothing to do", "refresh", "refresh: memory in MB"],
    ),
  check: () => ofCheck([100, 300, 1000, 3000]),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: "string" },
    rounds: { type: "string", default: "3" },
  },
});
const [rounds = 1] = numbersIn(values.rounds);
const sizesOr = (sizes: number[]) => (values.sizes === undefined ? sizes : numbersIn(values.sizes));
const unknown = positionals.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) {
  throw new Error(`There is no part ${unknown}. The parts are ${Object.keys(parts).join(", ")}.`);
}

const log = (line: string) => console.log(line);
const installation = await installPackage(await ensureEngine(log), log);
const { root, project, home } = installation;
/** The package and the plugin with a provider that does nothing. */
const nothing = { package: join(project, "nothing/node_modules"), plugin: join(root, "nothing") };

function numbersIn(text: string): number[] {
  const numbers = text.split(",").map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number >= 0)) return numbers;
  throw new Error(`"${text}" isn't a list of whole numbers, separated by commas.`);
}

async function installNothing(): Promise<void> {
  const contents = await readFile(join(import.meta.dirname, "nothing.ts"), "utf8");
  const name = "pulumi-datadog-org-connections";
  await cp(join(project, "node_modules", name), join(nothing.package, name), { recursive: true });
  const { code } = await transform(contents, { loader: "ts", format: "cjs" });
  await writeFile(join(nothing.package, name, "dist/provider/provider.js"), code);

  const outfile = join(nothing.plugin, "pulumi-resource-datadog-org-connections");
  const replacement = { contents, loader: "ts" } as const;
  await build({
    entryPoints: [resolve(import.meta.dirname, "../../plugin/main.ts")],
    outfile,
    ...{ bundle: true, platform: "node", format: "cjs", external: ["@grpc/proto-loader"] },
    plugins: [
      {
        name: "nothing",
        setup: (to) => to.onLoad({ filter: /provider\/provider\.ts$/ }, () => replacement),
      },
    ],
  });
  await chmod(outfile, 0o755);
}

/** A way to manage the connections. */
interface Contender {
  readonly title: string;
  /** What the connections of a stack have in common. */
  readonly kind: "one org" | "profiles" | "explicit providers";
  readonly isPlugin: boolean;
  readonly doesNothing: boolean;
}

const pluginWith = (kind: Contender["kind"]): Contender => ({
  ...{ title: `plugin, ${kind}`, kind, isPlugin: true, doesNothing: false },
});

/** Each provider, and before it the engine with the same provider that does nothing. */
function besideEngine(kind: Contender["kind"]): Contender[] {
  return [false, true].flatMap((isPlugin) => {
    const title = isPlugin ? "plugin" : "dynamic provider";
    const provider = { title, kind, isPlugin, doesNothing: false };
    return [{ ...provider, title: `engine alone, ${title}`, doesNothing: true }, provider];
  });
}

const operations = {
  up: (stack: Stack) => stack.up(),
  "up, nothing to do": (stack: Stack) => stack.up(),
  refresh: (stack: Stack) => stack.refresh(),
  "refresh: memory in MB": (stack: Stack) => stack.refresh(),
  "refresh through the hub": (stack: Stack) => stack.refresh({ env: { DD_READ_PROFILE: "hub" } }),
  "preview --refresh": (stack: Stack) => stack.preview({ refresh: true }),
  async "up, types changed"(stack: Stack) {
    const declared = await readFile(join(stack.workDirectory, "declared.json"), "utf8");
    await stack.write("declared.json", declared.replaceAll('"logs"', '"metrics"'));
    return stack.up();
  },
  destroy: (stack: Stack) => stack.destroy(),
};
type Operation = keyof typeof operations;
/** Those that change something, so that they can't be repeated on one stack. */
const changing: readonly Operation[] = ["up", "up, types changed", "destroy"];

/** A stack that declares connections of many orgs to one hub, or of one org to many. */
async function newStack(
  { kind, isPlugin, doesNothing }: Contender,
  fake: FakeDatadog,
  size: number,
): Promise<Stack> {
  const keys: Record<string, string> = {};
  const providers: Record<string, object> = {};
  const connections: Record<string, object> = {};
  const add = (suffix: string, { apiKey, appKey }: { apiKey: string; appKey: string }) =>
    Object.assign(keys, { [`DD_API_KEY${suffix}`]: apiKey, [`DD_APP_KEY${suffix}`]: appKey });
  add("", orgs.payments);
  add("_HUB", orgs.hub);
  for (let index = 0; index < size; index++) {
    const [name, org] = [`org-${index}`, fake.addOrg(`Org ${index}`)];
    const { apiKey, appKey } = org;
    const sinkOrgId = kind === "one org" ? org.id : orgs.hub.id;
    const profile = kind === "profiles" ? name : undefined;
    connections[name] = { sinkOrgId, connectionTypes: ["logs"], profile };
    if (kind === "profiles") add(`_ORG_${index}`, org);
    if (kind === "explicit providers") providers[name] = { apiUrl: fake.url, apiKey, appKey };
  }
  const path = { name: "datadog-org-connections", path: nothing.plugin };
  const plugins = isPlugin && doesNothing ? { plugins: { providers: [path] } } : {};
  const stack = await Stack.create({
    installation,
    program: "program.cjs",
    files: {
      "Pulumi.yaml": JSON.stringify({ name: "bench", runtime: "nodejs", ...plugins }),
      "program.cjs": await readFile(join(import.meta.dirname, "program.cjs"), "utf8"),
      "declared.json": JSON.stringify({ isPlugin, connections, providers }),
    },
    env: { DD_HOST: fake.url, ...keys },
  });
  if (doesNothing && !isPlugin) {
    await symlink(nothing.package, join(stack.workDirectory, "node_modules"));
  }
  return stack;
}

/** Runs an operation; returns the seconds, or the megabytes. */
async function costOf(operation: Operation, stack: Stack): Promise<number> {
  const begun = performance.now();
  const running = operations[operation](stack);
  const megabytes = operation.includes("memory") ? await peakMegabytes(running) : undefined;
  const { code, output } = await running;
  if (code !== 0) throw new Error(`${operation} ended with code ${code}:\n${output}`);
  return megabytes ?? (performance.now() - begun) / 1000;
}

/** The highest sum of the memory of the plugin's processes; what they share counts once. Linux only. */
async function peakMegabytes(operation: Promise<unknown>): Promise<number> {
  let peak = 0;
  const end = operation.then(() => "ended");
  while ((await Promise.race([end, sleep(100)])) !== "ended") {
    const kilobytes = (await readdir("/proc")).map(async (id) => {
      const read = (file: string) => readFile(join("/proc", id, file), "utf8").catch(() => "");
      if (!(await read("cmdline")).startsWith(home)) return 0;
      return Number(/^Pss: *(\d+)/m.exec(await read("smaps_rollup"))?.[1] ?? 0);
    });
    const sizes = await Promise.all(kilobytes);
    peak = Math.max(peak, sizes.reduce((sum, size) => sum + size) / 1000);
  }
  return peak;
}

/** Measures each contender in turn. The engine alone is measured once for a size: it sends nothing. */
async function ofStacks(
  contenders: readonly Contender[],
  defaultSizes: number[],
  latencies: readonly number[],
  names: readonly Operation[],
): Promise<string> {
  const sizes = sizesOr(defaultSizes);
  const figures = new Map<string, number[]>();
  const requests = new Map<string, number>();
  const rows: (string | number)[][] = [];
  for (const size of sizes) {
    // A small stack is created several times, since that takes a short time only.
    const stacks = size <= 100 ? rounds : 1;
    for (const latencyMs of latencies) {
      const keyOf = (name: Operation, { title, doesNothing }: Contender, ofSize = size) =>
        [ofSize, doesNothing ? "" : latencyMs, title, name].join();
      const medianOf = (...of: Parameters<typeof keyOf>) => median(figures.get(keyOf(...of)));
      for (const contender of contenders) {
        const begun = performance.now();
        if (names.every((name) => figures.has(keyOf(name, contender)))) continue;
        for (let round = 0; round < stacks; round++) {
          const fake = await startFakeDatadog();
          fake.beforeAnswer = latencyMs > 0 ? () => sleep(latencyMs) : undefined;
          const stack = await newStack(contender, fake, size);
          for (const name of names) {
            const key = keyOf(name, contender);
            const times = stacks > 1 || changing.includes(name) ? 1 : rounds;
            for (let time = 0; time < times; time++) {
              fake.clearRequests();
              const cost = await costOf(name, stack);
              figures.set(key, [...(figures.get(key) ?? []), cost]);
              requests.set(name, fake.requests.length);
            }
          }
          await fake.close();
        }
        const seconds = figure((performance.now() - begun) / 1000);
        log(`${size} connections, ${latencyMs} ms, ${contender.title}: measured in ${seconds} s`);
      }
      for (const name of names) {
        // In brackets: milliseconds for each connection beyond the engine alone, and the growth.
        const cells = contenders.map((contender) => {
          const seconds = medianOf(name, contender);
          const alone = contenders.find(
            ({ isPlugin, doesNothing }) => doesNothing && isPlugin === contender.isPlugin,
          );
          if (alone === undefined || alone === contender) return figure(seconds);
          const each = (1000 * (seconds - medianOf(name, alone))) / size;
          const growthOf = (one: Contender) => medianOf(name, one) / medianOf(name, one, sizes[0]);
          const growth = figure(growthOf(contender) / growthOf(alone));
          const isFirst = size === sizes[0];
          return `${figure(seconds)} (${each.toFixed(1)}${isFirst ? "" : `; × ${growth}`})`;
        });
        rows.push([size, `${latencyMs} ms`, name, ...cells, requests.get(name) ?? 0]);
      }
    }
  }
  const titles = contenders.map(({ title }) => title);
  return table(["connections", "latency", "operation", ...titles, "requests"], rows);
}

function median(figures: readonly number[] = []): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;
}

/** Milliseconds for `check` of a connection of each profile, each time in a new process. */
async function ofCheck(defaultSizes: number[]): Promise<string> {
  const script = `
    const { handler } = require("pulumi-datadog-org-connections/provider");
    const [size, place] = process.argv.slice(1);
    const profiles = {};
    for (let index = 0; index < size; index++) {
      const { apiKey, appKey } = profiles["org-" + index] = {
        apiKey: String(index).padStart(32, "0"), appKey: String(index).padStart(40, "0"),
      };
      if (place === "stack") continue;
      Object.assign(process.env, {
        ["DD_API_KEY_ORG_" + index]: apiKey, ["DD_APP_KEY_ORG_" + index]: appKey,
      });
    }
    const settings = { "datadog-org-connections:profiles": JSON.stringify(profiles) };
    const provider = handler();
    const begun = performance.now();
    provider.configure({ config: new Map(place === "stack" ? Object.entries(settings) : []) });
    const checks = Object.keys(profiles).map(async (profile) => {
      const inputs = { profile, sinkOrgId: "${orgs.hub.id}", connectionTypes: ["logs"] };
      const { failures } = await provider.check({}, inputs);
      if (failures.length > 0) throw new Error(JSON.stringify(failures));
    });
    Promise.all(checks).then(() => console.log(performance.now() - begun));`;
  const rows = [];
  for (const size of sizesOr(defaultSizes)) {
    const times: string[] = [];
    for (const place of ["environment", "stack"]) {
      const figures: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const args = ["-e", script, String(size), place];
        figures.push(Number((await succeed(process.execPath, args, { cwd: project })).stdout));
      }
      times.push(figure(median(figures)));
    }
    rows.push([size, ...times]);
  }
  return table(["profiles", "keys in the environment, ms", "keys in the stack, ms"], rows);
}

try {
  await installPlugin(installation, await buildPlugin(log));
  await installNothing();
  for (const [part, measure] of Object.entries(parts)) {
    if (positionals.length > 0 && !positionals.includes(part)) continue;
    const [text, date] = [await measure(), new Date().toISOString().slice(0, 10)];
    const machine = `${availableParallelism()} cores, Pulumi ${ENGINE_VERSION}, Node.js ${process.versions.node}`;
    const section = `${text}\n\nMeasured on ${date}: ${machine}, a service on loopback.`;
    log(section);
    await putBetweenMarks("docs/comparison.md", `benchmark ${part}`, section);
  }
} finally {
  await removeInstallation(installation);
}
