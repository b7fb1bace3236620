import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "./installation.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

const HEARTBEAT = 30_000;

/** A command of a Go module, or one whose source is ours. */
interface GoCommand {
  /** What messages call it. */
  readonly what: string;
  /** How long its build takes. */
  readonly time: string;
  readonly executable: string;
  /** Its package; or where its source lies, a single file. */
  readonly command: string | { readonly source: string };
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
  const bin = join(root, "bin");
  await mkdir(bin, { recursive: true });
  const required = modules.map((path) => `require ${path} v${version}`);
  const tool = typeof command === "string" ? [`tool ${command}`] : [];
  const goMod = ["module build", "go 1.26", ...tool, ...required, ""].join("\n");
  await writeFile(join(module, "go.mod"), goMod);
  if (typeof command === "object") await copyFile(command.source, join(module, "main.go"));
  const run = (args: readonly string[]): Promise<CommandResult> =>
    runCommand("go", args, {
      cwd: module,
      // Neither a C compiler nor a workspace file above the cache may change the build.
      env: { ...env, CGO_ENABLED: "0", GOWORK: "off" },
    });

  await step(log, `Fetching the Go modules of ${what} (about a minute)`, () =>
    run(["mod", "tidy"]),
  );
  const ownVersion = versionVariable ? ` -X ${versionVariable}=v${version}` : "";
  const flags = ["-trimpath", "-ldflags", `-s -w${ownVersion}`, "-o", join(bin, executable)];
  await step(log, `Building ${what} v${version} (${time}, once)`, () =>
    run(["build", ...flags, typeof command === "string" ? command : "."]),
  );
  await rm(module, { recursive: true, force: true });
}

async function step(
  log: (line: string) => void,
  what: string,
  run: () => Promise<CommandResult>,
): Promise<void> {
  log(`${what}.`);
  const start = Date.now();
  const elapsed = (): string => `${Math.round((Date.now() - start) / 1000)} s`;
  const heartbeat = setInterval(() => log(`  still at it after ${elapsed()}`), HEARTBEAT);
  const { code, output } = await run().finally(() => clearInterval(heartbeat));
  if (code !== 0) {
    throw new Error(`${what} failed with code ${code}:\n${output.trim().slice(-2000)}\n`);
  }
  log(`  done in ${elapsed()}`);
}
