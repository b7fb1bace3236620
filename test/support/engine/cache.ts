import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** What is kept in the cache, as a folder of its own whose `bin` has the executables. */
export interface Cached {
  readonly env: NodeJS.ProcessEnv;
  /** The folder's name, with the version. */
  readonly name: string;
  /** Why what lies in a `bin` can't be used; nothing if it can. */
  readonly whyUnusable: (bin: string) => Promise<string | undefined>;
}

/** Where the cached executables lie, if there are usable ones. */
export async function findInCache(cached: Cached): Promise<string | undefined> {
  const bin = join(folderOf(cached), "bin");
  return (await cached.whyUnusable(bin)) === undefined ? bin : undefined;
}

/**
 * Fills a new folder by `install`, which must lay the executables in its `bin`, and keeps it. The
 * folder gets its name only when it is complete, so that an interrupted call leaves nothing half
 * done and several at once do not disturb each other: the first one wins.
 *
 * @returns Where the executables lie.
 */
export async function keepInCache(
  cached: Cached,
  install: (root: string) => Promise<void>,
): Promise<string> {
  await mkdir(cacheRoot(cached.env), { recursive: true });
  const root = await mkdtemp(`${folderOf(cached)}-incomplete-`);
  try {
    await install(root);
    const unusable = await cached.whyUnusable(join(root, "bin"));
    if (unusable !== undefined) throw new Error(`Not usable: ${unusable}.`);
    return await moveIntoPlace(root, cached);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function moveIntoPlace(root: string, cached: Cached): Promise<string> {
  const kept = folderOf(cached);
  const moved = await rename(root, kept).then(
    () => true,
    () => false,
  );
  if (!moved) {
    // What is in the way is either another process's, or has become unusable.
    const there = await findInCache(cached);
    if (there !== undefined) return there;
    await rename(kept, `${root}-replaced`);
    await rename(root, kept);
    await rm(`${root}-replaced`, { recursive: true, force: true });
  }
  const bin = join(kept, "bin");
  const unusable = await cached.whyUnusable(bin);
  if (unusable !== undefined) throw new Error(`Cannot use what is kept in ${kept}: ${unusable}.`);
  return bin;
}

function folderOf({ env, name }: Cached): string {
  return join(cacheRoot(env), name);
}

function cacheRoot(env: NodeJS.ProcessEnv): string {
  const caches = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  return join(caches, "pulumi-datadog-org-connections");
}
