import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { createStack } from "../consumers/cli-stack.ts";
import { environmentOf, newStack } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { stackEnvironment } from "../support/harness/environment.ts";
import { writeInto } from "../support/harness/stack-folders.ts";

const datadog = useFakeDatadog();
const installation = inject("installation");

const program = `import * as pulumi from "@pulumi/pulumi";
import { type ConnectionType, OrgConnection, type OrgConnectionArgs } from "pulumi-datadog-org-connections";

const types: ConnectionType[] = ["logs", "a type of later"];
const args: OrgConnectionArgs = { sinkOrgId: pulumi.output("${orgs.hub.id}"), connectionTypes: types.slice(0, 1) };
const toHub = new OrgConnection("hub", args);
const found: OrgConnection = OrgConnection.get("found", toHub.id, { dependsOn: toHub });

// @ts-expect-error: the sink is required
export const wrong = () => new OrgConnection("wrong", { connectionTypes: types });

export const sink: pulumi.Output<string | undefined> = found.sinkOrgName;
export const shared: pulumi.Output<ConnectionType[]> = found.connectionTypes;
`;

const strict = { strict: true, exactOptionalPropertyTypes: true, target: "es2022" };

it.each([
  {
    what: "a strict TypeScript 5 program of CommonJS modules, as `pulumi new typescript` sets it up",
    compiler: join(installation.project, "node_modules/typescript/bin/tsc"),
    type: "commonjs",
    compilerOptions: { ...strict, module: "commonjs", moduleResolution: "node" },
  },
  {
    what: "a strict TypeScript 6 program of ES modules",
    compiler: resolve("node_modules/typescript/bin/tsc"),
    type: "module",
    compilerOptions: { ...strict, module: "nodenext", types: ["node"] },
  },
])("the packed package serves $what", async ({ compiler, type, compilerOptions }) => {
  const fake = datadog();
  const stack = await newStack(fake, program, {
    env: environmentOf(fake),
    files: {
      "index.ts": program,
      "package.json": JSON.stringify({ type }),
      "tsconfig.json": JSON.stringify({
        compilerOptions,
        files: ["index.ts"],
      }),
    },
  });
  const compiled = await runCommand(process.execPath, [compiler], { cwd: stack.workDirectory });
  expect(compiled).toMatchObject({ code: 0, output: "" });

  const { code, outputs } = await stack.up({ program: "index.js" });
  expect(code).toBe(0);
  expect(outputs).toMatchObject({ sink: "Hub", shared: ["logs"] });
});

/** The npm packages that a process has loaded after it loaded a module in the user's project. */
async function packagesLoadedBy(module: string): Promise<string[]> {
  const code = `
    require("@pulumi/pulumi"); require("@pulumi/pulumi/provider"); // what the host has loaded
    const before = new Set(Object.keys(require.cache));
    require(${JSON.stringify(module)});
    const loaded = Object.keys(require.cache).filter((file) => !before.has(file));
    const names = loaded.map((file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)[1]);
    console.log(JSON.stringify([...new Set(names)].sort()));`;
  const { stdout } = await runCommand(process.execPath, ["-e", code], {
    cwd: installation.project,
  });
  return JSON.parse(stdout);
}

it.each([
  ["", ["pulumi-datadog-org-connections"]],
  ["/provider", ["pulumi-datadog-org-connections", "valibot"]],
])("the package's entry %j loads few packages", async (entry, packages) => {
  expect(await packagesLoadedBy(`pulumi-datadog-org-connections${entry}`)).toEqual(packages);
});

/** A program of the CLI in a new folder below `parent`, which has @pulumi/pulumi. */
async function newProgram(parent: string, program: string) {
  const folder = await mkdtemp(join(parent, "program-"));
  await writeInto(folder, "Pulumi.yaml", "name: test\nruntime: nodejs\n");
  await writeInto(folder, "package.json", "{}");
  await writeInto(folder, "index.js", program);
  await mkdir(join(folder, "node_modules"));
  const pulumi = join(installation.project, "node_modules/@pulumi");
  await symlink(pulumi, join(folder, "node_modules/@pulumi"));
  const env = {
    ...stackEnvironment(installation, { home: folder, backend: folder }),
    ...environmentOf(datadog()),
  };
  const stack = await createStack(
    { engine: installation.engine, folder, runtime: process.execPath, env },
    {},
  );
  return { folder, stack };
}

const connection = `new OrgConnection("to-hub", {
  sinkOrgId: "${orgs.hub.id}",
  connectionTypes: ["logs"],
});`;

describe("a program of the CLI", () => {
  it("reads what to do if its folder doesn't resolve the package", async () => {
    // As pnpm does it, another package's dependencies hold the package.
    const elsewhere = join(installation.project, "node_modules/pulumi-datadog-org-connections");
    const { folder, stack } = await newProgram(
      installation.root,
      `const { OrgConnection } = require("${elsewhere}");
      ${connection}`,
    );
    const { code, output } = await stack.up();
    expect(code).toBe(1);
    expect(output).toContain(
      `the package pulumi-datadog-org-connections can't be found from ${folder}. ` +
        "Add it to the dependencies of the program's own package.json and install.",
    );
    expect(output).not.toMatch(/^\s+at .*:\d+/m);
    expect(datadog().requestLines).toEqual([]);
  });

  it("may have left its folder", async () => {
    const { stack } = await newProgram(
      installation.project,
      `const { OrgConnection } = require("pulumi-datadog-org-connections");
      process.chdir("/");
      ${connection}`,
    );
    const { code, output } = await stack.up();
    expect(code).toBe(0);
    expect(output).not.toContain("can't be found");
  });
});

it("an inline program is only warned, since its project may name another folder", async () => {
  const stack = await newStack(
    datadog(),
    `import { OrgConnection } from "pulumi-datadog-org-connections";
    process.chdir("/");
    ${connection}`,
    { reusesProcesses: false }, // a process warns once
  );
  const { code, output } = await stack.up();
  expect(code).toBe(0);
  expect(output).toContain(
    "warning: The package pulumi-datadog-org-connections can't be found from the working directory /,",
  );
});
