import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { succeed } from "../support/engine/run-command.ts";

const repository = resolve(import.meta.dirname, "../..");

/**
 * Puts a text between `<!-- MARK -->` and `<!-- /MARK -->` of a document.
 *
 * @param path The document's, in the repository.
 * @throws Error where the document has no such marks.
 */
export async function putBetweenMarks(path: string, mark: string, text: string): Promise<void> {
  const file = join(repository, path);
  const marked = new RegExp(`(<!-- ${mark} -->)[\\s\\S]*(<!-- /${mark} -->)`);
  const before = await readFile(file, "utf8");
  if (!marked.test(before)) throw new Error(`${path} has no place for what "${mark}" marks`);
  await writeFile(
    file,
    before.replace(marked, (_, begin, end) => `${begin}\n\n${text}\n\n${end}`),
  );
}

/** Brings files of the repository into the form that its formatter gives them. */
export async function format(paths: readonly string[]): Promise<void> {
  const biome = join(repository, "node_modules/.bin/biome");
  await succeed(biome, ["format", "--write", ...paths], { cwd: repository });
}
