import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { UserError } from "../../provider/errors";

/** A file to write. */
interface NewFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes all files, or none: if one can't be written, the others are as they were.
 *
 * @throws UserError if a file can't be written, or exists already and `force` isn't set.
 */
export async function writeNewFiles(files: readonly NewFile[], force = false): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  for (const { path, text } of files) {
    try {
      const step = await undoOf(path, force);
      const file = await open(path, force ? "w" : "wx");
      undo.unshift(step); // only from here on is the file ours
      await file.writeFile(text).finally(() => file.close());
    } catch (error) {
      for (const step of undo) await step().catch(() => {}); // the first failure is the one to report
      throw new UserError(error instanceof Error ? error.message : "", `Cannot write ${path}`);
    }
  }
}

/** What makes a file as it is now. */
async function undoOf(path: string, force: boolean): Promise<() => Promise<void>> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return () => rm(path, { force: true });
  if (!force)
    throw new Error("it exists already. Name another file, or add --force to replace it.");
  if (!found.isFile()) return async () => {}; // such as /dev/stdout
  const content = await readFile(path);
  return () => writeFile(path, content);
}
