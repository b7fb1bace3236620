import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "./installation.ts";
import { layNodePlugins } from "./plugins.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

const COMMAND_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const HEARTBEAT = 30_000;

/** Builds the engine from its Go module. */
export async function buildFromSource(installation: Installation): Promise<void> {
  const { root, version, env, log } = installation;
  const go = await runCommand("go", ["version"], { env });
  if (go.code !== 0) throw new Error("Go, which could build the engine, is not installed.");

  const module = await mkdtemp(join(root, "module-"));
  const bin = join(root, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(module, "go.mod"), goMod(version));
  const run = (args: readonly string[]): Promise<CommandResult> =>
    runCommand("go", args, {
      cwd: module,
      // Neither a C compiler nor a workspace file above the cache may change the build.
      env: { ...env, CGO_ENABLED: "0", GOWORK: "off" },
    });

  await step(log, "Fetching the engine's Go modules (about a minute)", () => run(["mod", "tidy"]));
  await step(log, `Building the Pulumi engine v${version} (3 to 6 minutes, once)`, () =>
    run(["build", ...buildFlags(version), "-o", join(bin, "pulumi"), COMMAND_PACKAGE]),
  );
  await layNodePlugins(bin);
  await rm(module, { recursive: true, force: true });
}

function goMod(version: string): string {
  return `module engine

go 1.26

tool ${COMMAND_PACKAGE}

require (
	github.com/pulumi/pulumi/pkg/v3 v${version}
	github.com/pulumi/pulumi/sdk/v3 v${version}
)
`;
}

function buildFlags(version: string): string[] {
  const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  return ["-trimpath", "-ldflags", `-s -w -X ${variable}=v${version}`];
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
