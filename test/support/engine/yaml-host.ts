import { dirname, join } from "node:path";
import { findInCache, keepInCache } from "./cache.ts";
import type { Log } from "./engine.ts";
import { type Engine, isExecutable } from "./find.ts";
import { buildGoCommand } from "./go.ts";

const COMMAND = "pulumi-language-yaml";
const MODULE = "github.com/pulumi/pulumi-yaml";
/** `pulumi package add` doesn't work with 1.25. */
const VERSION = "1.30.0";

/**
 * The engine with the language host for programs in YAML. The official CLI brings it; beside an
 * engine that was built without, it is built from its Go module, and kept in the cache as well.
 *
 * @throws Error with what Go says, if it can't be built.
 */
export async function withYamlHost(
  engine: Engine,
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine> {
  if (await isExecutable(join(dirname(engine.command), COMMAND))) return engine;
  const cached = {
    env,
    name: `yaml-host-v${VERSION}`,
    whyUnusable: async (bin: string) =>
      (await isExecutable(join(bin, COMMAND))) ? undefined : `no ${COMMAND} there`,
  };
  const install = (root: string) =>
    buildGoCommand(
      { root, version: VERSION, env, log },
      {
        what: "Pulumi's language host for YAML",
        time: "2 to 4 minutes",
        executable: COMMAND,
        command: `${MODULE}/cmd/${COMMAND}`,
        modules: [MODULE],
        versionVariable: `${MODULE}/pkg/version.Version`,
      },
    );
  const bin = (await findInCache(cached)) ?? (await keepInCache(cached, install));
  return { ...engine, binDirectories: [...engine.binDirectories, bin] };
}
