import { constants } from "node:fs";
import { access, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { runCommand } from "./run-command.ts";

const maxMinutes = 20;

/** Receives one line for each step. */
export type Log = (line: string) => void;

/** What is to be built or downloaded, and where to. */
export interface Target {
  /** A folder with an empty `bin`, which gets the executables. */
  readonly root: string;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

/**
 * The `bin` of a cached folder, which is filled if it isn't usable yet. The folder gets its name only
 * when it is complete: an interrupted call leaves nothing half done, and of several at once, the first
 * one wins.
 *
 * @param whyUnusable Why the executables in a `bin` can't be used; undefined if they can.
 * @param install Fills a new folder with an empty `bin`.
 */
export async function inCache(
  env: NodeJS.ProcessEnv,
  name: string,
  whyUnusable: (bin: string) => Promise<string | undefined>,
  install: (root: string) => Promise<void>,
): Promise<string> {
  const caches = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  const folder = join(caches, "pulumi-datadog-org-connections", name);
  const bin = join(folder, "bin");
  if ((await whyUnusable(bin)) === undefined) return bin;

  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}-incomplete-`);
  const root = join(temporary, "root");
  try {
    await rename(folder, join(temporary, "unusable")).catch(() => {}); // usually, nothing is there
    await mkdir(join(root, "bin"), { recursive: true });
    await install(root);
    const reason = await whyUnusable(join(root, "bin"));
    if (reason !== undefined) throw new Error(`Not usable: ${reason}.`);
    await rename(root, folder).catch(async (error: unknown) => {
      const isAnother = (await whyUnusable(bin)) === undefined; // that of a faster process
      if (!isAnother) throw error;
    });
    return bin;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A command of a Go module, or one whose source is ours. */
export interface GoCommand {
  /** What messages call it. */
  readonly what: string;
  readonly executable: string;
  /** Its package; or the path of its source, a single file. */
  readonly command: string;
  /** The modules that must have the version of the target. */
  readonly modules: readonly string[];
  /** The variable in which it has its own version, if it has one. */
  readonly versionVariable?: string;
}

/**
 * Builds a command into the target's `bin`.
 *
 * @throws Error with what Go says, if there is no Go, or if it fails.
 */
export async function buildGoCommand(
  { root, version, env, log }: Target,
  { what, executable, command, modules, versionVariable }: GoCommand,
): Promise<void> {
  const module = await mkdtemp(join(dirname(root), "module-"));
  const isOurs = command.endsWith(".go");
  const tool = isOurs ? [] : [`tool ${command}`];
  const required = modules.map((path) => `require ${path} v${version}`);
  const lines = ["module build", "go 1.26", ...tool, ...required, ""];
  await writeFile(join(module, "go.mod"), lines.join("\n"));
  if (isOurs) await copyFile(command, join(module, "main.go"));
  const go = async (task: string, ...args: readonly string[]): Promise<void> => {
    log(`${task}.`);
    const { code, output } = await runCommand("go", args, {
      cwd: module,
      // Neither a C compiler nor a workspace file above the cache may change the build.
      env: { ...env, CGO_ENABLED: "0", GOWORK: "off" },
      timeout: maxMinutes * 60_000,
    });
    if (code === 127) throw new Error(`Go, which could build ${what}, is not installed.`);
    if (code === 0) return;
    throw new Error(`${task} failed with code ${code}:\n${output.trim().slice(-2000)}\n`);
  };
  await go(`Fetching the Go modules of ${what} (about a minute)`, "mod", "tidy");
  const ownVersion = versionVariable ? ` -X ${versionVariable}=v${version}` : "";
  const flags = ["-trimpath", "-ldflags", `-s -w${ownVersion}`];
  const output = join(root, "bin", executable);
  const task = `Building ${what} v${version} (1 to 6 minutes, once)`;
  await go(task, "build", ...flags, "-o", output, isOurs ? "." : command);
}

/** Whether there is a file that may be run. */
export const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
