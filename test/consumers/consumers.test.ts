import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { ensureEngine } from "../support/engine/engine.ts";
import { runCommand } from "../support/engine/run-command.ts";
import type { FakeDatadog } from "../support/fake-datadog/index.ts";
import { packPackage } from "../support/harness/install-package.ts";
import type { Consumer } from "./consumer.ts";
import { consumersTable } from "./consumers.ts";
import { type Outcome, runConsumer, type Surroundings } from "./run-consumer.ts";
import { Tools } from "./tools.ts";
import { tryConsumers, writesOf } from "./try-consumers.ts";

let root: string;
let surroundings: Surroundings;

beforeAll(async () => {
  const log = (line: string) => console.log(line);
  root = await mkdtemp(join(tmpdir(), "consumers-"));
  const engine = await ensureEngine(log);
  const tarball = await packPackage(root, log);
  surroundings = { engine, tarball, tools: new Tools(join(root, "tools")) };
});

afterAll(() => rm(root, { recursive: true, force: true }));

tryConsumers(
  consumersTable,
  async (consumer, folder, fake) =>
    judge(consumer, await runConsumer(consumer, surroundings, fake, folder), fake),
  async (day) => {
    const { stdout: npm } = await runCommand("npm", ["--version"]);
    const { stdout: pulumi } = await runCommand(surroundings.engine.command, ["version"]);
    return `Made on ${day} with npm ${npm.trim()} and Pulumi CLI ${pulumi.trim()}.`;
  },
);

/** Checks how a consumer ended; returns what the table says of it. */
function judge(
  { message, writes = ["POST", "DELETE"] }: Consumer,
  outcome: Outcome,
  fake: FakeDatadog,
): string {
  if (message !== undefined) {
    expect(outcome.code).not.toBe(0);
    expect(outcome.output).toContain(message.replace("FOLDER", outcome.folder));
    expect(outcome.output).not.toMatch(/^\s+at .*:\d+/m);
    expect(fake.requests).toEqual([]);
    return `refused: ${message.replace("FOLDER", "…")}`;
  }
  expect(outcome.code, outcome.output).toBe(0);
  expect(writesOf(fake)).toEqual(writes);
  expect(fake.connections).toEqual([]);
  return "works";
}
