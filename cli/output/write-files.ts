import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { UserError } from "../../provider/errors";

export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes all files or none: if one can't be written, the others are restored.
 *
 * @throws UserError if a file can't be written, or already exists and `force` isn't set.
 */
export async function writeNewFiles(files: readonly NewFile[], force = false): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  for (const { path, text } of files) {
    try {
      const step = await undoStep(path, force);
      const file = await open(path, force ? "w" : "wx");
      undo.unshift(step); // not earlier: until now, the file isn't ours
      await file.writeFile(text).finally(() => file.close());
    } catch (error) {
      for (const step of undo) await step().catch(() => {}); // report the first failure
      throw new UserError(error instanceof Error ? error.message : "", `Cannot write ${path}`);
    }
  }
}

/** Returns a function that restores the file as it is now. */
async function undoStep(path: string, force: boolean): Promise<() => Promise<void>> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return () => rm(path, { force: true });
  if (!force)
    throw new Error("it already exists. Choose another file, or add --force to overwrite it.");
  if (!found.isFile()) return async () => {}; // a device such as /dev/stdout
  const content = await readFile(path);
  return () => writeFile(path, content);
}
