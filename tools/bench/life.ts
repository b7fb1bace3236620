import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FakeDatadog } from "../../test/support/fake-datadog/index.ts";
import { environmentOf } from "../../test/support/harness/environment.ts";
import type { Installation } from "../../test/support/harness/install-package.ts";
import { Stack } from "../../test/support/harness/stack.ts";
import type { OperationResult } from "../../test/support/harness/stack-options.ts";
import { type Contender, filesOf } from "./contenders.ts";

export const operations = [
  "up (create)",
  "up (nothing to do)",
  "preview --refresh",
  "refresh",
  "up (types changed)",
  "destroy",
] as const;

export type Operation = (typeof operations)[number];

/** What one operation cost, once. */
export interface Cost {
  /** From the start of the CLI to its end, with the program. */
  readonly seconds: number;
  /** Requests by method. */
  readonly requests: Readonly<Record<string, number>>;
  /** Bytes to and from the service, headers included. */
  readonly trafficBytes: number;
  /** Size of the state's file when the operation had ended. */
  readonly stateBytes: number;
  /** Peak of the resident memory of the provider's process; 0 if it wasn't measured. */
  readonly peakMemoryBytes: number;
}

/** The costs of one stack's life. */
export type LifeCosts = Readonly<Record<Operation, Cost>>;

const connectionTypes = { first: ["logs"], changed: ["logs", "metrics"] };

/** Lets a contender manage connections to these sinks, from the first `up` to `destroy`. */
export async function measureLife(
  installation: Installation,
  fake: FakeDatadog,
  contender: Contender,
  sinks: readonly string[],
): Promise<LifeCosts> {
  const files = (types: readonly string[]) => filesOf(contender, { sinks, types });
  const stack = await Stack.create({
    installation,
    program: "index.cjs",
    files: await files(connectionTypes.first),
    env: environmentOf(fake),
  });
  const peakFile = join(stack.workDirectory, "peak-memory.txt");
  const env = {
    PEAK_MEMORY_FILE: peakFile,
    NODE_OPTIONS: `--require=${join(import.meta.dirname, "peak-memory.cjs")}`,
  };
  const cost = (run: () => Promise<OperationResult>) => measure(fake, stack, peakFile, run);
  const costs: LifeCosts = {
    "up (create)": await cost(() => stack.up({ env })),
    "up (nothing to do)": await cost(() => stack.up({ env })),
    "preview --refresh": await cost(() => stack.preview({ env, refresh: true })),
    refresh: await cost(() => stack.refresh({ env })),
    "up (types changed)": await cost(async () => {
      for (const [path, text] of Object.entries(await files(connectionTypes.changed))) {
        await stack.write(path, text);
      }
      return stack.up({ env });
    }),
    destroy: await cost(() => stack.destroy({ env })),
  };
  if (fake.connections.length > 0) throw new Error(`${contender.name} left connections behind`);
  return costs;
}

async function measure(
  fake: FakeDatadog,
  stack: Stack,
  peakFile: string,
  run: () => Promise<OperationResult>,
): Promise<Cost> {
  await rm(peakFile, { force: true });
  fake.clearRequests();
  const traffic = fake.trafficBytes;
  const begun = performance.now();
  const { code, output } = await run();
  const seconds = (performance.now() - begun) / 1000;
  if (code !== 0) throw new Error(`an operation ended with code ${code}:\n${output}`);
  const byMethod = Map.groupBy(fake.requests, ({ method }) => method);
  return {
    seconds,
    requests: Object.fromEntries([...byMethod].map(([method, { length }]) => [method, length])),
    trafficBytes: fake.trafficBytes - traffic,
    stateBytes: (await stat(stack.stateFile)).size,
    peakMemoryBytes: Math.max(0, ...(await linesOf(peakFile)).map(Number)),
  };
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, "utf8").catch(() => "")).split("\n");
}
