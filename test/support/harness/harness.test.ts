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

/** The flags of operations that the outside world has drifted for. */
const drifted = { expectNoChanges: true, env: { THING_SIZE: "small" } };

test("a stack lives from its first up to its destruction, and tells drift by its exit codes", async () => {
  process.env["DD_API_KEY"] = "the caller's";
  const stack = await Stack.create({
    installation,
    files: { "index.ts": PROGRAM },
    config,
    env: { DD_SITE: "the test's" },
  });
  const up = await stack.up().finally(() => delete process.env["DD_API_KEY"]);
  expect(up.output).toContain("2 created");
  expect(up).toMatchObject({ code: 0, changes: { create: 2 } });
  expect(JSON.stringify(up.outputs["size"])).toContain("ciphertext");
  for (const names of [up.outputs["environment"], up.outputs["ownEnvironment"]]) {
    expect(names).toContain("DD_SITE");
    expect(names).not.toContain("DD_API_KEY");
  }
  const state = await stack.exportState();
  expect(await stack.readState()).toEqual(state);
  expect(state.deployment.resources?.at(-1)).toMatchObject({
    type: "pulumi-nodejs:dynamic/test:Thing",
    id: "1",
    outputs: { size: "big" },
  });

  const idle = await stack.preview({ expectNoChanges: true });
  expect(idle).toMatchObject({ code: 0, changes: { same: 2 } });
  const seen = await stack.refresh({ previewOnly: true, ...drifted });
  expect(seen).toMatchObject({ code: 7, changes: { update: 1 } });
  const { urn = "" } = state.deployment.resources?.at(-1) ?? {};
  expect(seen.outcomes).toContainEqual({ operation: "update", urn });
  const withProgram = { runProgram: true, env: { THING_SIZE: "small" } };
  expect(await stack.refresh(withProgram)).toMatchObject({ code: 0, changes: { update: 1 } });
  expect((await stack.readState()).deployment.resources?.at(-1)?.outputs).toMatchObject({
    size: "small",
  });

  const destroyed = await stack.destroy();
  expect(destroyed).toMatchObject({ code: 0, changes: { delete: 2 } });
  expect((await stack.readState()).deployment.resources ?? []).toEqual([]);
});

test("programs may be functions, CommonJS modules or in YAML, and their output is streamed", async () => {
  let streamed = "";
  const stack = await Stack.create({
    installation,
    files: {
      "function.ts": `import { Config } from "@pulumi/pulumi";
        export default async () => ({ list: new Config("things").requireObject("list") });`,
      "module.cjs": "exports.kind = 'module';",
    },
    onOutput: (text) => {
      streamed += text;
    },
  });
  await stack.setConfig({ "things:list[0]": "a", "things:list[1]": "b" }, { path: true });
  const { output, outputs } = await stack.up({ program: "function.ts" });
  expect(outputs).toEqual({ list: ["a", "b"] });
  expect(streamed).toBe(output);
  expect((await stack.up({ program: "module.cjs" })).outputs).toEqual({ kind: "module" });
  await stack.write("Pulumi.yaml", "{name: test, runtime: yaml, outputs: {kind: yaml}}");
  expect((await stack.up()).outputs).toEqual({ kind: "yaml" });
});

test("a process that serves several operations loads each program anew, with its environment", async () => {
  const program = (kind: string) =>
    `const part = require("./part.cjs"); exports.seen = [process.pid, "${kind}", part, process.env.OWN];`;
  const newStack = (kind: string) =>
    Stack.create({
      installation,
      files: { "index.cjs": program(kind), "part.cjs": "module.exports = 1;" },
      program: "index.cjs",
      reusesProcesses: true,
    });
  const stack = await newStack("first");
  const { outputs } = await stack.up({ env: { OWN: "own" } });
  const [pid] = Object(outputs["seen"]);
  expect(outputs).toEqual({ seen: [pid, "first", 1, "own"] });
  await stack.write("index.cjs", program("changed"));
  await stack.write("part.cjs", "module.exports = 2;");
  expect((await stack.up()).outputs).toEqual({ seen: [pid, "changed", 2, null] });
  expect((await (await newStack("other")).up()).outputs).toEqual({ seen: [pid, "other", 1, null] });

  await stack.write("index.cjs", "throw new Error('the program gave up');");
  expect(await stack.up()).toMatchObject({ code: 1 });
  await stack.write("index.cjs", program("after a failure"));
  const [later] = Object((await stack.up()).outputs["seen"]);
  expect(later).not.toBe(pid);
});

test("a program that fails gives its exit code, what the user sees, and a transcript of all", async () => {
  const stack = await Stack.create({
    installation,
    files: { "index.ts": `throw new Error("the program gave up");` },
    requests: () => ["GET /things 200"],
  });
  await stack.setConfig({ "things:key": { value: "hidden", secret: true } });
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain("the program gave up");

  const transcript = String(stack.transcript);
  expect(transcript).toMatch(
    /^index\.ts:\n {2}\| throw new Error\("the program gave up"\);\n\$ pulumi /,
  );
  expect(transcript).toContain("--secret things:key=[secret] ");
  expect(transcript).toMatch(/\n\$ pulumi up --yes .*\n {2}\| Updating \(test\):\n/);
  expect(transcript).toMatch(/exit code 0, 1 requests:\n {2}\| GET \/things 200\n/);
  expect(transcript).toMatch(/exit code 1, 0 requests:\n {2}\| $/);
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
