/** Writes a consumer's project, and installs it with its package manager. */
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { succeed } from "../support/engine/run-command.ts";
import { callersPath } from "../support/harness/environment.ts";
import { writeAllInto } from "../support/harness/stack-folders.ts";
import type { Consumer } from "./consumers.ts";
import { componentFiles, type Files, packageName } from "./programs.ts";

/** Options that keep npm quick and short. */
export const npmQuiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];

/** Installs a package manager or runtime from npm, once; returns the folder of its executables. */
export type Tools = (nameAndVersion: string) => Promise<string>;

/** Tools in folders below this one. */
export function toolsIn(root: string): Tools {
  const installed = new Map<string, Promise<string>>();
  async function install(tool: string): Promise<string> {
    const folder = join(root, tool.replace("/", "-"));
    await mkdir(folder, { recursive: true });
    // The packages that may run a script: theirs install the executable.
    const manifest = { allowScripts: { bun: true, node: true, pnpm: true } };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await succeed("npm", ["install", ...npmQuiet, tool], { cwd: folder });
    return join(folder, "node_modules/.bin");
  }
  return (tool) => {
    const folder = installed.get(tool) ?? install(tool);
    installed.set(tool, folder);
    return folder;
  };
}

interface PackageManager {
  /** Its package on npm, with its version. */
  readonly tool?: string;
  readonly install: readonly [command: string, ...args: string[]];
  /** What it needs beside package.json. */
  readonly files?: Files;
}

export const bun = "bun@1.4.5";
const yarn = { tool: "@yarnpkg/cli-dist@4.18.1", install: ["yarn", "install"] } as const;

/** By their names in the table. */
export const packageManagers = {
  npm: { install: ["npm", "install", ...npmQuiet] },
  "pnpm 12.21.0": {
    tool: "pnpm@12.21.0",
    install: ["pnpm", "install", "--prefer-offline"],
    files: {
      "pnpm-workspace.yaml": "packages: ['packages/*']\nallowBuilds: { protobufjs: false }\n",
    },
  },
  "yarn 1.22.22": {
    tool: "yarn@1.22.22",
    install: ["yarn", "install", "--non-interactive", "--prefer-offline", "--no-progress"],
  },
  "yarn 4.18.1, node-modules": {
    ...yarn,
    files: { ".yarnrc.yml": "nodeLinker: node-modules\n", "yarn.lock": "" },
  },
  "yarn 4.18.1, Plug'n'Play": {
    ...yarn,
    files: { ".yarnrc.yml": "nodeLinker: pnp\n", "yarn.lock": "" },
  },
  "bun 1.4.5": { tool: bun, install: ["bun", "install"] },
} satisfies Record<string, PackageManager>;

/**
 * Writes a consumer's project into a new folder, installs and builds it.
 *
 * @param tarball The packed package.
 * @returns The folder of the program, and what its package manager adds to the environment.
 * @throws Error with the output of an installation or a build that failed.
 */
export async function installProject(
  consumer: Consumer,
  folder: string,
  { tarball, tools }: { readonly tarball: string; readonly tools: Tools },
): Promise<{ readonly program: string; readonly env: NodeJS.ProcessEnv }> {
  const manager: PackageManager = packageManagers[consumer.packageManager];
  const program = consumer.workspace ? join(folder, "packages/program") : folder;
  await writeAllInto(folder, { ...manager.files, ...(consumer.workspace && workspaceFiles) });
  if (consumer.workspace === "program and component") {
    const manifest = {
      name: "internal-observability",
      version: "1.0.0",
      dependencies: { [packageName]: `file:${tarball}` },
      peerDependencies: { "@pulumi/pulumi": consumer.pulumi },
    };
    await writeAllInto(join(folder, "packages/observability"), {
      ...componentFiles,
      "package.json": JSON.stringify(manifest),
    });
  }
  await writeAllInto(program, {
    ...consumer.files,
    "package.json": JSON.stringify(manifestOf(consumer, tarball)),
    "Pulumi.yaml": "name: consumer\nruntime: nodejs\n",
  });

  const node = await tools(`node@${consumer.node}`);
  const { stdout: registry } = await succeed("npm", ["config", "get", "registry"]);
  const env = {
    ...withPath(...(manager.tool ? [await tools(manager.tool)] : []), node),
    // This yarn doesn't read npm's configuration.
    YARN_NPM_REGISTRY_SERVER: registry.trim(),
    YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
    YARN_ENABLE_TELEMETRY: "false",
  };
  const [command, ...args] = manager.install;
  await succeed(command, args, { cwd: folder, env });
  for (const line of consumer.build ?? []) {
    const [command = "", ...args] = line.split(" ");
    const buildEnv = withPath(join(program, "node_modules/.bin"), node);
    await succeed(command, args, { cwd: program, env: buildEnv });
  }
  if (consumer.packageManager !== "yarn 4.18.1, Plug'n'Play") return { program, env: {} };
  const print = ["exec", "printenv", "NODE_OPTIONS"];
  const { stdout } = await succeed(command, print, { cwd: folder, env });
  return { program, env: { NODE_OPTIONS: stdout.trim() } };
}

const workspaceFiles: Files = {
  "package.json": JSON.stringify({ name: "root", private: true, workspaces: ["packages/*"] }),
};

function manifestOf(consumer: Consumer, tarball: string): object {
  const { type, main, pulumi, typescript, workspace, depends = "yes", build = [] } = consumer;
  const own = { [packageName]: `file:${tarball}` };
  const neighbour = consumer.packageManager.startsWith("pnpm") ? "workspace:*" : "1.0.0";
  return {
    name: "program",
    private: true,
    type,
    ...(main && { main }),
    dependencies: {
      "@pulumi/pulumi": pulumi,
      ...(depends === "yes" && own),
      ...(workspace === "program and component" && { "internal-observability": neighbour }),
    },
    devDependencies: {
      "@types/node": "^22",
      // Pulumi loads `typescript` when it runs a program, and can't use version 7.
      ...(typescript === "7.0.2"
        ? { typescript: "6.0.3", "typescript-7": `npm:typescript@${typescript}` }
        : typescript && { typescript }),
      ...(build.some((command) => command.startsWith("esbuild")) && { esbuild: "0.28.2" }),
      ...(depends === "as devDependency" && own),
    },
  };
}

/** The caller's environment, with these folders first on PATH. */
function withPath(...first: readonly string[]): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [...first, ...callersPath()].join(delimiter) };
}
