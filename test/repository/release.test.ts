import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { runCommand, succeed } from "../support/engine/run-command.ts";

const matrix = z.object({ include: z.array(z.object({ target: z.string() })) });
const step = z.object({ name: z.string().optional(), run: z.string().optional() });
const job = z.object({
  steps: z.array(step),
  strategy: z.object({ matrix }).optional(),
});
const workflow = z.object({ jobs: z.record(z.string(), job) });

let folder: string;
let jobs: z.infer<typeof job>[];

beforeAll(async () => {
  const text = await readFile(".github/workflows/release.yml", "utf8");
  jobs = Object.values(workflow.parse(parse(text)).jobs);
  folder = await mkdtemp(join(tmpdir(), "release-"));
});

afterAll(() => rm(folder, { recursive: true }));

/** Runs a step of the workflow in the folder. */
function runStep(name: string, env: Record<string, string>) {
  const found = jobs.flatMap(({ steps }) => steps).find((each) => each.name?.startsWith(name));
  const args = ["-e", "-c", found?.run ?? `echo "no step ${name}"; exit 2`];
  return runCommand("bash", args, { cwd: folder, env: { PATH: process.env["PATH"], ...env } });
}

it.each([
  ["v1.2.0", "## 1.2.0 (2026-11-24)\n", ""],
  ["v1.2.1", "## 1.2.1 (2026-11-24)\n", "The tag is v1.2.1, but package.json has version 1.2.0."],
  ["1.2.0", "## 1.2.0 (2026-11-24)\n", "The tag is 1.2.0, but package.json has version 1.2.0."],
  ["v1.2.0", "## 1.2.0 (unreleased)\n", 'no heading "## 1.2.0 (YYYY-MM-DD)"'],
  ["v1.2.0", "## 11.2.0 (2026-11-24)\n", 'no heading "## 1.2.0 (YYYY-MM-DD)"'],
])("a release with the tag %s and the changelog %j says %j", async (tag, changelog, problem) => {
  await writeFile(join(folder, "package.json"), JSON.stringify({ version: "1.2.0" }));
  await writeFile(join(folder, "CHANGELOG.md"), `# Changelog\n\n${changelog}`);
  const { code, output } = await runStep("The tag, package.json", { TAG: tag });
  expect(output).toContain(problem);
  expect(code).toBe(problem === "" ? 0 : 1);
});

it("a release has an archive for each platform, named as the CLI looks for it, with checksums", async () => {
  const executable = "pulumi-resource-datadog-org-connections";
  for (const name of ["build", "dist/plugin"]) await mkdir(join(folder, name), { recursive: true });
  for (const name of [executable, `${executable}.cdx.json`]) {
    await writeFile(join(folder, "build", name), "");
  }
  await writeFile(join(folder, "dist/plugin/main.cdx.json"), "");
  const targets = jobs.flatMap(({ strategy }) => strategy?.matrix.include ?? []);
  for (const { target } of targets) {
    const env = { TAG: "v1.2.0", TARGET: target };
    expect(await runStep("Archive", env)).toMatchObject({ code: 0 });
  }
  expect(await runStep("Checksums", { TAG: "v1.2.0" })).toMatchObject({ code: 0 });
  const { stdout } = await succeed("sha256sum", ["--check", "SHA256SUMS"], { cwd: folder });
  const platforms = ["darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64"];
  expect(stdout.trim().split("\n").sort()).toEqual([
    "pulumi-datadog-org-connections-v1.2.0.cdx.json: OK",
    ...platforms.flatMap((platform) =>
      ["cdx.json", "tar.gz"].map((ending) => `${executable}-v1.2.0-${platform}.${ending}: OK`),
    ),
  ]);
  const [archive = ""] = (await readdir(folder)).filter((name) => name.endsWith(".tar.gz"));
  const listed = await succeed("tar", ["-tzf", join(folder, archive)]);
  expect(listed.stdout).toBe(`${executable}\n${executable}.cdx.json\n`);
});

it.each([
  ".github/workflows/ci.yml",
  ".github/workflows/release.yml",
  "examples/drift-pipeline/.github/workflows/drift.yml",
])("%s runs each action at a commit, with its version as a comment", async (path) => {
  const actions = (await readFile(path, "utf8")).split("\n").filter((line) => /\buses:/.test(line));
  expect(actions.length).toBeGreaterThan(0);
  for (const line of actions) {
    expect(line).toMatch(/^ *(- )?uses: [\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

it("a user installs at most 12 packages beside @pulumi/pulumi, and node-fetch is one that an audit sees", async () => {
  const dependencies = z.record(z.string(), z.string()).default({});
  const lock = z.object({ packages: z.record(z.string(), z.object({ dependencies })) });
  const { packages } = lock.parse(JSON.parse(await readFile("package-lock.json", "utf8")));
  const installed = new Set<string>();
  const install = (path: string) => {
    for (const name of Object.keys(packages[path]?.dependencies ?? {})) {
      if (installed.has(name)) continue;
      installed.add(name);
      install(`node_modules/${name}`);
    }
  };
  install("");
  expect([...installed]).toContain("node-fetch");
  expect(installed.size).toBeLessThanOrEqual(12 - 1);
});
