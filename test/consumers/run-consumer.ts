import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { environmentOf } from "../end-to-end/fixture.ts";
import type { Engine } from "../support/engine/find.ts";
import { runCommand, succeed } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { stackEnvironment } from "../support/harness/environment.ts";
import { CliStack } from "./cli-stack.ts";
import type { Consumer } from "./consumer.ts";
import { bun, type PackageManager, packageManagers } from "./package-managers.ts";
import { writeProject } from "./project.ts";
import type { Tools } from "./tools.ts";

/** What the consumers share. */
export interface Surroundings {
  readonly engine: Engine;
  readonly tools: Tools;
  /** The packed package. */
  readonly tarball: string;
}

/** How a consumer's program ended. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  /** The program's folder. */
  readonly folder: string;
}

/**
 * Installs a consumer's project, builds it, creates its connection and deletes it again.
 *
 * @param root A new folder for all of it.
 * @throws Error with the output of an installation or a build that failed.
 */
export async function runConsumer(
  consumer: Consumer,
  { engine, tools, tarball }: Surroundings,
  fake: FakeDatadog,
  root: string,
): Promise<Outcome> {
  const nodeDirectory = await tools.bin("node", consumer.node);
  const project = join(root, "project");
  const folder = await writeProject(consumer, { folder: project, tarball });
  const packageManager: PackageManager = packageManagers[consumer.packageManager];
  const place = { tools, folder: project, env: withPath(nodeDirectory) };
  await packageManager.install(place);
  await build(consumer, folder, nodeDirectory);

  const [home, backend] = [join(root, "home"), join(root, "backend")];
  for (const made of [home, backend]) await mkdir(made, { recursive: true });
  const env = {
    ...stackEnvironment({ engine, nodeDirectory }, { home, backend }),
    ...environmentOf(fake),
    ...(await packageManager.environment?.(place)),
    ...(consumer.runtime === "bun without Node.js" && { PATH: home }),
  };
  if (consumer.run !== undefined)
    return { folder, ...(await runScript(consumer.run, folder, env)) };
  const runtime = consumer.runtime
    ? join(await tools.bin("bun", bun), "bun")
    : join(nodeDirectory, "node");
  const stack = await CliStack.create({ engine, folder, runtime, env }, { hub: orgs.hub.id });
  return { folder, ...(await upAndDestroy(stack)) };
}

async function build(
  { build = [] }: Consumer,
  folder: string,
  nodeDirectory: string,
): Promise<void> {
  const env = withPath(join(folder, "node_modules/.bin"), nodeDirectory);
  for (const [command = "", ...args] of build) await succeed(command, args, { cwd: folder, env });
}

/** A script that needs no CLI of its own: it calls the engine itself, or does without. */
function runScript(script: string, folder: string, env: NodeJS.ProcessEnv) {
  return runCommand("node", script.split(" "), { cwd: folder, env: { ...env, HUB: orgs.hub.id } });
}

async function upAndDestroy(stack: CliStack): Promise<{ code: number; output: string }> {
  const up = await stack.up();
  if (up.code !== 0) return up;
  const outputs = await stack.outputs();
  const destroyed = await stack.destroy();
  return { code: destroyed.code, output: [up.output, outputs, destroyed.output].join("\n") };
}

/** The caller's environment, without the folders that npm puts on PATH for the clone's own tools. */
function withPath(...first: readonly string[]): NodeJS.ProcessEnv {
  const callers = process.env["PATH"]?.split(delimiter) ?? [];
  const others = callers.filter((directory) => !directory.includes("node_modules"));
  return { ...process.env, PATH: [...first, ...others].join(delimiter) };
}
