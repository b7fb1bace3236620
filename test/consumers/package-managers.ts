import { join } from "node:path";
import { succeed } from "../support/engine/run-command.ts";
import { npmQuiet, type Tools } from "./tools.ts";

/** Where a package manager installs. */
interface Place {
  readonly tools: Tools;
  /** The project's outermost folder. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface PackageManager {
  /** As the table names it. */
  readonly title: string;
  /** What it needs beside package.json. */
  readonly files: Readonly<Record<string, string>>;
  install(place: Place): Promise<unknown>;
  /** What it adds to the environment of the commands that it runs, where they need it. */
  environment?(place: Place): Promise<Readonly<Record<string, string>>>;
}

const pnpm = "12.21.0";
const yarnClassic = "1.22.22";
const yarn = "4.18.1";
export const bun = "1.4.5";

export const packageManagers = {
  npm: {
    title: "npm",
    files: {},
    install: ({ folder, env }) => succeed("npm", ["install", ...npmQuiet], { cwd: folder, env }),
  },
  pnpm: {
    title: `pnpm ${pnpm}`,
    files: {
      "pnpm-workspace.yaml": "packages: ['packages/*']\nallowBuilds: { protobufjs: false }\n",
    },
    async install({ tools, folder, env }) {
      const command = join(await tools.bin("pnpm", pnpm), "pnpm");
      return succeed(command, ["install", "--prefer-offline"], { cwd: folder, env });
    },
  },
  yarnClassic: {
    title: `yarn ${yarnClassic}`,
    files: {},
    async install({ tools, folder, env }) {
      const command = join(await tools.bin("yarn", yarnClassic), "yarn");
      const flags = ["--non-interactive", "--prefer-offline", "--no-progress"];
      return succeed(command, ["install", ...flags], { cwd: folder, env });
    },
  },
  yarnNodeModules: {
    title: `yarn ${yarn}, node-modules`,
    files: { ".yarnrc.yml": "nodeLinker: node-modules\n", "yarn.lock": "" },
    install: installByYarn,
  },
  yarnPnp: {
    title: `yarn ${yarn}, Plug'n'Play`,
    files: { ".yarnrc.yml": "nodeLinker: pnp\n", "yarn.lock": "" },
    install: installByYarn,
    async environment({ tools, folder, env }) {
      const command = join(await tools.bin("@yarnpkg/cli-dist", yarn), "yarn");
      const print = ["exec", "printenv", "NODE_OPTIONS"];
      const { stdout } = await succeed(command, print, { cwd: folder, env });
      return { NODE_OPTIONS: stdout.trim() };
    },
  },
  bun: {
    title: `bun ${bun}`,
    files: {},
    async install({ tools, folder, env }) {
      const command = join(await tools.bin("bun", bun), "bun");
      return succeed(command, ["install"], { cwd: folder, env });
    },
  },
} satisfies Record<string, PackageManager>;

async function installByYarn({ tools, folder, env }: Place): Promise<unknown> {
  const command = join(await tools.bin("@yarnpkg/cli-dist", yarn), "yarn");
  // This yarn doesn't read npm's configuration.
  const { stdout } = await succeed("npm", ["config", "get", "registry"], { cwd: folder, env });
  return succeed(command, ["install"], {
    cwd: folder,
    env: {
      ...env,
      YARN_NPM_REGISTRY_SERVER: stdout.trim(),
      YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
      YARN_ENABLE_TELEMETRY: "false",
    },
  });
}
