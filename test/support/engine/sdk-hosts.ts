import { symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findInCache, keepInCache } from "./cache.ts";
import { ENGINE_VERSION, type Log } from "./engine.ts";
import { type Engine, isExecutable } from "./find.ts";
import { buildGoCommand } from "./go.ts";

const languages = ["python", "nodejs", "go"] as const;

/**
 * The engine with what `pulumi package gen-sdk` needs. The official CLI brings it; beside an engine
 * that was built without, it is built from the engine's Go module, and kept in the cache as well.
 *
 * @throws Error with what Go says, if it can't be built.
 */
export async function withSdkHosts(
  engine: Engine,
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine> {
  const [first] = languages;
  if (await isExecutable(join(dirname(engine.command), hostOf(first)))) return engine;
  const cached = {
    env,
    name: `sdk-hosts-v${ENGINE_VERSION}`,
    whyUnusable: async (bin: string) => {
      const hosts = await Promise.all(languages.map((one) => isExecutable(join(bin, hostOf(one)))));
      return hosts.includes(false) ? "a host is missing" : undefined;
    },
  };
  const install = async (root: string): Promise<void> => {
    await buildGoCommand(
      { root, version: ENGINE_VERSION, env, log },
      {
        what: "the generators of SDKs",
        time: "1 to 4 minutes",
        executable: hostOf(first),
        command: { source: join(import.meta.dirname, "sdk-host.go") },
        modules: ["github.com/pulumi/pulumi/pkg/v3", "github.com/pulumi/pulumi/sdk/v3"],
      },
    );
    for (const language of languages.slice(1)) {
      await symlink(hostOf(first), join(root, "bin", hostOf(language)));
    }
  };
  const bin = (await findInCache(cached)) ?? (await keepInCache(cached, install));
  // Before the engine's own folder, whose host for Node.js generates nothing.
  return { ...engine, binDirectories: [bin, ...engine.binDirectories] };
}

function hostOf(language: (typeof languages)[number]): string {
  return `pulumi-language-${language}`;
}
