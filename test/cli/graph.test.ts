import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { list, newFolder, profilesOf, runTool } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
  fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["audit"] });
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["metrics", "logs"] });
});

const mermaid = `flowchart LR
  org_hub["Hub"]
  org_payments["Payments"]
  org_shop["Shop"]
  org_payments -->|"logs, metrics"| org_hub
  org_shop -->|"audit"| org_hub
`;

it("renders Mermaid by default, in an order that doesn't depend on age", async () => {
  const { code, stdout, stderr } = await runTool(["graph"], { env: profilesOf(fake, "hub") });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: mermaid, stderr: "" });
  expect(fake.requestLines).toEqual([list]);
});

it("renders DOT", async () => {
  const env = profilesOf(fake, "hub");
  const { code, stdout, stderr } = await runTool(["graph", "--format", "dot"], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain('  org_payments [label="Payments"];\n');
  expect(stdout).toContain('  org_payments -> org_hub [label="logs, metrics"];\n');
});

it("prints the topology as JSON", async () => {
  const { code, stdout } = await runTool(["graph", "--json"], { env: environmentOf(fake) });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    orgs: [
      { id: orgs.hub.id, name: "Hub" },
      { id: orgs.payments.id, name: "Payments" },
    ],
    connections: [
      {
        sourceOrgId: orgs.payments.id,
        sinkOrgId: orgs.hub.id,
        connectionTypes: ["logs", "metrics"],
      },
    ],
  });
});

it.each([
  ["orgs.mmd", /^flowchart LR\n/],
  ["orgs.dot", /^digraph \{\n/],
])("writes %s in the format of its ending", async (file, content) => {
  const cwd = await newFolder();
  const run = await runTool(["graph", "--out", file], { env: environmentOf(fake), cwd });
  expect(run).toEqual({ code: 0, stdout: "", stderr: `Wrote ${file}.\n` });
  expect(await readFile(join(cwd, file), "utf8")).toMatch(content);
});

it("replaces a file only with --force", async () => {
  const cwd = await newFolder();
  const file = join(cwd, "orgs.mmd");
  await writeFile(file, "mine");
  const args = ["graph", "--out", "orgs.mmd"];
  const env = environmentOf(fake);
  const { code, stderr } = await runTool(args, { env, cwd });
  expect(code).toBe(1);
  expect(stderr).toContain("error: Cannot write orgs.mmd: it already exists.");
  expect(await readFile(file, "utf8")).toBe("mine");
  expect(await runTool([...args, "--force"], { env, cwd })).toMatchObject({ code: 0 });
  expect(await readFile(file, "utf8")).toMatch(/^flowchart/);
});

it.each(["orgs.mmd", "missing/orgs.mmd", "folder"])(
  "prints no JSON if %s can't be written",
  async (out) => {
    const cwd = await newFolder();
    await writeFile(join(cwd, "orgs.mmd"), "mine");
    await mkdir(join(cwd, "folder"));
    const args = ["graph", "--json", "--format", "mermaid", "--out", out];
    const { code, stdout, stderr } = await runTool(args, { env: environmentOf(fake), cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^error: Cannot write ${out}: .+\n$`));
    expect((await readdir(cwd)).sort()).toEqual(["folder", "orgs.mmd"]);
    expect(await readFile(join(cwd, "orgs.mmd"), "utf8")).toBe("mine");
  },
);

it("prints JSON and writes the graph", async () => {
  const cwd = await newFolder();
  const args = ["graph", "--json", "--out", "orgs.mmd"];
  const { code, stdout, stderr } = await runTool(args, { env: profilesOf(fake, "hub"), cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "Wrote orgs.mmd.\n" });
  expect(JSON.parse(stdout).connections).toHaveLength(2);
  expect(await readFile(join(cwd, "orgs.mmd"), "utf8")).toBe(mermaid);
});

describe("warns if the graph is too large for GitHub", () => {
  const run = (...args: string[]) => runTool(["graph", ...args], { env: environmentOf(fake) });
  const note = (connections: string, characters: string) =>
    `This graph has ${connections} and ${characters} characters. By default, Mermaid renders at ` +
    "most 500 connections and 50,000 characters, so GitHub won't render it. " +
    "Use --format dot and Graphviz (dot -Tsvg) instead.\n";

  it("by the number of connections", async () => {
    for (let index = 1; index < 500; index += 1) {
      fake.connect({ source: orgs.payments, sink: fake.addOrg(index.toString(36)), types: ["a"] });
    }
    const most = await run();
    expect(most.stdout.match(/-->/g)).toHaveLength(500);
    expect(most).toMatchObject({ code: 0, stderr: "" });

    fake.connect({ source: orgs.payments, sink: orgs.data, types: ["a"] });
    const { code, stdout, stderr } = await run();
    expect(stdout.length).toBeLessThan(50_000);
    const size = stdout.length.toLocaleString("en");
    expect({ code, stderr }).toEqual({ code: 0, stderr: note("501 connections", size) });
    expect(await run("--format", "dot")).toMatchObject({ code: 0, stderr: "" });
    expect(await run("--json")).toMatchObject({ code: 0, stderr: "" });
  });

  it("by the length of the text", async () => {
    const shortest = 100; // a longer name makes only the label longer
    const lengthWith = async (name: number) => {
      fake.renameOrg(orgs.hub, "x".repeat(name));
      const { code, stdout, stderr } = await run();
      return { code, length: stdout.length, stderr };
    };
    const { length } = await lengthWith(shortest);
    const most = shortest + 50_000 - length;
    expect(await lengthWith(most)).toEqual({ code: 0, length: 50_000, stderr: "" });
    const more = { code: 0, length: 50_001, stderr: note("1 connection", "50,001") };
    expect(await lengthWith(most + 1)).toEqual(more);
  });
});
