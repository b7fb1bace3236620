import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Engine } from "../engine/engine.ts";
import type { Log } from "../engine/go-build.ts";
import { succeed } from "../engine/run-command.ts";
import { stackEnvironment } from "./environment.ts";

const repository = resolve(import.meta.dirname, "../../..");

/** What a program beside @pulumi/pulumi has that `pulumi new typescript` set up. */
const userTools = ["typescript@^5", "@types/node@^22"];

/** A project that has the package as a user has it, and an engine to run its stacks. */
export interface Installation {
  readonly engine: Engine;
  /** A temporary folder that holds all of it. */
  readonly root: string;
  /** The project's folder; every file in it or below it resolves the package. */
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
 * @throws Error with npm's output if a step fails.
 */
export async function installPackage(engine: Engine, log: Log): Promise<Installation> {
  const root = await mkdtemp(join(tmpdir(), "org-connections-"));
  const [project, home, nodeDirectory] = [
    join(root, "project"),
    join(root, "home"),
    join(root, "node"),
  ];
  try {
    for (const folder of [project, home, nodeDirectory]) await mkdir(folder);
    await symlink(process.execPath, join(nodeDirectory, "node"));
    const tarball = await packPackage(root, log);
    log("Installing the package into a project of its own.");
    const manifest = { name: "project", private: true, type: "module" };
    await writeFile(join(project, "package.json"), JSON.stringify(manifest));
    const { devDependencies } = await readManifest(repository);
    const pulumi = `@pulumi/pulumi@${devDependencies["@pulumi/pulumi"]}`;
    const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball, pulumi];
    await succeed("npm", [...args, ...userTools], { cwd: project });
    const server = "program-server.mts";
    await copyFile(join(import.meta.dirname, server), join(project, server));
    return { engine, root, project, home, nodeDirectory };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

/** Removes what `installPackage` made, and the stacks in it. */
export async function removeInstallation({ root }: Installation): Promise<void> {
  // Retried, since a process that ends may still write its compile cache.
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
}

/** Builds and packs the package into an existing folder; returns the tarball's path. */
export async function packPackage(destination: string, log: Log): Promise<string> {
  log("Building and packing the package.");
  await succeed("npm", ["run", "build"], { cwd: repository });
  const pack = ["pack", "--ignore-scripts", "--pack-destination", destination];
  await succeed("npm", pack, { cwd: repository });
  const { name, version } = await readManifest(repository);
  return join(destination, `${name}-${version}.tgz`);
}

/**
 * Builds the plugin's executable from what `installPackage` built; returns its path. As in a release,
 * it has the Node.js of the development dependency, whichever one runs the tests.
 */
export async function buildPlugin(log: Log): Promise<string> {
  log("Building the plugin's executable.");
  const node = join(repository, "node_modules/.bin/node");
  await succeed(node, ["tools/build-plugin.ts"], { cwd: repository });
  const suffix = process.platform === "win32" ? ".exe" : "";
  return join(repository, `build/pulumi-resource-datadog-org-connections${suffix}`);
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
  const { version } = await readManifest(folder);
  const plugin = ["resource", "datadog-org-connections", version];
  const file = executable ?? join(folder, "dist/plugin/main.js");
  await succeed(engine.command, ["plugin", "install", ...plugin, "--file", file], {
    env: stackEnvironment(installation, { home, backend: home }),
  });
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}
