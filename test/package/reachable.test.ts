import { mkdir, mkdtemp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { createStack, environmentIn } from "../consumers/cli-stack.ts";
import { newStack } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { writeAllInto } from "../support/harness/stack-folders.ts";

const datadog = useFakeDatadog();
const installation = inject("installation");

/** A program of the CLI in a new folder below `parent`, which has @pulumi/pulumi. */
async function newProgram(fake: FakeDatadog, parent: string, program: string) {
  const folder = await mkdtemp(join(parent, "program-"));
  const manifest = "name: test\nruntime: nodejs\n";
  await writeAllInto(folder, {
    "Pulumi.yaml": manifest,
    "package.json": "{}",
    "index.js": program,
  });
  await mkdir(join(folder, "node_modules"));
  const pulumi = join(installation.project, "node_modules/@pulumi");
  await symlink(pulumi, join(folder, "node_modules/@pulumi"));
  const env = await environmentIn(folder, installation, fake);
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
  it("is told what to do where its folder doesn't resolve the package", async () => {
    const fake = datadog();
    // As pnpm does it, another package's dependencies hold the package.
    const elsewhere = join(installation.project, "node_modules/pulumi-datadog-org-connections");
    const { folder, stack } = await newProgram(
      fake,
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
    expect(fake.requestLines).toEqual([]);
  });

  it("may have left its folder", async () => {
    const { stack } = await newProgram(
      datadog(),
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
    { reusesProcesses: false }, // a process is warned once
  );
  const { code, output } = await stack.up();
  expect(code).toBe(0);
  expect(output).toContain(
    "warning: The package pulumi-datadog-org-connections can't be found from the working directory /,",
  );
});
