import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createStack, environmentIn } from "../consumers/cli-stack.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../support/fake-datadog/index.ts";

const { hub } = orgs;

/** The configuration of `basic`, which the Pulumi.yaml at the top of the clone runs. */
const toHub = { "connections.hub.sinkOrgId": hub.id, "connections.hub.types[0]": "logs" };

// The tests of each example compile it with TypeScript 5, and `tsc` checks all with TypeScript 6.
describe.each([
  ["5", () => join(inject("installation").project, "node_modules")],
  ["6", () => resolve("node_modules")],
] as const)("Pulumi's own way to run TypeScript, with TypeScript %s,", (version, modules) => {
  let root: string;
  let fake: FakeDatadog;
  const clone = () => join(root, "clone");

  beforeAll(async () => {
    fake = await startFakeDatadog();
    root = await mkdtemp(join(tmpdir(), "clone-"));
    for (const path of ["Pulumi.yaml", "package.json", "examples"]) {
      await cp(resolve(path), join(clone(), path), { recursive: true });
    }
    await symlink(modules(), join(clone(), "node_modules"));
    const manifest = await readFile(join(modules(), "typescript/package.json"), "utf8");
    expect(JSON.parse(manifest).version.split(".")[0]).toBe(version);
  });

  afterAll(async () => {
    await fake.close();
    await rm(root, { recursive: true, force: true });
  });

  it("creates a connection with `pulumi up` at the top of the clone", async () => {
    const { engine, nodeDirectory } = inject("installation");
    const env = await environmentIn(root, { engine, nodeDirectory }, fake);
    const runtime = join(nodeDirectory, "node");
    const stack = await createStack({ engine, folder: clone(), runtime, env }, toHub);
    expect(await stack.up()).toMatchObject({ code: 0 });
    expect(fake.connections).toMatchObject([{ sinkOrgId: hub.id, types: ["logs"] }]);
  });
});
