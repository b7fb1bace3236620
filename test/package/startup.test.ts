import { expect, inject, it } from "vitest";
import { runCommand } from "../support/engine/run-command.ts";

/** The npm packages that a process has loaded after it loaded a module in the user's project. */
async function packagesLoadedBy(module: string): Promise<string[]> {
  const { project } = inject("installation");
  const code = `
    require("@pulumi/pulumi"); require("@pulumi/pulumi/provider"); // what the host has loaded
    const before = new Set(Object.keys(require.cache));
    require(${JSON.stringify(module)});
    const loaded = Object.keys(require.cache).filter((file) => !before.has(file));
    const names = loaded.map((file) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)[1]);
    console.log(JSON.stringify([...new Set(names)].sort()));`;
  const { stdout } = await runCommand(process.execPath, ["-e", code], { cwd: project });
  return JSON.parse(stdout);
}

it("a program loads nothing but the package's own few files", async () => {
  expect(await packagesLoadedBy("pulumi-datadog-org-connections")).toEqual([
    "pulumi-datadog-org-connections",
  ]);
});

it("the provider loads few other packages", async () => {
  expect(await packagesLoadedBy("pulumi-datadog-org-connections/provider")).toEqual([
    "pulumi-datadog-org-connections",
    "valibot",
  ]);
});
