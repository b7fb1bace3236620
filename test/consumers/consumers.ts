import type { Consumer } from "./consumer.ts";
import { packageManagers } from "./package-managers.ts";
import { programs } from "./programs.ts";
import type { ConsumersTable } from "./try-consumers.ts";

const newest = { packageManager: "npm", pulumi: "3.276.0", node: "24.21.0" } as const;
const oldest = "3.216.0";
const check = ["tsc --noEmit"];
const compile = ["tsc"];
const bundle =
  "esbuild index.ts --bundle --platform=node --external:@pulumi/pulumi --outfile=dist/index.js";

const typescript5 = {
  ...newest,
  type: "commonjs",
  typescript: "5.9.3",
  files: programs.typescript,
  build: check,
} as const satisfies Partial<Consumer>;

const typescript6 = {
  ...newest,
  type: "module",
  typescript: "6.0.3",
  files: programs.nodenext,
  build: compile,
  main: "bin/index.js",
} as const satisfies Partial<Consumer>;

const javascript = {
  ...newest,
  type: "commonjs",
  files: programs.javascript,
} as const satisfies Partial<Consumer>;

const javascriptModule = {
  ...newest,
  type: "module",
  files: programs.module,
} as const satisfies Partial<Consumer>;

const componentUser = {
  ...javascript,
  files: programs.componentUser,
  workspace: "program and component",
} as const satisfies Partial<Consumer>;

const automation = {
  ...newest,
  type: "module",
  files: programs.automation,
  run: "index.js",
} as const satisfies Partial<Consumer>;

const hidden =
  "The Pulumi engine loads the provider of org connections from the program's folder, but the " +
  "package pulumi-datadog-org-connections can't be found from FOLDER. Add it to the dependencies " +
  "of the program's own package.json and install.";

const pulumiNew = "a program as `pulumi new typescript` sets it up";
const compiled = "a program of ES modules with `module: nodenext`, compiled before it runs";
const workspace = "a program in a workspace, with only its own dependencies in `node_modules`";
const component = "a component of an internal package declares the connection; ";
const inline = "an inline program of the Automation API";

/** Every use of the package that is tested, and those that can't work. */
const consumers: readonly Consumer[] = [
  { ...typescript5, what: pulumiNew },
  { ...typescript5, what: pulumiNew, node: "22.23.3" },
  { ...typescript5, what: pulumiNew, node: "26.10.0" },
  { ...typescript5, what: pulumiNew, pulumi: oldest },
  { ...typescript5, what: pulumiNew, pulumi: oldest, node: "22.23.3" },
  {
    ...newest,
    what: "a program without a TypeScript of its own: Pulumi brings 3.8",
    type: "commonjs",
    files: programs.typescriptOfPulumi,
  },
  { ...typescript6, what: compiled },
  { ...typescript6, what: compiled, node: "22.23.3" },
  { ...typescript6, what: compiled, node: "26.10.0" },
  {
    ...typescript6,
    what: "a program of ES modules, compiled by TypeScript 7; Pulumi has TypeScript 6 beside it",
    typescript: "7.0.2",
    build: ["node node_modules/typescript-7/bin/tsc"],
  },
  { ...javascript, what: "a program in JavaScript" },
  { ...javascript, what: "a program in JavaScript", pulumi: oldest },
  { ...javascriptModule, what: "a program in JavaScript" },
  { ...javascriptModule, what: "a program in JavaScript", pulumi: oldest, node: "26.10.0" },
  { ...typescript5, what: workspace, packageManager: "pnpm", workspace: "program" },
  { ...typescript6, what: workspace, packageManager: "pnpm", workspace: "program" },
  { ...typescript5, what: pulumiNew, packageManager: "yarnClassic" },
  { ...typescript5, what: pulumiNew, packageManager: "yarnNodeModules" },
  { ...typescript6, what: compiled, packageManager: "yarnNodeModules" },
  {
    ...javascript,
    what: "a program without `node_modules`, Pulumi started by `yarn run`",
    packageManager: "yarnPnp",
  },
  {
    ...componentUser,
    what: `${component}the program depends on that package alone, and npm hoists this one`,
    depends: "through the component",
  },
  {
    ...componentUser,
    what: `${component}the program depends on both packages`,
    packageManager: "pnpm",
  },
  {
    ...componentUser,
    what: `${component}the program depends on that package alone, and pnpm hides this one`,
    packageManager: "pnpm",
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
  { ...automation, what: inline },
  { ...automation, what: inline, pulumi: oldest, node: "22.23.3" },
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
    packageManager: "bun",
    runtime: "bun",
  },
  {
    ...typescript5,
    what: "a program that Bun runs, on a machine without Node.js",
    packageManager: "bun",
    runtime: "bun without Node.js",
    message:
      "Pulumi runs the provider of org connections in Node.js, even if Bun runs the program, " +
      "but node isn't on PATH. Install Node.js 24.5 or newer.",
  },
  {
    ...javascriptModule,
    what: "a script that lists connections in Bun, which checks certificates and bounds bodies",
    files: programs.listing,
    packageManager: "bun",
    runtime: "bun without Node.js",
    run: "index.js",
    writes: [],
  },
];

/** The table of what was tried with the package. */
export const consumersTable: ConsumersTable<Consumer> = {
  mark: "consumers",
  head: ["consumer", "package manager", "module system", "TypeScript", "@pulumi/pulumi", "Node.js"],
  consumers,
  cellsOf: ({ what, packageManager, type, typescript = "", pulumi, node, runtime }) => [
    what,
    packageManagers[packageManager].title,
    type === "module" ? "ES module" : "CommonJS",
    typescript,
    pulumi,
    runtime === "bun without Node.js" ? "none" : node,
  ],
};
