import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeEach, describe, expect, inject, it } from "vitest";
import { environmentOf, newStack, recordedConnections } from "../end-to-end/fixture.ts";
import { programOf } from "../end-to-end/ways.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { ResourceState } from "../support/harness/stack-options.ts";
import { connectMany, currentUser, list, newFolder, profilesOf, runTool } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

const writes = () => fake.requests.filter(({ method }) => method !== "GET");

/** What the state records of each connection, by its URN. */
async function properties(stack: Stack): Promise<object> {
  const resources: (ResourceState & { readonly protect?: boolean })[] =
    await recordedConnections(stack);
  return Object.fromEntries(
    resources.map(({ urn, id, inputs, outputs, protect }) => [
      urn,
      { id, inputs, outputs, protect },
    ]),
  );
}

it("200 connections of two orgs are imported, and then nothing is left to change", async () => {
  connectMany(fake, 120);
  connectMany(fake, 80, orgs.shop);
  const env = profilesOf(fake, "payments", "shop");
  const stack = await newStack(fake, "", { env });

  const { code, stderr } = await runTool(["import"], { env, cwd: stack.workDirectory });
  expect(code).toBe(0);
  expect(fake.requestLines.sort()).toEqual([currentUser, currentUser, list, list]);
  const [command = ""] = stderr.match(/pulumi import .*/) ?? [];
  expect(command).toBe("pulumi import --file org-connections.json --generate-code=false");
  expect(await stack.pulumi([...command.split(" ").slice(1), "--yes"])).toMatchObject({ code: 0 });
  expect(await recordedConnections(stack)).toHaveLength(200);

  const program = "org-connections.ts";
  const preview = await stack.preview({ program, refresh: true, expectNoChanges: true });
  expect(preview).toMatchObject({ code: 0, changes: { same: 201 } });
  const imported = await properties(stack);
  expect(await stack.up({ program, refresh: true })).toMatchObject({ code: 0 });
  expect(await properties(stack)).toEqual(imported);
  expect(writes()).toEqual([]);
});

it("the import file has exactly what the provider stores of a connection that it made", async () => {
  const declared = { hub: { sinkOrgId: orgs.hub.id, connectionTypes: ["metrics", "logs"] } };
  const stack = await newStack(fake, programOf(declared));
  await stack.up();
  const [recorded] = await recordedConnections(stack);

  const cwd = await newFolder();
  expect(await runTool(["import"], { env: environmentOf(fake), cwd })).toMatchObject({ code: 0 });
  const { resources } = JSON.parse(await readFile(join(cwd, "org-connections.json"), "utf8"));
  expect(resources).toEqual([
    {
      type: recorded?.type,
      name: "to-hub",
      id: recorded?.id,
      inputs: recorded?.inputs,
      outputs: recorded?.outputs,
    },
  ]);
});

describe("the program", () => {
  async function programFor(env: Record<string, string>): Promise<string> {
    const cwd = await newFolder();
    expect(await runTool(["import"], { env, cwd })).toMatchObject({ code: 0 });
    return readFile(join(cwd, "org-connections.ts"), "utf8");
  }

  it("is formatted, and passes the compiler in strict mode", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const types = ["audit", "logs", "metrics", "network_monitoring", "of-later"];
    fake.connect({ source: orgs.payments, sink: fake.addOrg("Søk & Görli"), types });
    fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["audit"] });
    const program = await programFor(profilesOf(fake, "payments", "shop"));
    expect(program).toContain(`  "payments-to-s-k-gorli": {
    profile: "payments",
    sinkOrgId: "${fake.orgs.at(-1)?.id}", // Søk & Görli
    connectionTypes: [
      "audit",
      "logs",
`);
    const stack = await newStack(fake, program);
    const file = join(stack.workDirectory, "index.ts");
    const format = ["format", "--line-width=80", "--indent-style=space", "--vcs-enabled=false"];
    const biome = resolve("node_modules/@biomejs/biome/bin/biome");
    const formatted = await runCommand(process.execPath, [biome, ...format, file], {
      cwd: stack.workDirectory,
    });
    expect(formatted).toMatchObject({ code: 0 });

    const compiler = join(inject("installation").project, "node_modules/typescript/bin/tsc");
    const options = ["--strict", "--noEmit", "--exactOptionalPropertyTypes", "--skipLibCheck"];
    const module = ["--target", "es2022", "--module", "nodenext"];
    const compiled = await runCommand(process.execPath, [compiler, ...options, ...module, file]);
    expect(compiled).toMatchObject({ code: 0, output: "" });
  });

  it("names a profile as the settings do, however --profile spells it", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const cwd = await newFolder();
    const args = ["import", "--profile", "PAYMENTS"];
    const { code } = await runTool(args, { env: profilesOf(fake, "payments"), cwd });
    expect(code).toBe(0);
    const program = await readFile(join(cwd, "org-connections.ts"), "utf8");
    expect(program).toContain('profile: "payments"');
  });

  it("gives every org a unique name, from its id if its name has no Latin letters", async () => {
    for (const name of ["Hub", "hub!", "検索"]) {
      const sink = fake.addOrg(
        name,
        name === "検索" ? "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10" : undefined,
      );
      fake.connect({ source: orgs.payments, sink, types: ["logs"] });
    }
    const program = await programFor(environmentOf(fake));
    expect(program.match(/"to-.*(?=":)/g)).toEqual(['"to-hub', '"to-hub-2', '"to-1b0c5a52']);
  });
});

it("--plugin writes a file that names each connection, and its profile, for the plugin", async () => {
  const toHub = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  const ofShop = fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["audit"] });
  const type = "datadog-org-connections:index:OrgConnection";
  const cwd = await newFolder();
  const env = profilesOf(fake, "payments", "shop");
  const { code, stdout, stderr } = await runTool(["import", "--plugin", "--json"], { env, cwd });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr:
      "Wrote 2 connections to org-connections.json. Run this, and add the code that it prints to the program:\n" +
      "  pulumi import --file org-connections.json\n  pulumi preview --refresh\n",
  });
  expect(JSON.parse(stdout)).toMatchObject({ importFile: "org-connections.json", program: null });
  expect(await readdir(cwd)).toEqual(["org-connections.json"]);
  const file = join(cwd, "org-connections.json");
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
    resources: [
      { type, name: "payments-to-hub", id: `payments/${toHub.id}` },
      { type, name: "shop-to-hub", id: `shop/${ofShop.id}` },
    ],
  });

  const force = ["import", "--plugin", "--force"];
  expect(await runTool(force, { env: environmentOf(fake), cwd })).toMatchObject({ code: 0 });
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
    resources: [{ type, name: "to-hub", id: toHub.id }],
  });
});

it("--plugin's file is imported, and then the code that Pulumi generates leaves nothing to change", async () => {
  const toHub = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  const ofShop = fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["metrics", "audit"] });
  const env = profilesOf(fake, "payments", "shop");
  const project = "name: test\nruntime: yaml\n";
  const stack = await newStack(fake, "", { env, files: { "Pulumi.yaml": project } });

  const { stderr } = await runTool(["import", "--plugin"], { env, cwd: stack.workDirectory });
  const [command = ""] = stderr.match(/pulumi import .*/) ?? [];
  const args = [...command.split(" ").slice(1), "--yes", "--out", "generated.yaml"];
  expect(await stack.pulumi(args)).toMatchObject({ code: 0 });
  const ids = (await recordedConnections(stack)).map(({ id }) => id);
  expect(ids.sort()).toEqual([toHub.id, ofShop.id].sort());

  const generated = await readFile(join(stack.workDirectory, "generated.yaml"), "utf8");
  expect(generated).toMatch(/profile: payments.*profile: shop/s);
  await stack.write("Pulumi.yaml", project + generated);
  const preview = await stack.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(preview).toMatchObject({ code: 0 });
  expect(writes()).toEqual([]);
});

it("--plugin writes no program", async () => {
  const args = ["import", "--plugin", "--program", "index.ts"];
  const { code, stderr } = await runTool(args, { env: environmentOf(fake) });
  expect(code).toBe(2);
  expect(stderr).toContain("'--plugin' cannot be used with option '--program <file>'");
});

describe("what can't be managed is left out", () => {
  it("because another org is the source", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    fake.connect({ source: orgs.shop, sink: orgs.payments, types: ["logs"] });
    fake.connect({ source: orgs.data, sink: orgs.payments, types: ["logs"] });
    const { code, stdout, stderr } = await runTool(["import", "--json"], {
      env: environmentOf(fake),
    });
    expect(code).toBe(0);
    expect(stderr).toContain("Left out 2 connections managed by their source org: Data, Shop.\n");
    expect(JSON.parse(stdout)).toMatchObject({
      importFile: "org-connections.json",
      program: "org-connections.ts",
      connections: [{ name: "to-hub", sinkOrgId: orgs.hub.id }],
      leftOut: [{ sourceOrgName: "Shop" }, { sourceOrgName: "Data" }],
    });
  });

  it("and if nothing is left, no file is written", async () => {
    fake.connect({ source: orgs.shop, sink: orgs.payments, types: ["logs"] });
    const cwd = await newFolder();
    const { code, stderr } = await runTool(["import"], { env: environmentOf(fake), cwd });
    expect(code).toBe(0);
    expect(stderr).toContain("No connections to import; no files were written.");
    expect(await readdir(cwd)).toEqual([]);
  });

  it("rejects a token of an unknown org", async () => {
    fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    fake.addCredentials(orgs.payments, { token: "ddpat_1" }, "read", { identifies: false });
    const env = { DD_HOST: fake.url, DD_BEARER_TOKEN: "ddpat_1" };
    const { code, stderr } = await runTool(["import"], { env });
    expect(code).toBe(1);
    expect(stderr).toContain("it is unknown which org these credentials belong to.");
  });
});

it("replaces files only with --force, and writes none if one exists", async () => {
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  const cwd = await newFolder();
  await writeFile(join(cwd, "mine.ts"), "mine");
  const args = ["import", "--out-file", "it's new.json", "--program", "mine.ts"];
  const env = environmentOf(fake);
  const refused = await runTool(args, { env, cwd });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("error: Cannot write mine.ts: it already exists.");
  expect(await readdir(cwd)).toEqual(["mine.ts"]);

  const { code, stderr } = await runTool([...args, "--force"], { env, cwd });
  expect(code).toBe(0);
  expect(stderr).toContain("pulumi import --file 'it'\\''s new.json' --generate-code=false");
  expect(await readFile(join(cwd, "mine.ts"), "utf8")).toContain("to-hub");
});
