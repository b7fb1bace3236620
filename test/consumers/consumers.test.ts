import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { type Engine, ensureEngine } from "../support/engine/engine.ts";
import { type CommandResult, runCommand } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { packPackage } from "../support/harness/install-package.ts";
import { createStack, environmentIn } from "./cli-stack.ts";
import { type Consumer, consumers } from "./consumers.ts";
import { bun, installProject, type Tools, toolsIn } from "./install.ts";
import { tryConsumers, writesOf } from "./try-consumers.ts";

let root: string;
let engine: Engine;
let tarball: string;
let tools: Tools;

beforeAll(async () => {
  const log = (line: string) => console.log(line);
  root = await mkdtemp(join(tmpdir(), "consumers-"));
  engine = await ensureEngine(log);
  tarball = await packPackage(root, log);
  tools = toolsIn(join(root, "tools"));
});

afterAll(() => rm(root, { recursive: true, force: true }));

tryConsumers(
  "consumers",
  ["consumer", "package manager", "module system", "TypeScript", "@pulumi/pulumi", "Node.js"],
  consumers.map((consumer) => ({
    cells: [
      consumer.what,
      consumer.packageManager,
      consumer.type === "module" ? "ES module" : "CommonJS",
      consumer.typescript ?? "",
      consumer.pulumi,
      consumer.runtime === "bun without Node.js" ? "none" : consumer.node,
    ],
    run: (folder, fake) => tryConsumer(consumer, folder, fake),
  })),
  async () => {
    const { stdout: npm } = await runCommand("npm", ["--version"]);
    const { stdout: pulumi } = await runCommand(engine.command, ["version"]);
    return `npm ${npm.trim()} and Pulumi CLI ${pulumi.trim()}`;
  },
);

/** Checks how a consumer's program ends; returns what the table says of it. */
async function tryConsumer(consumer: Consumer, root: string, fake: FakeDatadog): Promise<string> {
  const { message, writes = ["POST", "DELETE"] } = consumer;
  const project = join(root, "project");
  const { program, env } = await installProject(consumer, project, { tarball, tools });
  const { code, output } = await runProgram(consumer, { root, program, env }, fake);
  if (message !== undefined) {
    expect(code).not.toBe(0);
    expect(output).toContain(message.replace("FOLDER", program));
    expect(output).not.toMatch(/^\s+at .*:\d+/m);
    expect(fake.requests).toEqual([]);
    return `refused: ${message.replace("FOLDER", "…")}`;
  }
  expect(code, output).toBe(0);
  expect(writesOf(fake)).toEqual(writes);
  expect(fake.connections).toEqual([]);
  return "works";
}

/** Creates the connection of a program and deletes it again; or runs what isn't for `pulumi up`. */
async function runProgram(
  consumer: Consumer,
  place: { readonly root: string; readonly program: string; readonly env: NodeJS.ProcessEnv },
  fake: FakeDatadog,
): Promise<Pick<CommandResult, "code" | "output">> {
  const { root, program: folder } = place;
  const nodeDirectory = await tools(`node@${consumer.node}`);
  const env = {
    ...(await environmentIn(root, { engine, nodeDirectory }, fake)),
    ...place.env,
    ...(consumer.runtime === "bun without Node.js" && { PATH: root }),
  };
  const runtime = consumer.runtime ? join(await tools(bun), "bun") : join(nodeDirectory, "node");
  if (consumer.run !== undefined) {
    const options = { cwd: folder, env: { ...env, HUB: orgs.hub.id } };
    return runCommand(runtime, consumer.run.split(" "), options);
  }
  const stack = await createStack({ engine, folder, runtime, env });
  const up = await stack.up();
  if (up.code !== 0) return up;
  const { code, output } = await stack.destroy();
  return { code, output: up.output + output };
}
