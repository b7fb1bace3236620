import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A Markdown file of the repository. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** The folders that hold Markdown files, beside the top. */
const folders = [".github", "cli", "docs", "examples", "test"];

/** Every Markdown file that belongs to the repository. */
export async function readDocuments(): Promise<Document[]> {
  const below = folders.map(async (folder) =>
    (await readdir(folder, { recursive: true })).map((name) => join(folder, name)),
  );
  const paths = [...(await readdir(".")), ...(await Promise.all(below)).flat()].filter(
    (path) => path.endsWith(".md") && !path.includes("node_modules"),
  );
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, "utf8") })));
}

/** The text without its blocks of code. */
export function proseOf({ text }: Document): string {
  return text.replace(fence, "");
}

/** The blocks of code in a language. */
export function codeOf(language: string, text: string): string[] {
  return [...text.matchAll(fence)]
    .filter(({ groups }) => groups?.["language"] === language)
    .map(({ groups }) => groups?.["code"] ?? "");
}

const fence = /^(?<indent> *)```(?<language>\w*)\n(?<code>[\s\S]*?)^\k<indent>```$/gm;
