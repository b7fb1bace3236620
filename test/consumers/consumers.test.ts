import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { format, putBetweenMarks } from "../repository/generated.ts";
import { ensureEngine } from "../support/engine/engine.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { type FakeDatadog, startFakeDatadog } from "../support/fake-datadog/index.ts";
import { packPackage } from "../support/harness/install-package.ts";
import type { Consumer } from "./consumer.ts";
import { consumers } from "./consumers.ts";
import { cellsOf, tableOf } from "./report.ts";
import { type Outcome, runConsumer, type Surroundings } from "./run-consumer.ts";
import { Tools } from "./tools.ts";

const documentation = "docs/consumers.md";
const results = new Map<number, string>();
let root: string;
let surroundings: Surroundings;

beforeAll(async () => {
  const log = (line: string) => console.log(line);
  root = await mkdtemp(join(tmpdir(), "consumers-"));
  const engine = await ensureEngine(log);
  const tarball = await packPackage(root, log);
  surroundings = { engine, tarball, tools: new Tools(join(root, "tools")) };
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  const table = tableOf(
    consumers.map((consumer, index) => [consumer, results.get(index) ?? "failed, or not tried"]),
  );
  console.log(`\n${table}\n`);
  if (results.size < consumers.length) return;
  const { stdout: npm } = await runCommand("npm", ["--version"]);
  const { stdout: pulumi } = await runCommand(surroundings.engine.command, ["version"]);
  const day = new Date().toISOString().slice(0, 10);
  const origin = `Made on ${day} with npm ${npm.trim()} and Pulumi CLI ${pulumi.trim()}.`;
  await putBetweenMarks(documentation, "consumers", `${table}\n\n${origin}`);
  await format([documentation]);
});

for (const [index, consumer] of consumers.entries()) {
  it.concurrent(titleOf(consumer), async () => {
    const folder = join(root, `consumer-${index}`);
    const fake = await startFakeDatadog();
    try {
      const outcome = await runConsumer(consumer, surroundings, fake, folder);
      results.set(index, judge(consumer, outcome, fake));
    } finally {
      await fake.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

function titleOf(consumer: Consumer): string {
  return cellsOf(consumer)
    .filter((cell) => cell !== "")
    .join(", ");
}

/** Checks how a consumer ended; returns what the table says of it. */
function judge({ message, run }: Consumer, outcome: Outcome, fake: FakeDatadog): string {
  const requests = fake.requests.map(({ method }) => method);
  if (message !== undefined) {
    expect(outcome.code).not.toBe(0);
    expect(outcome.output).toContain(message.replace("FOLDER", outcome.folder));
    expect(outcome.output).not.toMatch(/^\s+at .*:\d+/m);
    expect(requests).toEqual([]);
    return `refused: ${message.replace("FOLDER", "…")}`;
  }
  expect(outcome).toMatchObject({ code: 0 });
  expect(requests).toEqual(run?.startsWith("--test") ? [] : ["POST", "DELETE"]);
  expect(fake.connections).toEqual([]);
  return "works";
}
