import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import type { Installation } from "./install-package.ts";

/** Where a stack lives. */
export interface StackFolders {
  /** Holds the program and Pulumi.yaml. */
  readonly work: string;
  /** Pulumi's own, which holds the plugins: that of all stacks of the installation. */
  readonly home: string;
  readonly backend: string;
  /** For the files that the engine is given, or gives. */
  readonly scratch: string;
  /** The project's name in Pulumi.yaml. */
  readonly projectName: string;
}

/** The manifest of a stack that doesn't bring its own. */
export const defaultManifest = "name: test\nruntime: nodejs\n";

/** Makes a stack's folders: the work folder within the project, the others outside of it. */
export async function makeStackFolders(
  { root, project, home }: Installation,
  source: { readonly directory?: string; readonly files?: Readonly<Record<string, string>> },
): Promise<StackFolders> {
  const work = await mkdtemp(join(project, "stack-"));
  const own = join(root, basename(work));
  const [backend, scratch] = [join(own, "backend"), join(own, "scratch")];
  for (const folder of [backend, scratch]) await mkdir(folder, { recursive: true });

  const manifest = join(work, "Pulumi.yaml");
  await writeFile(manifest, defaultManifest);
  if (source.directory !== undefined) {
    await cp(source.directory, work, {
      recursive: true,
      filter: (path) => basename(path) !== "node_modules",
    });
  }
  await writeAllInto(work, source.files ?? {});
  const { name: projectName } = await readManifest(work);
  return { work, home, backend, scratch, projectName };
}

/** Reads Pulumi.yaml. */
export async function readManifest(work: string): Promise<{ name: string; runtime: unknown }> {
  return parse(await readFile(join(work, "Pulumi.yaml"), "utf8"));
}

/** Writes files below a folder; their texts by their paths. */
export async function writeAllInto(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) await writeInto(folder, path, text);
}

/** Writes a file below a folder. */
export async function writeInto(folder: string, path: string, text: string): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
