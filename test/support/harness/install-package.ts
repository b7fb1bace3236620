import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Log } from "../engine/build.ts";
import type { Engine } from "../engine/engine.ts";
import { succeed } from "../engine/run-command.ts";
import { stackEnvironment } from "./environment.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../..");

/** What a program beside @pulumi/pulumi has that `pulumi new typescript` set up. */
const userTools = ["typescript@^5", "@types/node@^22"];

/** A project that has the package as a user has it, and an engine to run its stacks. */
export interface Installation {
  readonly engine: Engine;
  /** A temporary folder that holds all of it. */
  readonly root: string;
  /** The project's folder; what lies in it or below resolves the package. */
  readonly project: string;
  /** The folder of Pulumi's own files, plugins among them. */
  readonly home: string;
  /** Holds a `node` that is the running Node.js, to be first on PATH. */
  readonly nodeDirectory: string;
  /** What the processes of all stacks find in their environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Builds and packs the package, and installs it with npm into a new project, outside the clone so
 * that nothing there resolves to the clone's dependencies. Takes about 20 seconds.
 *
 * @param source The package's folder. Default: the clone.
 * @throws Error with npm's output when a step fails.
 */
export async function installPackage(
  engine: Engine,
  log: Log,
  source: string = REPOSITORY,
): Promise<Installation> {
  const root = await mkdtemp(join(tmpdir(), "org-connections-"));
  try {
    const project = join(root, "project");
    const nodeDirectory = join(root, "node");
    const home = join(root, "home");
    for (const folder of [project, nodeDirectory, home]) await mkdir(folder);
    await symlink(process.execPath, join(nodeDirectory, "node"));
    const tarball = await packPackage(root, log, source);
    const pulumi = `@pulumi/pulumi@${await pulumiVersion(source)}`;
    await installInto(project, [tarball, pulumi, ...userTools], log);
    const server = "program-server.mts";
    await copyFile(join(import.meta.dirname, server), join(project, server));
    return { engine, root, project, home, nodeDirectory };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Installs the plugin.
 *
 * @param executable By default, the file that the package carries for those who have Node.js.
 * @throws Error with the CLI's output if that fails.
 */
export async function installPlugin(
  installation: Installation,
  executable?: string,
): Promise<void> {
  const { engine, project, home } = installation;
  const folder = join(project, "node_modules/pulumi-datadog-org-connections");
  const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const plugin = ["resource", "datadog-org-connections", version];
  const file = executable ?? join(folder, "dist/plugin/main.js");
  await succeed(engine.command, ["plugin", "install", ...plugin, "--file", file], {
    env: stackEnvironment(installation, { home, backend: home }),
  });
}

/** Removes what `installPackage` made, and the stacks in it. */
export async function removeInstallation({ root }: Installation): Promise<void> {
  await rm(root, { recursive: true, force: true });
}

/** Builds and packs the package into an existing folder; returns the tarball's path. */
export async function packPackage(
  destination: string,
  log: Log,
  source: string = REPOSITORY,
): Promise<string> {
  log("Building and packing the package.");
  await succeed("npm", ["run", "build"], { cwd: source });
  await succeed("npm", ["pack", "--ignore-scripts", "--pack-destination", destination], {
    cwd: source,
  });
  const tarball = (await readdir(destination)).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error(`"npm pack" wrote no tarball to ${destination}`);
  return join(destination, tarball);
}

async function installInto(project: string, packages: readonly string[], log: Log): Promise<void> {
  log("Installing the package into a project of its own.");
  await writeFile(
    join(project, "package.json"),
    JSON.stringify({ name: "project", private: true, type: "module" }),
  );
  await succeed("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], {
    cwd: project,
  });
}

async function pulumiVersion(source: string): Promise<string> {
  const manifest: { devDependencies?: Record<string, string> } = JSON.parse(
    await readFile(join(source, "package.json"), "utf8"),
  );
  const version = manifest.devDependencies?.["@pulumi/pulumi"];
  if (version === undefined) throw new Error(`${source} has no devDependency @pulumi/pulumi`);
  return version;
}
