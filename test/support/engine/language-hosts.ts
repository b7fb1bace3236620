import { symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildGoCommand, inCache, isExecutable, type Log } from "./build.ts";
import { ENGINE_VERSION, type Engine } from "./engine.ts";

/** `pulumi package add` doesn't work with 1.25. */
const YAML_VERSION = "1.30.0";

/** The engine with the language host for programs in YAML. */
export function withYamlHost(engine: Engine, log: Log, env = process.env): Promise<Engine> {
  const module = "github.com/pulumi/pulumi-yaml";
  return withHosts(engine, log, env, {
    what: "Pulumi's language host for YAML",
    time: "2 to 4 minutes",
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
    time: "1 to 4 minutes",
    folder: "sdk-hosts",
    version: ENGINE_VERSION,
    languages: ["python", "nodejs", "go"],
    command: join(import.meta.dirname, "sdk-host.go"),
    modules: ["github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"],
  });
}

type Hosts = Omit<Parameters<typeof buildGoCommand>[1], "executable"> & {
  readonly folder: string;
  readonly version: string;
  /** One executable serves them all, by the name that it is started with. */
  readonly languages: readonly [string, ...string[]];
};

/**
 * The official CLI brings its language hosts. For an engine that was built without, they are built
 * from their Go module, and kept in the cache as well.
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
  const bin = await inCache(`${folder}-v${version}`, {
    env,
    whyUnusable: async (kept) =>
      (await isExecutable(join(kept, executable))) ? undefined : `there is no ${executable}`,
    install: async (root) => {
      await buildGoCommand({ root, version, env, log }, { ...command, executable });
      for (const other of others) await symlink(executable, join(root, "bin", other));
    },
  });
  // Before the engine's own folder, whose host for Node.js generates nothing.
  return { ...engine, binDirectories: [bin, ...engine.binDirectories] };
}
