/**
 * `npm run bench`: what org connections cost with this provider, with a provider that does nothing
 * on the same engine (the floor), and with one that is captured by value, side by side in one run.
 * Writes `docs/benchmark.json`, and from it the page and the table of the comparison.
 */
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { ensureEngine } from "../../test/support/engine/engine.ts";
import { runCommand } from "../../test/support/engine/run-command.ts";
import { withYamlHost } from "../../test/support/engine/yaml-host.ts";
import { startFakeDatadog } from "../../test/support/fake-datadog/index.ts";
import { buildPlugin } from "../../test/support/harness/build-plugin.ts";
import {
  type Installation,
  installPackage,
  installPlugin,
  removeInstallation,
} from "../../test/support/harness/install-package.ts";
import { type Contender, contenders } from "./contenders.ts";
import { type LifeCosts, measureLife } from "./life.ts";
import { measureLookups } from "./lookups.ts";
import { publish } from "./publish.ts";
import { reportsOf } from "./report.ts";
import { isOfSame, type Results, type Series } from "./results.ts";
import { measureStartup } from "./startup.ts";

const repository = resolve(import.meta.dirname, "../..");
const resultsFile = join(repository, "docs/benchmark.json");

interface Options {
  readonly connections: readonly number[];
  readonly latency: readonly number[];
  readonly rounds: readonly number[];
  readonly contenders?: readonly string[];
  readonly add?: true;
  readonly report?: true;
}

const {
  connections,
  latency,
  rounds: [rounds = 3],
  contenders: chosen,
  add,
  report,
} = new Command()
  .description("Measures org connections on the real engine, and writes docs/benchmark.*")
  .option("--connections <counts>", "sizes of the stacks", wholeNumbers, [1, 100, 300, 1000])
  .option("--latency <ms>", "latencies of the service in milliseconds", wholeNumbers, [0, 100])
  .option(
    "--rounds <count>",
    "rounds of what is quick; what takes minutes gets fewer",
    wholeNumbers,
    [3],
  )
  .option("--contenders <names>", "those to measure", (names) => names.split(","))
  .option(
    "--add",
    "keeps the stacks that docs/benchmark.json has, but for those that are measured again",
  )
  .option("--report", "only writes the reports again, from docs/benchmark.json")
  .parse()
  .opts<Options>();

const log = (line: string) => console.log(line);
if (!report) await measureAll((results) => writeFile(resultsFile, JSON.stringify(results)));
await publish(repository, reportsOf(await savedResults()));

async function savedResults(): Promise<Results> {
  return JSON.parse(await readFile(resultsFile, "utf8"));
}

/** @param save Is given what was measured so far, after each size: a run takes most of an hour. */
async function measureAll(save: (results: Results) => Promise<void>): Promise<void> {
  const engine = await withYamlHost(await ensureEngine(log), log);
  const installation = await installPackage(engine, log);
  try {
    const plugin = await buildPlugin(log);
    await installPlugin(installation, plugin);
    const begun = await measureEntries(installation, plugin);
    let series = add ? (await savedResults()).series : [];
    for (const latencyMs of latency) {
      for (const count of connections) {
        const measured = await measureSize(installation, count, latencyMs);
        series = [
          ...measured,
          ...series.filter((old) => !measured.some((one) => isOfSame(one, old))),
        ];
        await save({ ...begun, series });
      }
    }
  } finally {
    await removeInstallation(installation);
  }
}

/** What needs no stack. */
async function measureEntries(installation: Installation, plugin: string): Promise<Results> {
  log("The start of the package's entries, and of the plugin.");
  const startup = await measureStartup(installation, plugin, 15);
  const lookups = [];
  for (const count of [100, 1000, 10_000]) {
    log(`Lookups among ${count} connections.`);
    lookups.push(await measureLookups(installation, count));
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    cores: availableParallelism(),
    versions: await versionsOf(installation),
    startup,
    lookups,
    series: [],
  };
}

/** Every contender in turn, round after round, so that what else the machine does concerns all. */
async function measureSize(
  installation: Installation,
  count: number,
  latencyMs: number,
): Promise<Series[]> {
  const fake = await startFakeDatadog({ latencyMs });
  const sinks = Array.from({ length: count }, (_, index) => fake.addOrg(`Sink ${index}`).id);
  const measured = contenders
    .filter(({ sendsRequests }) => sendsRequests || latencyMs === 0)
    .filter(({ name }) => chosen?.includes(name) ?? true);
  const lives = new Map(measured.map(({ name }) => [name, [] as LifeCosts[]]));
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const contender of measured) {
        const planned = roundsOf(contender, count, latencyMs);
        if (round > planned) continue;
        const begun = performance.now();
        lives.get(contender.name)?.push(await measureLife(installation, fake, contender, sinks));
        const seconds = Math.round((performance.now() - begun) / 1000);
        log(
          `${count} connections, ${latencyMs} ms, round ${round} of ${planned}, ${contender.name}: ${seconds} s`,
        );
      }
    }
  } finally {
    await fake.close();
  }
  return measured.map(({ name }) => ({
    contender: name,
    connections: count,
    latencyMs,
    rounds: lives.get(name) ?? [],
  }));
}

/** A life of 1,000 connections takes four minutes, and fifteen where the provider is captured. */
function roundsOf({ name }: Contender, count: number, latencyMs: number): number {
  if (count > 300 && (latencyMs > 0 || name === "captured")) return 1;
  return count > 300 || latencyMs > 0 ? Math.ceil(rounds / 2) : rounds;
}

async function versionsOf({ engine, project }: Installation): Promise<Results["versions"]> {
  const { stdout } = await runCommand(engine.command, ["version"]);
  const versionIn = async (name: string): Promise<string> => {
    const manifest = join(project, "node_modules", name, "package.json");
    return JSON.parse(await readFile(manifest, "utf8")).version;
  };
  return {
    node: process.versions.node,
    pulumi: stdout.trim(),
    "@pulumi/pulumi": await versionIn("@pulumi/pulumi"),
    package: await versionIn("pulumi-datadog-org-connections"),
  };
}

function wholeNumbers(text: string): number[] {
  const numbers = text.split(",").map(Number);
  if (numbers.every((number) => Number.isInteger(number) && number >= 0)) return numbers;
  throw new InvalidArgumentError("Give whole numbers, separated by commas.");
}
