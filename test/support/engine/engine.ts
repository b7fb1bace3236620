import { join } from "node:path";
import { buildFromSource } from "./build.ts";
import { findInCache, keepInCache } from "./cache.ts";
import { downloadOfficial } from "./download.ts";
import { type Engine, findOnPath, probe } from "./find.ts";

/** The version that is installed where no engine is found. */
export const ENGINE_VERSION = "3.276.0";

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
  const cached = {
    env,
    name: `engine-v${ENGINE_VERSION}`,
    whyUnusable: async (bin: string) => {
      const found = await probe(bin, env);
      return "unusable" in found ? found.unusable : undefined;
    },
  };
  const there = await findInCache(cached);
  if (there !== undefined) return engineIn(there);

  log(
    "There is no usable Pulumi CLI on PATH. It is installed once: a download takes about a minute; where " +
      "Pulumi's site is out of reach, a build with Go takes 4 to 7 minutes. To do without, install the " +
      "CLI (https://www.pulumi.com/docs/install/) and run again.",
  );
  const failures: string[] = [];
  for (const install of [downloadOfficial, buildFromSource]) {
    try {
      const bin = await keepInCache(cached, (root) =>
        install({ root, version: ENGINE_VERSION, env, log }),
      );
      return engineIn(bin);
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

function engineIn(bin: string): Engine {
  return { command: join(bin, "pulumi"), binDirectories: [bin] };
}
