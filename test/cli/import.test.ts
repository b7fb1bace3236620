import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, inject, it } from "vitest";
import { newStack, recordedConnections } from "../end-to-end/fixture.ts";
import { plugin, yamlProgram } from "../end-to-end/providers.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { ResourceState } from "../support/harness/stack-options.ts";
import * as fixture from "./fixture.ts";

const { connect, connectMany, environmentOf, newFolder, profilesOf, runTool, tokenOf } = fixture;
const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

/** Runs `import`; returns what it printed, and what it wrote. */
async function runImport(args: string[], env: Record<string, string>, cwd?: string) {
  const folder = cwd ?? (await newFolder());
  const { code, stdout, stderr } = await runTool(["import", ...args], { env, cwd: folder });
  expect(code).toBe(0);
  const read = (name: string) => readFile(join(folder, name), "utf8").catch(() => "");
  const file = await read("org-connections.json");
  return {
    stdout,
    stderr,
    names: await readdir(folder),
    resources: file === "" ? [] : JSON.parse(file).resources,
    program: await read("org-connections.ts"),
  };
}

describe("on the engine", () => {
  const writes = () => fake.requests.filter(({ method }) => method !== "GET");

  /** Runs the `pulumi import` that the tool printed. */
  async function runPrinted(stack: Stack, stderr: string, ...more: string[]) {
    const [command = ""] = stderr.match(/pulumi import .*/) ?? [];
    const args = [...command.split(" ").slice(1), "--yes", ...more];
    expect(await stack.pulumi(args)).toMatchObject({ code: 0 });
  }

  /** What the state records of each connection, by its URN. */
  async function properties(stack: Stack): Promise<object> {
    const resources: (ResourceState & { readonly protect?: boolean })[] =
      await recordedConnections(stack);
    return Object.fromEntries(
      resources.map(({ urn, ...rest }) => {
        const { id, inputs, outputs, protect } = rest;
        return [urn, { id, inputs, outputs, protect }];
      }),
    );
  }

  it("50 connections of two orgs are imported, and then nothing is left to change", async () => {
    connectMany(fake, 30);
    connectMany(fake, 20, orgs.shop);
    const env = profilesOf(fake, "payments", "shop");
    const stack = await newStack(fake, "", { env });
    const { stderr } = await runImport([], env, stack.workDirectory);
    expect(fake.requests).toHaveLength(4);
    await runPrinted(stack, stderr);
    expect(await recordedConnections(stack)).toHaveLength(50);

    const program = "org-connections.ts";
    const preview = await stack.preview({ program, refresh: true, expectNoChanges: true });
    expect(preview).toMatchObject({ code: 0, changes: { same: 51 } });
    const imported = await properties(stack);
    expect(await stack.up({ program, refresh: true })).toMatchObject({ code: 0 });
    expect(await properties(stack)).toEqual(imported);
    expect(writes()).toEqual([]);
  });

  it("with --plugin, only a file is written, and the code that Pulumi generates leaves nothing to change", async () => {
    const toHub = connect(fake, "payments", "hub");
    const ofShop = connect(fake, "shop", "hub", ["metrics", "audit"]);
    const env = profilesOf(fake, "payments", "shop");
    const stack = await newStack(fake, yamlProgram({}), { env });
    const cwd = stack.workDirectory;
    const { stdout, stderr, program, resources } = await runImport(
      ["--plugin", "--json"],
      env,
      cwd,
    );
    expect(stderr).toBe(
      "Wrote 2 connections to org-connections.json. Run this, and add the code that it prints to the program:\n" +
        "  pulumi import --file org-connections.json\n  pulumi preview --refresh\n",
    );
    expect(JSON.parse(stdout)).toMatchObject({ importFile: "org-connections.json", program: null });
    expect(program).toBe("");
    const { type } = plugin;
    expect(resources).toEqual([
      { type, name: "payments-to-hub", id: `payments/${toHub.id}` },
      { type, name: "shop-to-hub", id: `shop/${ofShop.id}` },
    ]);
    // Only the source may import, by whatever command.
    const { hub, payments } = orgs;
    const bySink = await stack.pulumi(["import", type, "ours", toHub.id, "--yes"], {
      env: { DD_API_KEY: hub.apiKey, DD_APP_KEY: hub.appKey },
    });
    expect(bySink.code).not.toBe(0);
    expect(bySink.output).toContain(
      `Cannot read the org connection ${toHub.id}: the connection ${toHub.id} has the source org ${payments.id}, ` +
        `but the credentials belong to the org ${hub.id}. Nothing was changed.`,
    );
    expect(await recordedConnections(stack)).toEqual([]);

    await runPrinted(stack, stderr, "--out", "generated.yaml");
    expect(await recordedConnections(stack)).toHaveLength(2);

    const generated = await readFile(join(cwd, "generated.yaml"), "utf8");
    expect(generated).toMatch(/profile: payments.*profile: shop/s);
    await stack.write("Pulumi.yaml", `name: test\nruntime: yaml\n${generated}`);
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(preview).toMatchObject({ code: 0 });
    expect(writes()).toEqual([]);

    const again = await runImport(["--plugin", "--force"], environmentOf(fake), cwd);
    expect(again.resources).toEqual([{ type, name: "to-hub", id: toHub.id }]);
  });
});

describe("the program", () => {
  it("is formatted, and passes the compiler in strict mode", async () => {
    connect(fake, "payments", "hub");
    const types = ["audit", "logs", "metrics", "network_monitoring", "of-later"];
    const sink = fake.addOrg("Søk & Görli");
    fake.connect({ source: orgs.payments, sink, types });
    connect(fake, "shop", "hub", ["audit"]);
    const { program } = await runImport([], profilesOf(fake, "payments", "shop"));
    expect(program).toContain(`  "payments-to-s-k-gorli": {
    profile: "payments",
    sinkOrgId: "${sink.id}", // Søk & Görli
    connectionTypes: [
      "audit",
      "logs",
`);
    const { project } = inject("installation");
    const file = join(await newFolder(), "index.ts");
    await writeFile(file, program);
    const biome = resolve("node_modules/@biomejs/biome/bin/biome");
    const style = ["--line-width=80", "--indent-style=space", "--vcs-enabled=false"];
    const format = [biome, "format", ...style, file];
    expect(await runCommand(process.execPath, format, { cwd: project })).toMatchObject({ code: 0 });

    await writeFile(join(project, "imported.ts"), program);
    const compiler = join(project, "node_modules/typescript/bin/tsc");
    const options = ["--strict", "--noEmit", "--exactOptionalPropertyTypes", "--skipLibCheck"];
    const module = ["--target", "es2022", "--module", "nodenext"];
    const compile = [compiler, ...options, ...module, join(project, "imported.ts")];
    const compiled = await runCommand(process.execPath, compile);
    expect(compiled).toMatchObject({ code: 0, output: "" });
  });

  it("names a profile as the settings do, however --profile spells it", async () => {
    connect(fake, "payments", "hub");
    const env = profilesOf(fake, "payments");
    const { program } = await runImport(["--profile", "PAYMENTS"], env);
    expect(program).toContain('profile: "payments"');
  });

  it("gives every org a unique name, from its id if its name has no Latin letters", async () => {
    const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
    const sinks = [fake.addOrg("Hub"), fake.addOrg("hub!"), fake.addOrg("検索", id)];
    for (const sink of sinks) fake.connect({ source: orgs.payments, sink, types: ["logs"] });
    const { program } = await runImport([], environmentOf(fake));
    expect(program.match(/"to-.*(?=":)/g)).toEqual(['"to-hub', '"to-hub-2', '"to-1b0c5a52']);
  });
});

describe("what can't be managed is left out", () => {
  it("because another org is the source", async () => {
    connect(fake, "payments", "hub");
    connect(fake, "shop", "payments");
    const source = fake.addOrg("\u001b[2JData");
    fake.connect({ source, sink: orgs.payments, types: ["logs"] });
    const { stdout, stderr } = await runImport(["--json"], environmentOf(fake));
    expect(stderr).toContain(
      "Left out 2 connections managed by their source org: \\u{1b}[2JData, Shop.\n",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      importFile: "org-connections.json",
      program: "org-connections.ts",
      connections: [{ name: "to-hub", sinkOrgId: orgs.hub.id }],
      leftOut: [{ sourceOrgName: "Shop" }, { sourceOrgName: source.name }],
    });
  });

  it("and if nothing is left, no file is written", async () => {
    connect(fake, "shop", "payments");
    const { stderr, names } = await runImport([], environmentOf(fake));
    expect(stderr).toContain("No connections to import; no files were written.");
    expect(names).toEqual([]);
  });

  it("but a token of an unknown org fails the run", async () => {
    connect(fake, "payments", "hub");
    const env = tokenOf(fake, "read", { identifies: false });
    const { code, stderr } = await runTool(["import"], { env });
    expect(code).toBe(1);
    expect(stderr).toContain("it is unknown which org these credentials belong to.");
  });
});

it("replaces a file with --force, and prints a command that quotes the name of the other", async () => {
  connect(fake, "payments", "hub");
  const cwd = await newFolder();
  await writeFile(join(cwd, "mine.ts"), "mine");
  const args = ["--out-file", "it's new.json", "--program", "mine.ts", "--force"];
  const { stderr } = await runImport(args, environmentOf(fake), cwd);
  expect(stderr).toContain("pulumi import --file 'it'\\''s new.json' --generate-code=false");
  expect(await readFile(join(cwd, "mine.ts"), "utf8")).toContain("to-hub");
});
