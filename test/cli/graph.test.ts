import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { render, topologyOf } from "../../cli/graph.ts";
import { takeRequests } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { connect, environmentOf, newFolder, profilesOf, runJson, runTool } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
  connect(fake, "shop", "hub", ["audit"]);
  connect(fake, "payments", "hub", ["metrics", "logs"]);
});

const mermaid = `flowchart LR
  org_hub["Hub"]
  org_payments["Payments"]
  org_shop["Shop"]
  org_payments -->|"logs, metrics"| org_hub
  org_shop -->|"audit"| org_hub
`;

it("renders Mermaid by default, in an order that doesn't depend on age", async () => {
  const run = await runTool(["graph"], { env: profilesOf(fake, "hub") });
  expect(run).toEqual({ code: 0, stdout: mermaid, stderr: "" });
  expect(takeRequests(fake)).toEqual(["Hub: GET list 200"]);
});

it("renders DOT, also into a file of that extension, which is replaced only with --force", async () => {
  const cwd = await newFolder();
  const env = profilesOf(fake, "hub");
  const { code, stdout, stderr } = await runTool(["graph", "--format", "dot"], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^digraph \{\n.*\n\}\n$/s);
  expect(stdout).toContain('  org_payments [label="Payments"];\n');
  expect(stdout).toContain('  org_payments -> org_hub [label="logs, metrics"];\n');

  const file = join(cwd, "orgs.dot");
  await writeFile(file, "mine");
  const args = ["graph", "--out", "orgs.dot"];
  const refused = await runTool(args, { env, cwd });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("error: Cannot write orgs.dot: it already exists.");
  expect(await readFile(file, "utf8")).toBe("mine");
  const run = await runTool([...args, "--force"], { env, cwd });
  expect(run).toEqual({ code: 0, stdout: "", stderr: "Wrote orgs.dot.\n" });
  expect(await readFile(file, "utf8")).toBe(stdout);
});

it("prints the topology as JSON, and writes the graph", async () => {
  const cwd = await newFolder();
  const args = ["graph", "--out", "orgs.mmd"];
  const { code, stderr, json } = await runJson(args, { env: profilesOf(fake, "hub"), cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "Wrote orgs.mmd.\n" });
  const { hub, payments, shop } = orgs;
  expect(json).toEqual({
    orgs: [hub, payments, shop].map(({ id, name }) => ({ id, name })),
    connections: [
      { sourceOrgId: payments.id, sinkOrgId: hub.id, connectionTypes: ["logs", "metrics"] },
      { sourceOrgId: shop.id, sinkOrgId: hub.id, connectionTypes: ["audit"] },
    ],
  });
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

    connect(fake, "payments", "data", ["a"]);
    const { code, stdout, stderr } = await run();
    const size = stdout.length.toLocaleString("en");
    expect({ code, stderr }).toEqual({ code: 0, stderr: note("501 connections", size) });
    expect(await run("--format", "dot")).toMatchObject({ code: 0, stderr: "" });
    expect(await run("--json")).toMatchObject({ code: 0, stderr: "" });
  });

  it("by the length of the text", async () => {
    const name = "検".repeat(100); // its key is the id, whatever the length
    for (let index = 0; index < 313; index += 1) {
      fake.connect({ source: orgs.payments, sink: fake.addOrg(name), types: ["logs"] });
    }
    const { stdout } = await run();
    const id = fake.connections.at(-1)?.id ?? "";
    const setLength = (length: number) =>
      fake.setTypes(id, ["logs".padEnd(4 + length - stdout.length, "s")]);
    setLength(50_000);
    const most = await run();
    expect(most.stdout).toHaveLength(50_000);
    expect(most).toMatchObject({ code: 0, stderr: "" });
    setLength(50_001);
    const more = await run();
    expect(more).toMatchObject({ code: 0, stderr: note("314 connections", "50,001") });
  });
});

it("cuts long names, and takes a time that grows with the number of orgs", () => {
  const long = "Hub ".repeat(150_000); // 600 KB
  const topology = topologyOf(
    Array.from({ length: 100_000 }, (_, index) => ({
      id: `${index}`,
      connectionTypes: ["logs"],
      createdAt: "2025-08-26T20:19:38Z",
      sourceOrgId: `source ${index}`,
      sourceOrgName: "one name",
      sinkOrgId: `sink ${index % 100}`,
      sinkOrgName: long,
    })),
  );
  const dot = render(topology, "dot");
  expect(new Set(dot.match(/^ {2}org_\w+ \[/gm)).size).toBe(100_100);
  expect(dot).toContain(`"${long.slice(0, 200)}…"`);
  const text = render(topology, "mermaid");
  expect(text).toContain(`"${long.slice(0, 200)}#8230;"`);
  expect(Math.max(dot.length, text.length)).toBeLessThan(20_000_000);
});
