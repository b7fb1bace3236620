import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { ENGINE_VERSION, ensureEngine } from "./engine.ts";
import { layNodePlugins } from "./plugins.ts";
import { runCommand } from "./run-command.ts";
import { withSdkHosts } from "./sdk-hosts.ts";
import { withYamlHost } from "./yaml-host.ts";

const CACHES = "caches/pulumi-datadog-org-connections";
const VERSION = `v${ENGINE_VERSION}`;
const CACHED = `${CACHES}/engine-${VERSION}/bin`;

let root: string;
let lines: string[];
const log = (line: string): void => void lines.push(line);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "engine-test-"));
  lines = [];
  onTestFinished(() => rm(root, { recursive: true, force: true }));
});

test("an engine on PATH is preferred to the cached one", async () => {
  await layEngine(CACHED, VERSION);
  const bin = await layEngine("bin", "v3.260.1");
  expect(await ensureEngine(log, environment("bin"))).toEqual({
    command: join(bin, "pulumi"),
    binDirectories: [bin],
  });
});

test("engines that are old, broken or incomplete are passed over", async () => {
  await layEngine("old", "v3.253.9");
  await layEngine("broken", "no version");
  await layScript("alone/pulumi", `echo ${VERSION}`);
  const bin = await layEngine(CACHED, VERSION);

  const engine = await ensureEngine(log, environment("old", "broken", "alone"));

  expect(engine.command).toBe(join(bin, "pulumi"));
  expect(lines).toEqual([
    `Passing over ${root}/old/pulumi: version 3.253.9 is older than 3.254.0.`,
    `Passing over ${root}/broken/pulumi: "pulumi version" ended with code 0.`,
    `Passing over ${root}/alone/pulumi: no pulumi-language-nodejs beside it.`,
  ]);
});

test("without an engine, a download and Go, the error says what to install", async () => {
  await expect(ensureEngine(log, environment("empty"))).rejects.toThrow(
    /No Pulumi engine\..*out of reach.*Go.*is not installed\. Install the Pulumi CLI.*or Go 1\.26/,
  );
  expect(lines[0]).toMatch(
    /no usable Pulumi CLI on PATH\. .* a minute; .* 4 to 7 minutes\. .*install the CLI/,
  );
  expect(await readdir(join(root, CACHES))).toEqual([]);
});

test("what Go says about a failed build is in the error", async () => {
  await layScript("bin/go", `[ "$1" = version ] || { echo "no such module"; exit 1; }`);
  await expect(ensureEngine(log, environment("bin"))).rejects.toThrow("no such module");
});

test("an engine is built once, also for two callers at the same time", async () => {
  await layScript("bin/go", FAKE_GO);
  const env = environment("bin");

  const both = await Promise.all([ensureEngine(log, env), ensureEngine(log, env)]);
  const again = await ensureEngine((line) => expect.unreachable(line), env);

  for (const engine of [...both, again]) {
    expect(engine.command).toBe(join(root, CACHED, "pulumi"));
  }
  expect(await readdir(join(root, CACHES))).toEqual([`engine-${VERSION}`]);
});

test("a broken cached engine is replaced", async () => {
  await layEngine(CACHED, "no version");
  await layScript("bin/go", FAKE_GO);
  const engine = await ensureEngine(log, environment("bin"));
  expect((await runCommand(engine.command, ["version"])).stdout).toBe(`${VERSION}\n`);
});

test("the host for YAML that the official CLI brings is used", async () => {
  const bin = await layEngine("bin", "v3.260.1");
  await layScript("bin/pulumi-language-yaml", "");
  const engine = { command: join(bin, "pulumi"), binDirectories: [bin] };
  expect(await withYamlHost(engine, log, environment("bin"))).toEqual(engine);
});

test("an engine without a host for YAML gets one, which is built once", async () => {
  const bin = await layEngine(CACHED, VERSION);
  await layScript("bin/go", FAKE_GO);
  const env = environment("bin");
  const engine = await ensureEngine(log, env);

  const first = await withYamlHost(engine, log, env);
  const again = await withYamlHost(engine, (line) => expect.unreachable(line), env);

  expect(first).toEqual({
    command: join(bin, "pulumi"),
    binDirectories: [bin, join(root, CACHES, "yaml-host-v1.30.0/bin")],
  });
  expect(again).toEqual(first);
  expect(lines).toContain(
    "Building Pulumi's language host for YAML v1.30.0 (2 to 4 minutes, once).",
  );
});

test("an engine that can't generate SDKs gets what can, before its own host for Node.js", async () => {
  const bin = await layEngine(CACHED, VERSION);
  await layScript("bin/go", FAKE_GO);
  const env = environment("bin");
  const engine = await ensureEngine(log, env);

  const first = await withSdkHosts(engine, log, env);
  const again = await withSdkHosts(engine, (line) => expect.unreachable(line), env);

  const hosts = join(root, CACHES, `sdk-hosts-${VERSION}/bin`);
  expect(first).toEqual({ command: join(bin, "pulumi"), binDirectories: [hosts, bin] });
  expect(again).toEqual(first);
  expect((await readdir(hosts)).sort()).toEqual([
    "pulumi-language-go",
    "pulumi-language-nodejs",
    "pulumi-language-python",
  ]);
});

test("the official CLI generates SDKs itself", async () => {
  const bin = await layEngine("bin", "v3.260.1");
  await layScript("bin/pulumi-language-python", "");
  const engine = { command: join(bin, "pulumi"), binDirectories: [bin] };
  expect(await withSdkHosts(engine, log, environment("bin"))).toEqual(engine);
});

test("without Go, there is no host for YAML", async () => {
  await layEngine(CACHED, VERSION);
  const env = environment("empty");
  await expect(withYamlHost(await ensureEngine(log, env), log, env)).rejects.toThrow(
    "Go, which could build Pulumi's language host for YAML, is not installed.",
  );
});

test("the launcher runs the dynamic provider of the working directory", async () => {
  await layNodePlugins(await folder("bin"));
  await symlink(process.execPath, join(await folder("node"), "node"));
  const provider = await folder("program/node_modules/@pulumi/pulumi/cmd/dynamic-provider");
  await writeFile(join(provider, "index.js"), "console.log(process.argv.slice(2).join())");

  const launched = await runCommand(
    join(root, "bin/pulumi-resource-pulumi-nodejs"),
    ["127.0.0.1:1", "--flag"],
    { cwd: join(root, "program"), env: environment("node") },
  );

  expect(launched).toMatchObject({ code: 0, output: "127.0.0.1:1,--flag\n" });
});

// Writes an engine to the path that follows -o.
const FAKE_GO = `
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then
    printf '#!/bin/sh\\necho ${VERSION}\\n' > "$2"
    /bin/chmod +x "$2"
  fi
  shift
done`;

function environment(...path: readonly string[]): NodeJS.ProcessEnv {
  return {
    PATH: path.map((directory) => join(root, directory)).join(delimiter),
    XDG_CACHE_HOME: join(root, "caches"),
  };
}

async function layEngine(directory: string, version: string): Promise<string> {
  await layScript(join(directory, "pulumi"), `echo ${version}`);
  await layScript(join(directory, "pulumi-language-nodejs"), "");
  await layScript(join(directory, "pulumi-resource-pulumi-nodejs"), "");
  return join(root, directory);
}

async function layScript(path: string, text: string): Promise<void> {
  const file = join(root, path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
}

async function folder(path: string): Promise<string> {
  await mkdir(join(root, path), { recursive: true });
  return join(root, path);
}
