import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { connectMany, list, newFolder, profilesOf, runTool } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
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

it("draws Mermaid unless told, in an order that doesn't depend on age", async () => {
  const { code, stdout, stderr } = await runTool(["graph"], { env: profilesOf(fake, "hub") });
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: mermaid, stderr: "" });
  expect(fake.requestLines).toEqual([list]);
});

it("draws DOT", async () => {
  const { stdout } = await runTool(["graph", "--format", "dot"], { env: profilesOf(fake, "hub") });
  expect(stdout).toContain('  org_payments [label="Payments"];\n');
  expect(stdout).toContain('  org_payments -> org_hub [label="logs, metrics"];\n');
});

it("prints the topology as JSON", async () => {
  const { stdout } = await runTool(["graph", "--json"], { env: environmentOf(fake) });
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
  ["orgs.svg", /<svg .*>Payments<\/text>.*>logs, metrics<\/text>/s],
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
  expect(stderr).toContain("error: Cannot write orgs.mmd: it exists already.");
  expect(await readFile(file, "utf8")).toBe("mine");
  expect(await runTool([...args, "--force"], { env, cwd })).toMatchObject({ code: 0 });
  expect(await readFile(file, "utf8")).toMatch(/^flowchart/);
});

it("says when Mermaid would refuse to draw so many", async () => {
  connectMany(fake, 500);
  const { stdout, stderr } = await runTool(["graph"], { env: environmentOf(fake) });
  expect(stdout.match(/-->/g)).toHaveLength(501);
  expect(stderr).toBe("Mermaid draws at most 500 connections unless told; .svg draws all.\n");
});
