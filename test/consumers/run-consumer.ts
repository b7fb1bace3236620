import { delimiter, join } from "node:path";
import type { Engine } from "../support/engine/find.ts";
import { runCommand, succeed } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { createStack, environmentIn } from "./cli-stack.ts";
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
  const buildEnv = withPath(join(folder, "node_modules/.bin"), nodeDirectory);
  for (const line of consumer.build ?? []) {
    const [command = "", ...args] = line.split(" ");
    await succeed(command, args, { cwd: folder, env: buildEnv });
  }

  const env = {
    ...(await environmentIn(root, { engine, nodeDirectory }, fake)),
    ...(await packageManager.environment?.(place)),
    ...(consumer.runtime === "bun without Node.js" && { PATH: root }),
  };
  const runtime = consumer.runtime
    ? join(await tools.bin("bun", bun), "bun")
    : join(nodeDirectory, "node");
  if (consumer.run !== undefined) {
    const options = { cwd: folder, env: { ...env, HUB: orgs.hub.id } };
    return { folder, ...(await runCommand(runtime, consumer.run.split(" "), options)) };
  }
  const stack = await createStack({ engine, folder, runtime, env });
  const up = await stack.up();
  if (up.code !== 0) return { folder, ...up };
  const { code, output } = await stack.destroy();
  return { folder, code, output: up.output + output };
}

/** The caller's environment, without the folders that npm puts on PATH for the clone's own tools. */
function withPath(...first: readonly string[]): NodeJS.ProcessEnv {
  const callers = process.env["PATH"]?.split(delimiter) ?? [];
  const others = callers.filter((directory) => !directory.includes("node_modules"));
  return { ...process.env, PATH: [...first, ...others].join(delimiter) };
}
