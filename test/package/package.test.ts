import { join, resolve } from "node:path";
import { expect, inject, it } from "vitest";
import { newStack } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";

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
  const stack = await newStack(datadog(), {
    "index.ts": program,
    "package.json": JSON.stringify({ type }),
    "tsconfig.json": JSON.stringify({ compilerOptions, files: ["index.ts"] }),
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
