import { constants } from "node:fs";
import { access, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type CommandResult, runCommand } from "./run-command.ts";

const HEARTBEAT = 30_000;
const MAX_TIME = 20 * 60_000;

/** Receives one line for each step. */
export type Log = (line: string) => void;

/** What an installer gets. */
export interface Installation {
  /** An empty folder; the executables go to its `bin`. */
  readonly root: string;
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

/** What is kept in the cache, in a folder whose `bin` has the executables. */
interface Cached {
  readonly env: NodeJS.ProcessEnv;
  /** Why the executables in a `bin` can't be used; undefined if they can. */
  readonly whyUnusable: (bin: string) => Promise<string | undefined>;
  /** Fills a new folder. */
  readonly install: (root: string) => Promise<void>;
}

/**
 * The `bin` of a cached folder, which is installed if it isn't usable yet. The folder gets its name
 * only when it is complete: an interrupted call leaves nothing half done, and of several at once, the
 * first one wins.
 */
export async function inCache(name: string, cached: Cached): Promise<string> {
  const { env, whyUnusable, install } = cached;
  const caches = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  const folder = join(caches, "pulumi-datadog-org-connections", name);
  const bin = join(folder, "bin");
  if ((await whyUnusable(bin)) === undefined) return bin;

  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}-incomplete-`);
  const root = join(temporary, "root");
  try {
    await rename(folder, join(temporary, "unusable")).catch(() => {}); // usually, nothing is there
    await mkdir(root);
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
interface GoCommand {
  /** What messages call it. */
  readonly what: string;
  /** How long its build takes. */
  readonly time: string;
  readonly executable: string;
  /** Its package; or the path of its source, a single file. */
  readonly command: string;
  /** The modules that must have the version of the installation. */
  readonly modules: readonly string[];
  /** The variable in which it has its own version, if it has one. */
  readonly versionVariable?: string;
}

/**
 * Builds a command into the installation's `bin`.
 *
 * @throws Error with what Go says, if there is no Go, or if it fails.
 */
export async function buildGoCommand(
  { root, version, env, log }: Installation,
  { what, time, executable, command, modules, versionVariable }: GoCommand,
): Promise<void> {
  const go = await runCommand("go", ["version"], { env });
  if (go.code !== 0) throw new Error(`Go, which could build ${what}, is not installed.`);

  const module = await mkdtemp(join(root, "module-"));
  const isOurs = command.endsWith(".go");
  const required = modules.map((path) => `require ${path} v${version}`);
  const tool = isOurs ? [] : [`tool ${command}`];
  await writeFile(
    join(module, "go.mod"),
    ["module build", "go 1.26", ...tool, ...required, ""].join("\n"),
  );
  if (isOurs) await copyFile(command, join(module, "main.go"));
  const run = async (task: string, ...args: readonly string[]): Promise<void> => {
    const options = {
      cwd: module,
      // Neither a C compiler nor a workspace file above the cache may change the build.
      env: { ...env, CGO_ENABLED: "0", GOWORK: "off" },
      timeout: MAX_TIME,
    };
    const { code, output } = await withProgress(log, task, () => runCommand("go", args, options));
    if (code === 0) return;
    throw new Error(`${task} failed with code ${code}:\n${output.trim().slice(-2000)}\n`);
  };
  await run(`Fetching the Go modules of ${what} (about a minute)`, "mod", "tidy");
  const ownVersion = versionVariable ? ` -X ${versionVariable}=v${version}` : "";
  const flags = ["-trimpath", "-ldflags", `-s -w${ownVersion}`];
  const output = join(root, "bin", executable);
  await mkdir(dirname(output), { recursive: true });
  const task = `Building ${what} v${version} (${time}, once)`;
  await run(task, "build", ...flags, "-o", output, isOurs ? "." : command);
  await rm(module, { recursive: true, force: true });
}

/** Logs that a task begins, that it is still running, and that it ended. */
async function withProgress(
  log: Log,
  task: string,
  run: () => Promise<CommandResult>,
): Promise<CommandResult> {
  log(`${task}.`);
  const start = Date.now();
  const elapsed = (): string => `${Math.round((Date.now() - start) / 1000)} s`;
  const heartbeat = setInterval(() => log(`  still running after ${elapsed()}`), HEARTBEAT);
  const result = await run().finally(() => clearInterval(heartbeat));
  log(`  ended after ${elapsed()}`);
  return result;
}

/** Whether there is a file that may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
