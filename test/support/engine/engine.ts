import { copyFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { buildGoCommand, type Installation, inCache, isExecutable, type Log } from "./build.ts";
import { runCommand } from "./run-command.ts";

/** The version that is installed if no engine is found. */
export const ENGINE_VERSION = "3.276.0";

/** The first version whose `import --file` takes inputs and outputs. */
const MINIMUM = "3.254.0";

/** A usable Pulumi engine. */
export interface Engine {
  /** Path of the `pulumi` executable. */
  readonly command: string;
  /** What to put first on PATH, so that the engine and its plugins are found. */
  readonly binDirectories: readonly string[];
}

/**
 * Finds a Pulumi engine, or gets one: from PATH, from the cache of an earlier call, by Pulumi's
 * installer, or built from its Go module. What is installed or built is kept in the user's cache
 * folder, outside of the clone.
 *
 * @throws Error that says what to install, if none of these works.
 */
export async function ensureEngine(
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine> {
  for (const bin of new Set(env["PATH"]?.split(delimiter))) {
    if (bin === "" || !(await isExecutable(join(bin, "pulumi")))) continue;
    const reason = await whyUnusable(bin, env);
    if (reason === undefined) return { command: join(bin, "pulumi"), binDirectories: [bin] };
    log(`Skipping ${join(bin, "pulumi")}: ${reason}.`);
  }
  const failures: string[] = [];
  for (const install of [downloadOfficial, buildFromSource]) {
    try {
      const bin = await inCache(`engine-v${ENGINE_VERSION}`, {
        env,
        whyUnusable: (kept) => whyUnusable(kept, env),
        install: (root) => install({ root, version: ENGINE_VERSION, env, log }),
      });
      return { command: join(bin, "pulumi"), binDirectories: [bin] };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(reason);
      failures.push(reason);
    }
  }
  throw new Error(
    `No Pulumi engine. ${failures.join(" ")} Install the Pulumi CLI ` +
      "(https://www.pulumi.com/docs/install/), or Go 1.26 or newer to have it built, and run again.",
  );
}

/** Why the engine of a folder can't be used; undefined if it can. */
async function whyUnusable(bin: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { code, stdout } = await runCommand(join(bin, "pulumi"), ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 30_000,
  });
  const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  if (code !== 0 || !version) return `"pulumi version" ended with code ${code}`;
  if (version.localeCompare(MINIMUM, "en", { numeric: true }) < 0) {
    return `version ${version} is older than ${MINIMUM}`;
  }
  for (const plugin of Object.keys(plugins)) {
    if (!(await isExecutable(join(bin, plugin)))) return `no ${plugin} beside it`;
  }
  return undefined;
}

/** Installs the official CLI by Pulumi's own script. */
async function downloadOfficial({ root, version, env, log }: Installation): Promise<void> {
  log(
    "There is no usable Pulumi CLI on PATH. It is installed once: a download takes about a minute; if " +
      "Pulumi's site is out of reach, a build with Go takes 4 to 7 minutes. To avoid both, install the " +
      "CLI (https://www.pulumi.com/docs/install/) and run again.",
  );
  log(`Downloading the Pulumi CLI v${version} (about a minute).`);
  // Fetched apart from its run: this request alone shows quickly that the site is out of reach.
  const url = "https://get.pulumi.com/install.sh";
  const script = await runCommand("curl", ["-fsSL", "--max-time", "20", url], { env });
  if (script.code !== 0) {
    throw new Error(`Pulumi's download site is out of reach (${lastLine(script.output)}).`);
  }
  const path = join(root, "install.sh");
  await writeFile(path, script.stdout);
  const args = [path, "--no-edit-path", "--install-root", root, "--version", version];
  const installed = await runCommand("sh", args, { env, timeout: 300_000 });
  if (installed.code !== 0) {
    throw new Error(`Pulumi's installer failed (${lastLine(installed.output)}).`);
  }
}

const lastLine = (output: string) => output.trim().split("\n").at(-1);

async function buildFromSource(installation: Installation): Promise<void> {
  await buildGoCommand(installation, {
    what: "the Pulumi engine",
    time: "3 to 6 minutes",
    executable: "pulumi",
    command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    modules: ["github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"],
    versionVariable: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
  });
  await writePlugins(join(installation.root, "bin"));
}

/**
 * The executables that the engine starts for Node.js programs and their dynamic resources. An engine
 * that was built from its module lacks them, and gets these scripts. They run the `node` that is first
 * on PATH, and the `@pulumi/pulumi` of the working directory.
 */
const plugins = {
  "pulumi-language-nodejs": 'exec node "$(dirname "$0")/language-host.cjs" "$@"',
  // `require` of an evaluated text resolves from the working directory, which is the program's. The
  // text takes the place that a script's path has in process.argv.
  "pulumi-resource-pulumi-nodejs": `exec node -e 'process.argv.splice(1, 0, "dynamic-provider"); require("@pulumi/pulumi/cmd/dynamic-provider")' -- "$@"`,
};

async function writePlugins(bin: string): Promise<void> {
  await copyFile(join(import.meta.dirname, "language-host.cjs"), join(bin, "language-host.cjs"));
  for (const [name, script] of Object.entries(plugins)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}
