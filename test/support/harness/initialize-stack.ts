import { cp, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { succeed } from "../engine/run-command.ts";
import { stackEnvironment } from "./environment.ts";
import type { Installation } from "./install-package.ts";
import { defaultManifest, type StackFolders, writeInto } from "./stack-folders.ts";

type Folders = Pick<StackFolders, "work" | "home" | "backend">;

const projectName = "test";
let template: Promise<Folders> | undefined;

/**
 * `pulumi stack init`. What the CLI writes is the same for each stack of one name and project, so
 * for the usual project's name it runs once, and its files are copied.
 */
export async function initializeStack(
  installation: Installation,
  folders: StackFolders,
  name: string,
): Promise<void> {
  if (folders.projectName !== projectName) return init(installation, folders, name);
  template ??= makeTemplate(installation, name);
  const { work, backend } = await template;
  await cp(backend, folders.backend, { recursive: true });
  await cp(join(work, `Pulumi.${name}.yaml`), join(folders.work, `Pulumi.${name}.yaml`));
}

async function makeTemplate(installation: Installation, name: string): Promise<Folders> {
  const { root, home } = installation;
  const work = await mkdtemp(join(root, "empty-stack-"));
  await writeInto(work, "Pulumi.yaml", defaultManifest);
  await writeInto(work, "backend/.keep", "");
  const folders = { work, home, backend: join(work, "backend") };
  await init(installation, folders, name);
  return folders;
}

async function init(installation: Installation, folders: Folders, name: string): Promise<void> {
  const args = ["stack", "init", "--stack", name, "--non-interactive"];
  const env = stackEnvironment(installation, folders);
  await succeed(installation.engine.command, args, { cwd: folders.work, env });
}
