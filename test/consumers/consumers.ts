import type { packageManagers } from "./install.ts";
import { type Files, programs } from "./programs.ts";

/** A user's project, and what comes of it. */
export interface Consumer {
  /** What the project is, and so what its success proves. */
  readonly what: string;
  readonly packageManager: keyof typeof packageManagers;
  /** `type` of its package.json. */
  readonly type: "commonjs" | "module";
  /** Without one, the program is JavaScript, or compiled by the TypeScript of Pulumi. */
  readonly typescript?: "5.9.3" | "6.0.3" | "7.0.2";
  readonly pulumi: "3.216.0" | "3.276.0";
  readonly node: "22.23.3" | "24.21.0" | "26.10.0";
  /** What runs the program. Default: Node.js. */
  readonly runtime?: "bun" | "bun without Node.js";
  /** The program's own files. */
  readonly files: Files;
  /** Whether it is a package of a workspace, beside an internal package of components. */
  readonly workspace?: "program" | "program and component";
  /** Whether the package is among the program's dependencies. Default: yes. */
  readonly depends?: "yes" | "as devDependency" | "through the component";
  /** Commands of its folder that come before Pulumi, by the executables of its dependencies. */
  readonly build?: readonly string[];
  /** package.json's `main`. Default: the file that Pulumi finds by itself. */
  readonly main?: string;
  /** Arguments of the runtime for a program that `pulumi up` doesn't run. */
  readonly run?: "index.js" | "--test bin/index.js";
  /** The requests that change something. Default: one that creates, and one that deletes. */
  readonly writes?: readonly ("POST" | "DELETE")[];
  /** The message that it ends in, if it can't work. */
  readonly message?: string;
}

const oldest = "3.216.0";
const check = ["tsc --noEmit"];
const compile = ["tsc"];
const bundle =
  "esbuild index.ts --bundle --platform=node --external:@pulumi/pulumi --outfile=dist/index.js";
const hidden =
  "The Pulumi engine loads the provider of org connections from the program's folder, but the " +
  "package pulumi-datadog-org-connections can't be found from FOLDER. Add it to the dependencies " +
  "of the program's own package.json and install.";

const javascript: Consumer = {
  what: "a program in JavaScript",
  packageManager: "npm",
  pulumi: "3.276.0",
  node: "24.21.0",
  type: "commonjs",
  files: programs.javascript,
};

const javascriptModule: Consumer = { ...javascript, type: "module", files: programs.module };

const typescript5: Consumer = {
  ...javascript,
  what: "a program as `pulumi new typescript` sets it up",
  typescript: "5.9.3",
  files: programs.typescript,
  build: check,
};

const typescript6: Consumer = {
  ...javascriptModule,
  what: "a program of ES modules with `module: nodenext`, compiled before it runs",
  typescript: "6.0.3",
  files: programs.nodenext,
  build: compile,
  main: "bin/index.js",
};

const inline: Consumer = {
  ...javascriptModule,
  what: "an inline program of the Automation API",
  files: programs.automation,
  run: "index.js",
};

const componentUser: Consumer = {
  ...javascript,
  files: programs.componentUser,
  workspace: "program and component",
};

const workspace = {
  what: "a program in a workspace, with only its own dependencies in `node_modules`",
  packageManager: "pnpm 12.21.0",
  workspace: "program",
} as const;
const component = "a component of an internal package declares the connection; ";

/** Every use of the package that is tested, and those that can't work. */
export const consumers: readonly Consumer[] = [
  typescript5,
  { ...typescript5, node: "22.23.3" },
  { ...typescript5, node: "26.10.0" },
  { ...typescript5, pulumi: oldest },
  { ...typescript5, pulumi: oldest, node: "22.23.3" },
  {
    ...javascript,
    what: "a program without a TypeScript of its own: Pulumi brings 3.8",
    files: programs.typescriptOfPulumi,
  },
  typescript6,
  { ...typescript6, node: "22.23.3" },
  { ...typescript6, node: "26.10.0" },
  {
    ...typescript6,
    what: "a program of ES modules, compiled by TypeScript 7; Pulumi has TypeScript 6 beside it",
    typescript: "7.0.2",
    build: ["node node_modules/typescript-7/bin/tsc"],
  },
  javascript,
  { ...javascript, pulumi: oldest },
  javascriptModule,
  { ...javascriptModule, pulumi: oldest, node: "26.10.0" },
  { ...typescript5, ...workspace },
  { ...typescript6, ...workspace },
  { ...typescript5, packageManager: "yarn 1.22.22" },
  { ...typescript5, packageManager: "yarn 4.18.1, node-modules" },
  { ...typescript6, packageManager: "yarn 4.18.1, node-modules" },
  {
    ...javascript,
    what: "a program without `node_modules`, Pulumi started by `yarn run`",
    packageManager: "yarn 4.18.1, Plug'n'Play",
  },
  {
    ...componentUser,
    what: `${component}the program depends on that package alone, and npm hoists this one`,
    depends: "through the component",
  },
  {
    ...componentUser,
    what: `${component}the program depends on both packages`,
    packageManager: "pnpm 12.21.0",
  },
  {
    ...componentUser,
    what: `${component}the program depends on that package alone, and pnpm hides this one`,
    packageManager: "pnpm 12.21.0",
    depends: "through the component",
    message: hidden,
  },
  {
    ...typescript5,
    what: "a program bundled by esbuild",
    build: [...check, bundle],
    main: "dist/index.js",
  },
  {
    ...typescript5,
    what: "a program bundled by esbuild, on a machine where this package isn't installed",
    depends: "as devDependency",
    build: [...check, bundle, "npm prune --omit=dev --no-audit --no-fund"],
    main: "dist/index.js",
    message: hidden,
  },
  inline,
  { ...inline, pulumi: oldest, node: "22.23.3" },
  {
    ...typescript5,
    what: "a unit test of a program, with `pulumi.runtime.setMocks` and no engine",
    files: programs.unitTest,
    build: compile,
    run: "--test bin/index.js",
    writes: [],
  },
  {
    ...typescript5,
    what: "a program that Bun runs; Node.js runs the provider",
    packageManager: "bun 1.4.5",
    runtime: "bun",
  },
  {
    ...typescript5,
    what: "a program that Bun runs, on a machine without Node.js",
    packageManager: "bun 1.4.5",
    runtime: "bun without Node.js",
    message:
      "Pulumi runs the provider of org connections in Node.js, even if Bun runs the program, " +
      "but node isn't on PATH. Install Node.js 24.5 or newer.",
  },
  {
    ...javascriptModule,
    what: "a script that lists connections in Bun, which checks certificates and bounds bodies",
    files: programs.listing,
    packageManager: "bun 1.4.5",
    runtime: "bun without Node.js",
    run: "index.js",
    writes: [],
  },
];
