import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { ENGINE_VERSION, ensureEngine, withSdkHosts, withYamlHost } from "./engine.ts";
import { runCommand } from "./run-command.ts";

const CACHES = "caches/pulumi-datadog-org-connections";
const VERSION = `v${ENGINE_VERSION}`;
const CACHED = `${CACHES}/engine-${VERSION}/bin`;

let root: string;
let lines: string[];
const log = (line: string): void => void lines.push(line);
const unexpected = (line: string) => expect.unreachable(line);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "engine-test-"));
  lines = [];
  onTestFinished(() => rm(root, { recursive: true, force: true }));
});

test("an engine on PATH is preferred to the cached one", async () => {
  await writeEngine(CACHED, VERSION);
  const bin = await writeEngine("bin", "v3.1000.0");
  expect(await ensureEngine(log, environment("bin"))).toEqual({
    command: join(bin, "pulumi"),
    binDirectories: [bin],
  });
});

test("engines that are old, broken or incomplete are skipped", async () => {
  await writeEngine("old", "v3.253.9");
  await writeEngine("broken", "no version");
  await writeScript("alone/pulumi", `echo ${VERSION}`);
  const bin = await writeEngine(CACHED, VERSION);
  const engine = await ensureEngine(log, environment("old", "broken", "alone"));
  expect(engine.command).toBe(join(bin, "pulumi"));
  expect(lines).toEqual([
    `Skipping ${root}/old/pulumi: version 3.253.9 is older than 3.254.0.`,
    `Skipping ${root}/broken/pulumi: "pulumi version" ended with code 0.`,
    `Skipping ${root}/alone/pulumi: no pulumi-language-nodejs beside it.`,
  ]);
});

test.each([
  ["Go", "exit 127", "Go, which could build the Pulumi engine, is not installed."],
  ["modules", "echo no such module; exit 1", "no such module"],
  ["a usable result", fakeGo("no version"), 'Not usable: "pulumi version" ended with code 0.'],
])("without a download and %s, the error says what to install", async (_what, go, reason) => {
  await writeScript("bin/go", go);
  const message = await ensureEngine(log, environment("bin")).catch(String);
  expect(message).toMatch(/^Error: No Pulumi engine\. Pulumi's download site is out of reach/);
  expect(message).toContain(reason);
  expect(message).toContain("Install the Pulumi CLI");
  expect(lines[0]).toMatch(/no usable Pulumi CLI on PATH\. .* a minute; .* 4 to 7 minutes\./);
  expect(await readdir(join(root, CACHES))).toEqual([]);
});

test("an engine is built once, also for two callers at the same time", async () => {
  await writeEngine(CACHED, "no version");
  await writeScript("bin/go", fakeGo(VERSION));
  const env = environment("bin");
  const both = await Promise.all([ensureEngine(log, env), ensureEngine(log, env)]);
  for (const engine of [...both, await ensureEngine(unexpected, env)]) {
    expect(engine.command).toBe(join(root, CACHED, "pulumi"));
    expect((await runCommand(engine.command, ["version"])).stdout).toBe(`${VERSION}\n`);
  }
  expect(await readdir(join(root, CACHES))).toEqual([`engine-${VERSION}`]);
});

test.each([
  ["yaml", withYamlHost, "yaml-host-v1.30.0", ["yaml"]],
  ["python", withSdkHosts, `sdk-hosts-${VERSION}`, ["go", "nodejs", "python"]],
] as const)(
  "without a host for %s, one is built once",
  async (main, withHost, folder, languages) => {
    const bin = await writeEngine("bin", VERSION);
    await writeScript("bin/go", fakeGo(VERSION));
    const env = environment("bin");
    const engine = { command: join(bin, "pulumi"), binDirectories: [bin] };
    const hosts = join(root, CACHES, folder, "bin");
    const expected = { ...engine, binDirectories: [hosts, bin] };
    expect(await withHost(engine, log, env)).toEqual(expected);
    expect(await withHost(engine, unexpected, env)).toEqual(expected);
    expect((await readdir(hosts)).sort()).toEqual(languages.map((one) => `pulumi-language-${one}`));

    await writeScript(`bin/pulumi-language-${main}`, ""); // the official CLI has it
    expect(await withHost(engine, unexpected, env)).toEqual(engine);
  },
);

/** Writes an engine of this version to the path that follows -o. */
function fakeGo(version: string): string {
  return `
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then
    printf '#!/bin/sh\\necho ${version}\\n' > "$2"
    /bin/chmod +x "$2"
  fi
  shift
done`;
}

function environment(...path: readonly string[]): NodeJS.ProcessEnv {
  return {
    PATH: path.map((directory) => join(root, directory)).join(delimiter),
    XDG_CACHE_HOME: join(root, "caches"),
  };
}

async function writeEngine(directory: string, version: string): Promise<string> {
  await writeScript(join(directory, "pulumi"), `echo ${version}`);
  await writeScript(join(directory, "pulumi-language-nodejs"), "");
  await writeScript(join(directory, "pulumi-resource-pulumi-nodejs"), "");
  return join(root, directory);
}

async function writeScript(path: string, text: string): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}
