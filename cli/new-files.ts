import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { UserError } from "../provider/errors";

/** A file to write. */
interface NewFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Writes all files, or none where one of them exists already and `force` isn't set.
 *
 * @throws UserError where a file exists or can't be written.
 */
export async function writeNewFiles(files: readonly NewFile[], force = false): Promise<void> {
  for (const { path } of files) {
    if (!force && existsSync(path)) throw exists(path);
  }
  for (const { path, text } of files) {
    try {
      await writeFile(path, text, { flag: force ? "w" : "wx" });
    } catch (error) {
      throw new UserError(`Cannot write ${path}`, error instanceof Error ? error.message : "");
    }
  }
}

function exists(path: string): UserError {
  return new UserError(
    `Cannot write ${path}`,
    "it exists already. Name another file, or add --force to replace it.",
  );
}
