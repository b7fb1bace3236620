import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format, putBetweenMarks } from "../../test/repository/generated.ts";

/** What the benchmark writes, by the path in the repository. */
export interface Reports {
  readonly files: Readonly<Record<string, string>>;
  /** What stands between the marks `benchmark` of a document. */
  readonly sections: Readonly<Record<string, string>>;
}

/** Writes the reports into the repository. */
export async function publish(repository: string, { files, sections }: Reports): Promise<void> {
  for (const [path, text] of Object.entries(files)) await writeFile(join(repository, path), text);
  for (const [path, text] of Object.entries(sections)) {
    await putBetweenMarks(path, "benchmark", text);
  }
  await format([...Object.keys(files), ...Object.keys(sections), "docs/benchmark.json"]);
}
