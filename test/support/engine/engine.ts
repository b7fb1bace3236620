import { copyFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import {
  buildGoCommand,
  type GoCommand,
  inCache,
  isExecutable,
  type Log,
  type Target,
} from "./go-build.ts";
import { runCommand, succeed } from "./run-command.ts";

/** The version that is installed if no engine is found. */
export const ENGINE_VERSION = "3.276.0";

/** `pulumi package add` doesn't work with 1.25. */
const YAML_VERSION = "1.30.0";

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
      const bin = await inCache(
        env,
        `engine-v${ENGINE_VERSION}`,
        (kept) => whyUnusable(kept, env),
        (root) => install({ root, version: ENGINE_VERSION, env, log }),
      );
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
async function downloadOfficial({ root, version, env, log }: Target): Promise<void> {
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
    const reason = script.output.trim().split("\n").at(-1);
    throw new Error(`Pulumi's download site is out of reach (${reason}).`);
  }
  const path = join(root, "install.sh");
  await writeFile(path, script.stdout);
  const args = [path, "--no-edit-path", "--install-root", root, "--version", version];
  await succeed("sh", args, { env, timeout: 300_000 });
}

async function buildFromSource(target: Target): Promise<void> {
  await buildGoCommand(target, {
    what: "the Pulumi engine",
    executable: "pulumi",
    command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    modules: ["github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"],
    versionVariable: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
  });
  const bin = join(target.root, "bin");
  await copyFile(join(import.meta.dirname, "language-host.cjs"), join(bin, "language-host.cjs"));
  for (const [name, script] of Object.entries(plugins)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
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

/** The engine with the language host for programs in YAML. */
export function withYamlHost(engine: Engine, log: Log, env = process.env): Promise<Engine> {
  const module = "github.com/pulumi/pulumi-yaml";
  return withHosts(engine, log, env, {
    what: "Pulumi's language host for YAML",
    folder: "yaml-host",
    version: YAML_VERSION,
    languages: ["yaml"],
    command: `${module}/cmd/pulumi-language-yaml`,
    modules: [module],
    versionVariable: `${module}/pkg/version.Version`,
  });
}

/** The engine with what `pulumi package gen-sdk` needs. */
export function withSdkHosts(engine: Engine, log: Log, env = process.env): Promise<Engine> {
  return withHosts(engine, log, env, {
    what: "the generators of SDKs",
    folder: "sdk-hosts",
    version: ENGINE_VERSION,
    languages: ["python", "nodejs", "go"],
    command: join(import.meta.dirname, "sdk-host.go"),
    modules: ["github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"],
  });
}

type Hosts = Omit<GoCommand, "executable"> & {
  readonly folder: string;
  readonly version: string;
  /** One executable serves them all, by the name that it is started with. */
  readonly languages: readonly [string, ...string[]];
};

/**
 * The official CLI has language hosts. An engine that was built from its Go module lacks them: they are
 * built too, and kept in the cache.
 *
 * @throws Error with what Go says, if they can't be built.
 */
async function withHosts(
  engine: Engine,
  log: Log,
  env: NodeJS.ProcessEnv,
  { folder, version, languages, ...command }: Hosts,
): Promise<Engine> {
  const [executable, ...others] = languages.map((language) => `pulumi-language-${language}`);
  if (executable === undefined) return engine;
  if (await isExecutable(join(dirname(engine.command), executable))) return engine;
  const bin = await inCache(
    env,
    `${folder}-v${version}`,
    async (kept) =>
      (await isExecutable(join(kept, executable))) ? undefined : `there is no ${executable}`,
    async (root) => {
      await buildGoCommand({ root, version, env, log }, { ...command, executable });
      for (const other of others) await symlink(executable, join(root, "bin", other));
    },
  );
  // First on PATH: the engine's own host for Node.js can't generate SDKs.
  return { ...engine, binDirectories: [bin, ...engine.binDirectories] };
}
