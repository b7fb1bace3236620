import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { succeed } from "../support/engine/run-command.ts";

const repository = resolve(import.meta.dirname, "../..");

/** Renders a Markdown table. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Formats a number for a table: two decimal places below 1, one below 100, none above. */
export function figure(value: number): string {
  const digits = value < 1 ? 2 : value < 100 ? 1 : 0;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/**
 * Puts a text between `<!-- MARK -->` and `<!-- /MARK -->` of a document, and formats the document.
 *
 * @param path The path of the document in the repository.
 * @throws Error if the document has no such marks.
 */
export async function putBetweenMarks(path: string, mark: string, text: string): Promise<void> {
  const file = join(repository, path);
  const marked = new RegExp(`(<!-- ${mark} -->)[\\s\\S]*(<!-- /${mark} -->)`);
  const before = await readFile(file, "utf8");
  if (!marked.test(before)) throw new Error(`${path} has no marks "${mark}"`);
  await writeFile(
    file,
    before.replace(marked, (_, begin, end) => `${begin}\n\n${text}\n\n${end}`),
  );
  const biome = join(repository, "node_modules/.bin/biome");
  await succeed(biome, ["format", "--write", file], { cwd: repository });
}
