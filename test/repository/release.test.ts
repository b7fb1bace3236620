import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { runCommand, succeed } from "../support/engine/run-command.ts";

const step = z.object({
  name: z.string().optional(),
  run: z.string().optional(),
  uses: z.string().optional(),
});
const job = z.object({
  needs: z.string().optional(),
  permissions: z.record(z.string(), z.string()),
  steps: z.array(step),
});
const matrix = z.object({ include: z.array(z.object({ target: z.string() })) });
const workflow = z.object({
  jobs: z.object({
    build: job,
    plugins: job.extend({ strategy: z.object({ matrix }) }),
    publish: job,
    release: job,
  }),
});

let folder: string;
let jobs: z.infer<typeof workflow>["jobs"];

beforeAll(async () => {
  const text = await readFile(".github/workflows/release.yml", "utf8");
  ({ jobs } = workflow.parse(parse(text)));
  folder = await mkdtemp(join(tmpdir(), "release-"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ version: "1.2.0" }));
});

afterAll(() => rm(folder, { recursive: true }));

it.each([
  ["v1.2.0", "## 1.2.0 (2026-11-24)\n", ""],
  ["v1.2.1", "## 1.2.1 (2026-11-24)\n", "The tag is v1.2.1, but package.json has version 1.2.0."],
  ["1.2.0", "## 1.2.0 (2026-11-24)\n", "The tag is 1.2.0, but package.json has version 1.2.0."],
  ["v1.2.0", "## 1.2.0 (unreleased)\n", 'no heading "## 1.2.0 (YYYY-MM-DD)"'],
  ["v1.2.0", "## 11.2.0 (2026-11-24)\n", 'no heading "## 1.2.0 (YYYY-MM-DD)"'],
])("a release with the tag %s and the changelog %j tells %j", async (tag, changelog, problem) => {
  await writeFile(join(folder, "CHANGELOG.md"), `# Changelog\n\n${changelog}`);
  const check = jobs.build.steps.find(({ name }) => name?.startsWith("The tag"))?.run ?? "";
  const env = { PATH: process.env["PATH"], TAG: tag };
  const { code, output } = await runCommand("bash", ["-e", "-c", check], { cwd: folder, env });
  expect(output).toContain(problem);
  expect(code).toBe(problem === "" ? 0 : 1);
});

const commandsOf = ({ steps }: z.infer<typeof job>) => steps.flatMap(({ run = [] }) => run);

it("what is published is the file that was packed after the checks and the tests", () => {
  expect(commandsOf(jobs.build).slice(1)).toEqual([
    expect.stringContaining("origin/main"),
    "npm ci",
    "npm test",
    expect.stringContaining("repository.url"),
    "npm pack",
  ]);
  expect(jobs.publish.needs).toBe("plugins");
  expect(commandsOf(jobs.publish)).toEqual([expect.stringMatching(/^npm publish \.\/\*\.tgz /)]);
});

it("what runs the code of dependencies can't publish", () => {
  expect(jobs.build.permissions).toEqual({ contents: "read" });
  expect(jobs.plugins.permissions).toEqual({ contents: "read" });
});

it("the plugins are built after the tests, with the address that they are downloaded from", () => {
  expect(jobs.plugins.needs).toBe("build");
  expect(commandsOf(jobs.plugins).slice(0, 5)).toEqual([
    "npm ci",
    expect.stringContaining("repository.url"),
    "npm run build:plugin",
    expect.stringContaining("github://api.github.com/$GITHUB_REPOSITORY"),
    expect.stringContaining("raw.githubusercontent.com/nodejs/node/$(npx node --version)/LICENSE"),
  ]);
});

it("the release has an archive for each platform, named as the CLI looks for it", async () => {
  const executable = "pulumi-resource-datadog-org-connections";
  await mkdir(join(folder, "build"));
  for (const name of [executable, `${executable}.cdx.json`]) {
    await writeFile(join(folder, "build", name), "");
  }
  const archive = jobs.plugins.steps.find(({ name }) => name === "Archive")?.run ?? "";
  for (const { target } of jobs.plugins.strategy.matrix.include) {
    const env = { PATH: process.env["PATH"], TAG: "v1.2.0", TARGET: target };
    await succeed("bash", ["-e", "-c", archive], { cwd: folder, env });
  }
  const names = (await readdir(folder)).filter((name) => name.startsWith(executable)).sort();
  expect(names.filter((name) => name.endsWith(".gz"))).toEqual([
    "pulumi-resource-datadog-org-connections-v1.2.0-darwin-amd64.tar.gz",
    "pulumi-resource-datadog-org-connections-v1.2.0-darwin-arm64.tar.gz",
    "pulumi-resource-datadog-org-connections-v1.2.0-linux-amd64.tar.gz",
    "pulumi-resource-datadog-org-connections-v1.2.0-linux-arm64.tar.gz",
    "pulumi-resource-datadog-org-connections-v1.2.0-windows-amd64.tar.gz",
  ]);
  const { stdout } = await succeed("tar", ["-tzf", join(folder, names[1] ?? "")]);
  expect(stdout).toBe(`${executable}\n${executable}.cdx.json\n`);
});

it("the release has the checksum of every archive and bill, and attests where each was built", async () => {
  const bill = "dist/plugin/main.cdx.json";
  const assets = await mkdtemp(join(folder, "assets-"));
  await mkdir(join(assets, "dist/plugin"), { recursive: true });
  for (const name of ["linux.tar.gz", "linux.cdx.json", bill]) {
    await writeFile(join(assets, name), name);
  }
  const [sums = "", create] = commandsOf(jobs.release);
  const env = { PATH: process.env["PATH"], TAG: "v1.2.0" };
  await succeed("bash", ["-e", "-c", sums], { cwd: assets, env });
  const { stdout } = await succeed("sha256sum", ["--check", "SHA256SUMS"], { cwd: assets });
  expect(stdout.split("\n").sort().slice(1)).toEqual([
    "linux.cdx.json: OK",
    "linux.tar.gz: OK",
    "pulumi-datadog-org-connections-v1.2.0.cdx.json: OK",
  ]);
  expect(create).toMatch(/^gh release create "\$TAG" \*\.tar\.gz \*\.cdx\.json SHA256SUMS /);
  expect(jobs.release.steps.map(({ uses }) => uses)).toContainEqual(
    expect.stringMatching(/^actions\/attest-build-provenance@/),
  );
  expect(jobs.release.permissions).toMatchObject({ "id-token": "write", attestations: "write" });
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
  const lock = z.object({
    packages: z.record(
      z.string(),
      z.object({ dependencies: z.record(z.string(), z.string()).optional() }),
    ),
  });
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
