import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "../engine/run-command.ts";

/** Texts by the file that holds them: a whole file, or what stands between two marks of one. */
export interface Reports {
  readonly files: Readonly<Record<string, string>>;
  /** What stands between `<!-- benchmark -->` and `<!-- /benchmark -->`. */
  readonly sections: Readonly<Record<string, string>>;
}

/** Writes the reports into the repository, in the form that its formatter gives them. */
export async function publish(repository: string, { files, sections }: Reports): Promise<void> {
  for (const [path, text] of Object.entries(files)) await writeFile(join(repository, path), text);
  for (const [path, text] of Object.entries(sections)) {
    const file = join(repository, path);
    const marked = /(<!-- benchmark -->)[\s\S]*(<!-- \/benchmark -->)/;
    const before = await readFile(file, "utf8");
    if (!marked.test(before)) throw new Error(`${path} has no place for the benchmark`);
    await writeFile(
      file,
      before.replace(marked, (_, begin, end) => `${begin}\n\n${text}\n\n${end}`),
    );
  }
  const written = [...Object.keys(files), ...Object.keys(sections), "docs/benchmark.json"];
  const biome = join(repository, "node_modules/.bin/biome");
  const { code, output } = await runCommand(biome, ["format", "--write", ...written], {
    cwd: repository,
  });
  if (code !== 0) throw new Error(output);
}
