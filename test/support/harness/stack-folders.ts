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

export const stackName = "test";

/** The manifest of a stack that doesn't bring its own. */
const defaultManifest = "name: test\nruntime: nodejs\n";

/** Makes an empty stack: its work folder within the project, its other folders outside of it. */
export async function makeStackFolders({
  installation,
  directory,
  files = {},
}: StackOptions): Promise<StackFolders> {
  const { root, project, home } = installation;
  const work = await mkdtemp(join(project, "stack-"));
  const own = join(root, basename(work));
  const [backend, scratch] = [join(own, "backend"), join(own, "scratch")];
  for (const folder of [backend, scratch]) await mkdir(folder, { recursive: true });

  if (directory !== undefined) {
    const filter = (path: string) => basename(path) !== "node_modules";
    await cp(directory, work, { recursive: true, filter });
  }
  const path = join(work, "Pulumi.yaml");
  const manifest =
    files["Pulumi.yaml"] ?? (await readFile(path, "utf8").catch(() => defaultManifest));
  await writeFile(path, manifest);
  const { name, runtime } = parse(manifest);
  if (name === "test") {
    template ??= makeTemplate(installation);
    const empty = await template;
    await cp(empty.backend, backend, { recursive: true });
    const settings = `Pulumi.${stackName}.yaml`;
    await cp(join(empty.work, settings), join(work, settings));
  } else {
    await initialize(installation, { work, backend });
  }
  return { work, home, backend, scratch, projectName: name, isYaml: runtime === "yaml" };
}

type EmptyStack = Pick<StackFolders, "work" | "backend">;

/**
 * The files of an empty stack, which all stacks of the project `test` begin with: what the CLI writes is
 * the same for each of them. A test process has one installation.
 */
let template: Promise<EmptyStack> | undefined;

async function makeTemplate(installation: Installation): Promise<EmptyStack> {
  const work = await mkdtemp(join(installation.root, "empty-stack-"));
  await writeAllInto(work, { "Pulumi.yaml": defaultManifest, "backend/.keep": "" });
  const stack = { work, backend: join(work, "backend") };
  await initialize(installation, stack);
  return stack;
}

/** `pulumi stack init`. */
async function initialize(installation: Installation, stack: EmptyStack): Promise<void> {
  const { engine, home, env = {} } = installation;
  const secretsProvider = env["VAULT_SERVER_URL"] ? "hashivault://test" : "default";
  const flags = ["--non-interactive", "--secrets-provider", secretsProvider];
  await succeed(engine.command, ["stack", "init", "--stack", stackName, ...flags], {
    cwd: stack.work,
    env: stackEnvironment(installation, { home, backend: stack.backend }),
  });
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
