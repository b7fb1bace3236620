import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Engine, probe } from "./find.ts";

/** Where the cached engine's executables lie, if there is one. */
export function cachedEngineBin(env: NodeJS.ProcessEnv, version: string): string {
  return join(engineRoot(env, version), "bin");
}

/**
 * Fills a new folder by `install`, which must lay the executables in its `bin`, and keeps it as the
 * cached engine. The folder gets its name only when it is complete, so that an interrupted call
 * leaves nothing half done and several at once do not disturb each other: the first one wins.
 */
export async function keepInCache(
  env: NodeJS.ProcessEnv,
  version: string,
  install: (root: string) => Promise<void>,
): Promise<Engine> {
  const kept = engineRoot(env, version);
  await mkdir(cacheRoot(env), { recursive: true });
  const root = await mkdtemp(`${kept}-incomplete-`);
  try {
    await install(root);
    const installed = await probe(join(root, "bin"), env);
    if ("unusable" in installed) throw new Error(`Not usable: ${installed.unusable}.`);
    return await moveIntoPlace(root, kept, env);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function moveIntoPlace(root: string, kept: string, env: NodeJS.ProcessEnv): Promise<Engine> {
  const moved = await rename(root, kept).then(
    () => true,
    () => false,
  );
  if (!moved) {
    // What is in the way is either another process's engine, or one that has become unusable.
    const there = await probe(join(kept, "bin"), env);
    if ("engine" in there) return there.engine;
    await rename(kept, `${root}-replaced`);
    await rename(root, kept);
    await rm(`${root}-replaced`, { recursive: true, force: true });
  }
  const now = await probe(join(kept, "bin"), env);
  if ("unusable" in now) throw new Error(`Cannot keep the engine in ${kept}: ${now.unusable}.`);
  return now.engine;
}

function engineRoot(env: NodeJS.ProcessEnv, version: string): string {
  return join(cacheRoot(env), `engine-v${version}`);
}

function cacheRoot(env: NodeJS.ProcessEnv): string {
  const caches = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  return join(caches, "pulumi-datadog-org-connections");
}
