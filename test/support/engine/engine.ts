import { buildFromSource } from "./build.ts";
import { cachedEngineBin, keepInCache } from "./cache.ts";
import { downloadOfficial } from "./download.ts";
import { type Engine, findOnPath, probe } from "./find.ts";

/** The version that is installed where no engine is found. */
const ENGINE_VERSION = "3.259.0";

/** Receives one line for each step. */
export type Log = (line: string) => void;

/**
 * Finds a Pulumi engine, or gets one: from PATH, from the cache of an earlier call, by Pulumi's
 * installer, or built from its Go module. What is installed or built is kept in the user's cache
 * folder, outside of the clone.
 *
 * @throws Error saying what to install, where none of these works.
 */
export async function ensureEngine(
  log: Log,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Engine> {
  const onPath = await findOnPath(env, log);
  if (onPath) return onPath;
  const cached = await probe(cachedEngineBin(env, ENGINE_VERSION), env);
  if ("engine" in cached) return cached.engine;

  const failures: string[] = [];
  for (const install of [downloadOfficial, buildFromSource]) {
    try {
      return await keepInCache(env, ENGINE_VERSION, (root) =>
        install({ root, version: ENGINE_VERSION, env, log }),
      );
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
