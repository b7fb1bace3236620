import { expect, inject, test } from "vitest";
import { Stack } from "./stack.ts";

const installation = inject("installation");

// Reports what the outside world has as drift when THING_SIZE is set.
const PROVIDER = `exports.handler = () => ({
  async create(inputs) { return { id: "1", outs: { ...inputs, environment: Object.keys(process.env) } }; },
  async read(id, props) {
    const size = process.env.THING_SIZE ?? props.size;
    return { id, props: { ...props, size }, inputs: { __provider: props.__provider, size } };
  },
})`;

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";

class Thing extends pulumi.CustomResource {
  declare readonly environment: pulumi.Output<string[]>;
  constructor(name: string, size: string) {
    const __provider = ${JSON.stringify(PROVIDER)};
    super("pulumi-nodejs:dynamic/test:Thing", name, { size, environment: undefined, __provider });
  }
}

const config = new pulumi.Config("things");
export const size = config.requireSecret("size");
const thing = new Thing("thing", config.require("kind"));
export const environment = thing.environment;
export const ownEnvironment = Object.keys(process.env);
`;

const config = { "things:kind": "big", "things:size": { value: "7", secret: true } } as const;

test("a stack lives from its first up to its destruction", async () => {
  const stack = await Stack.create({ installation, files: { "index.ts": PROGRAM }, config });

  const up = await stack.up();
  expect(up.output).toContain("2 created");
  expect(up).toMatchObject({ code: 0, changes: { create: 2 }, outputs: { size: "7" } });
  expect(await stack.preview({ expectNoChanges: true })).toMatchObject({
    code: 0,
    changes: { same: 2 },
  });

  const { deployment } = await stack.exportState();
  expect(deployment.resources?.at(-1)).toMatchObject({
    type: "pulumi-nodejs:dynamic/test:Thing",
    id: "1",
    outputs: { size: "big" },
  });

  expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 2 } });
  expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
});

test("drift ends operations that expect no changes with exit code 7", async () => {
  const stack = await Stack.create({ installation, files: { "index.ts": PROGRAM }, config });
  await stack.up();
  const drift = { expectNoChanges: true, env: { THING_SIZE: "small" } };

  expect(await stack.refresh({ previewOnly: true, expectNoChanges: true })).toMatchObject({
    code: 0,
    changes: { same: 2 },
  });
  expect(await stack.refresh({ previewOnly: true, ...drift })).toMatchObject({
    code: 7,
    changes: { update: 1 },
  });
  expect(await stack.refresh({ previewOnly: true, runProgram: true, ...drift })).toMatchObject({
    code: 7,
    changes: { update: 1 },
  });
  expect(await stack.preview({ refresh: true, ...drift })).toMatchObject({ code: 7 });
  expect(await stack.refresh({ env: { THING_SIZE: "small" } })).toMatchObject({ code: 0 });
  expect((await stack.exportState()).deployment.resources?.at(-1)?.outputs).toMatchObject({
    size: "small",
  });
});

test("a program that fails gives its exit code and what the user sees", async () => {
  const stack = await Stack.create({
    installation,
    files: { "index.ts": `throw new Error("the program gave up");` },
  });
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain("the program gave up");
});

test("programs may be functions and CommonJS modules", async () => {
  const stack = await Stack.create({
    installation,
    files: {
      "function.ts": "export default async () => ({ kind: 'function' });",
      "module.cjs": "exports.kind = 'module';",
    },
  });
  expect((await stack.up({ program: "function.ts" })).outputs).toEqual({ kind: "function" });
  expect((await stack.up({ program: "module.cjs" })).outputs).toEqual({ kind: "module" });
});

test("nothing of the caller's environment reaches the program and the provider", async () => {
  process.env["DD_API_KEY"] = "the caller's";
  const stack = await Stack.create({
    installation,
    files: { "index.ts": PROGRAM },
    config,
    env: { DD_SITE: "the test's" },
  });
  const { outputs } = await stack.up().finally(() => delete process.env["DD_API_KEY"]);
  for (const names of [outputs["environment"], outputs["ownEnvironment"]]) {
    expect(names).toContain("DD_SITE");
    expect(names).not.toContain("DD_API_KEY");
  }
});

test("resources are imported in bulk, and a state is carried over", async () => {
  const files = { "index.ts": PROGRAM };
  const stack = await Stack.create({ installation, files, config });
  const inputs = { __provider: PROVIDER, size: "big" };
  const type = "pulumi-nodejs:dynamic/test:Thing";
  const imported = await stack.importFile(
    { resources: [{ type, name: "thing", id: "1", inputs, outputs: inputs }] },
    { flags: ["--protect=false"] },
  );
  expect(imported).toMatchObject({ code: 0, changes: { import: 1 } });

  const other = await Stack.create({ installation, files, config });
  await other.importState(await stack.exportState());
  expect(await other.preview()).toMatchObject({ code: 0, changes: { same: 2 } });
});

test("structured configuration is set by path, and output is streamed", async () => {
  let streamed = "";
  const stack = await Stack.create({
    installation,
    files: {
      "index.ts": `import { Config } from "@pulumi/pulumi";
        export const list = new Config("things").requireObject("list");`,
    },
    onOutput: (text) => {
      streamed += text;
    },
  });
  await stack.setConfig({ "things:list[0]": "a", "things:list[1]": "b" }, { path: true });
  const { output, outputs } = await stack.up();
  expect(outputs).toEqual({ list: ["a", "b"] });
  expect(streamed).toBe(output);
});
