import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { NODE_PLUGINS } from "./plugins.ts";
import { runCommand } from "./run-command.ts";

/** A usable Pulumi engine. */
export interface Engine {
  /** Path of the `pulumi` executable. */
  readonly command: string;
  /** What to put first on PATH, so that the engine and its plugins are found. */
  readonly binDirectories: readonly string[];
}

// The first version whose `import --file` takes inputs and outputs.
const MINIMUM = [3, 254, 0] as const;

/** A directory's engine, or why there is none. */
export type Probe = { readonly engine: Engine } | { readonly unusable: string };

/** Tries the engine that lies in a directory. */
export async function probe(directory: string, env: NodeJS.ProcessEnv): Promise<Probe> {
  const command = join(directory, "pulumi");
  if (!(await isExecutable(command))) return { unusable: "no pulumi there" };
  const { code, stdout } = await runCommand(command, ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 30_000,
  });
  const version = /v?(\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number);
  if (code !== 0 || !version) return { unusable: `"pulumi version" ended with code ${code}` };
  if (!isSufficient(version)) {
    return { unusable: `version ${version.join(".")} is older than ${MINIMUM.join(".")}` };
  }
  for (const plugin of NODE_PLUGINS) {
    if (!(await isExecutable(join(directory, plugin))))
      return { unusable: `no ${plugin} beside it` };
  }
  return { engine: { command, binDirectories: [directory] } };
}

/** The first usable engine on PATH; says which it passes over, and why. */
export async function findOnPath(
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<Engine | undefined> {
  for (const directory of new Set(env["PATH"]?.split(delimiter))) {
    if (directory === "" || !(await isExecutable(join(directory, "pulumi")))) continue;
    const found = await probe(directory, env);
    if ("engine" in found) return found.engine;
    log(`Passing over ${join(directory, "pulumi")}: ${found.unusable}.`);
  }
  return undefined;
}

function isSufficient(version: readonly number[]): boolean {
  for (const [place, least] of MINIMUM.entries()) {
    const part = version[place] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/** Whether there is a file that may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
