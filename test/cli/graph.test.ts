import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { dot as dotOf, mermaid as mermaidOf, topologyOf } from "../../cli/graph.ts";
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
    const name = (length: number) => "検".repeat(length); // its key is the id, whatever the length
    const sinks = Array.from({ length: 200 }, () => fake.addOrg(name(150)));
    for (const sink of sinks) fake.connect({ source: orgs.payments, sink, types: ["logs"] });
    const shown = async () => {
      const { code, stdout, stderr } = await run();
      return { code, length: stdout.length, stderr };
    };
    let left = 50_000 - (await shown()).length;
    for (const sink of sinks) {
      const change = Math.max(-149, Math.min(50, left));
      fake.renameOrg(sink, name(150 + change));
      left -= change;
    }
    expect(await shown()).toEqual({ code: 0, length: 50_000, stderr: "" });
    fake.setTypes(fake.connections.at(-1)?.id ?? "", ["event"]); // a letter longer
    const more = { code: 0, length: 50_001, stderr: note("201 connections", "50,001") };
    expect(await shown()).toEqual(more);
  });
});

it("cuts long names, and takes a time that grows with the number of orgs", () => {
  const long = "Hub ".repeat(150_000); // 600 KB
  const connections = Array.from({ length: 100_000 }, (_, index) => ({
    id: `${index}`,
    connectionTypes: ["logs"],
    createdAt: "2025-08-26T20:19:38Z",
    sourceOrgId: `source ${index}`,
    sourceOrgName: "one name",
    sinkOrgId: `sink ${index % 100}`,
    sinkOrgName: long,
  }));
  const topology = topologyOf(connections);
  expect(new Set(topology.orgs.map(({ key }) => key)).size).toBe(100_100);
  const isCut = (text: string, ellipsis: string) =>
    text.length < 20_000_000 && text.includes(`"${long.slice(0, 200)}${ellipsis}"`);
  expect(isCut(mermaidOf(topology), "#8230;")).toBe(true);
  expect(isCut(dotOf(topology), "…")).toBe(true);
});
