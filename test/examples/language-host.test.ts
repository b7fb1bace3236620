import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createStack, environmentIn, type Operations } from "../consumers/cli-stack.ts";
import { profileKeys } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../support/fake-datadog/index.ts";

const { payments, shop, data, security, hub } = orgs;

type Config = Readonly<Record<string, string>>;

/** The configuration of `basic`, which the Pulumi.yaml at the top of the clone runs. */
const toHub = { "connections.hub.sinkOrgId": hub.id, "connections.hub.types[0]": "logs" };
/** The configuration of each other example. */
const others: Readonly<Record<string, Config>> = {
  "adopt-existing": { securityOrgId: security.id, hubOrgId: hub.id, hubConnectionId: security.id },
  "drift-pipeline": { hubOrgId: hub.id, "sources.payments[0]": "logs" },
  "hub-and-spoke": { hubOrgId: hub.id },
  mesh: {
    "orgIds.payments": payments.id,
    "orgIds.shop": shop.id,
    "orgIds.data": data.id,
    "orgIds.security": security.id,
  },
};

// With TypeScript 5, the tests of each example compile it.
describe.each([
  ["5", () => join(inject("installation").project, "node_modules"), {}],
  ["6", () => resolve("node_modules"), others],
] as const)(
  "Pulumi's own way to run TypeScript, with TypeScript %s,",
  (version, modules, examples) => {
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

    /** An empty stack of the project in this folder of the clone. */
    async function newStack(path: string, config: Config): Promise<Operations> {
      const { engine, nodeDirectory } = inject("installation");
      const own = await mkdtemp(join(root, "stack-"));
      const env = {
        ...(await environmentIn(own, { engine, nodeDirectory }, fake)),
        ...profileKeys({ payments, shop, data, "data-lake": data }),
      };
      const runtime = join(nodeDirectory, "node");
      return createStack({ engine, folder: join(clone(), path), runtime, env }, config);
    }

    it.concurrent("creates a connection with `pulumi up` at the top of the clone", async () => {
      const stack = await newStack("", toHub);
      expect(await stack.up()).toMatchObject({ code: 0 });
      expect(fake.connections).toMatchObject([{ sinkOrgId: hub.id, types: ["logs"] }]);
    });

    it.concurrent.each(Object.entries<Config>(examples))(
      "runs the example %s",
      async (example, config) => {
        const stack = await newStack(join("examples", example), config);
        const { code, output } = await stack.preview();
        expect(code, output).toBe(0);
        expect(output).toMatch(/\+ +pulumi-nodejs:dynamic\/datadog:OrgConnection /);
      },
    );
  },
);

it("the tests above run every example in TypeScript", async () => {
  const files = await readdir("examples", { recursive: true });
  const examples = files.filter((file) => file.endsWith("/index.ts")).map((file) => dirname(file));
  expect(["basic", ...Object.keys(others)].sort()).toEqual(examples.sort());
});
