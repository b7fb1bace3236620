import { cp, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import { succeed } from "../engine/run-command.ts";
import { stackEnvironment } from "./environment.ts";
import type { Installation } from "./install-package.ts";
import type { StackOptions } from "./stack-options.ts";

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
  /** Whether the program is in YAML. */
  readonly isYaml: boolean;
}

/** The manifest of a stack that doesn't bring its own. */
const defaultManifest = "name: test\nruntime: nodejs\n";

/** Makes a stack's folders: the work folder within the project, the others outside of it. */
export async function makeStackFolders(
  { root, project, home }: Installation,
  { directory, files = {} }: Pick<StackOptions, "directory" | "files">,
): Promise<StackFolders> {
  const work = await mkdtemp(join(project, "stack-"));
  const own = join(root, basename(work));
  const [backend, scratch] = [join(own, "backend"), join(own, "scratch")];
  for (const folder of [backend, scratch]) await mkdir(folder, { recursive: true });

  const manifest = join(work, "Pulumi.yaml");
  await writeFile(manifest, defaultManifest);
  if (directory !== undefined) {
    const filter = (path: string) => basename(path) !== "node_modules";
    await cp(directory, work, { recursive: true, filter });
  }
  const { name, runtime } = parse(files["Pulumi.yaml"] ?? (await readFile(manifest, "utf8")));
  return { work, home, backend, scratch, projectName: name, isYaml: runtime === "yaml" };
}

type EmptyStack = Pick<StackFolders, "work" | "backend" | "home">;

/** For all stacks of the default manifest; a test process has one installation. */
let template: Promise<EmptyStack> | undefined;

/**
 * `pulumi stack init`. What the CLI writes is the same for each stack of one name and project, so
 * for the default manifest it runs once, and its files are copied.
 */
export async function initializeStack(
  installation: Installation,
  folders: StackFolders,
  name: string,
): Promise<void> {
  const secretsProvider = installation.env?.["VAULT_SERVER_URL"] ? "hashivault://test" : "default";
  const flags = ["--non-interactive", "--secrets-provider", secretsProvider];
  const init = (stack: EmptyStack) =>
    succeed(installation.engine.command, ["stack", "init", "--stack", name, ...flags], {
      cwd: stack.work,
      env: stackEnvironment(installation, stack),
    });
  const makeTemplate = async () => {
    const work = await mkdtemp(join(installation.root, "empty-stack-"));
    await writeAllInto(work, { "Pulumi.yaml": defaultManifest, "backend/.keep": "" });
    const stack = { work, backend: join(work, "backend"), home: installation.home };
    await init(stack);
    return stack;
  };
  if (folders.projectName !== "test") {
    await init(folders);
    return;
  }
  template ??= makeTemplate();
  const { work, backend } = await template;
  await cp(backend, folders.backend, { recursive: true });
  await cp(join(work, `Pulumi.${name}.yaml`), join(folders.work, `Pulumi.${name}.yaml`));
}

/** Writes files below a folder; their texts by their paths. */
export async function writeAllInto(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
