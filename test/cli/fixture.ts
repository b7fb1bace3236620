import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { expect, inject } from "vitest";
import { profileKeys } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import type { Environment } from "../support/harness/stack-options.ts";

export { environmentOf } from "../support/harness/environment.ts";

/** The result of a run of the tool. */
export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface ToolOptions {
  readonly env: Environment;
  /** Default: a new empty folder. */
  readonly cwd?: string;
  readonly input?: string | Uint8Array;
  /** Contents of a stack configuration file, which the tool reads. */
  readonly stackConfig?: string | Uint8Array;
}

/** Runs the installed tool as a user does; fails the test if its output contains a key. */
export async function runTool(args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const { env, cwd = await newFolder(), input = "", stackConfig } = options;
  const configFile = stackConfig === undefined ? [] : ["--stack-config", "Pulumi.dev.yaml"];
  if (stackConfig !== undefined) await writeFile(join(cwd, "Pulumi.dev.yaml"), stackConfig);
  const { command, path } = installedTool();
  const result = await new Promise<ToolResult>((resolve) => {
    const child = execFile(
      command,
      [...args, ...configFile],
      { cwd, env: { ...env, PATH: path }, maxBuffer: 1e8 },
      (error, stdout, stderr) => resolve({ code: exitCode(error), stdout, stderr }),
    );
    child.stdin?.on("error", () => {}).end(input); // the tool may exit without reading it
  });
  for (const secret of secretsIn(env)) {
    expect(result.stdout + result.stderr).not.toContain(secret);
  }
  return result;
}

/** Runs the installed tool with `--json`, and parses what it prints. */
export async function runJson(args: readonly string[], options: ToolOptions) {
  const { code, stdout, stderr } = await runTool([...args, "--json"], options);
  return { code, stderr, json: JSON.parse(stdout) };
}

/** Runs the installed tool until it has printed `count` lines on standard error. */
export async function stderrLines(
  args: readonly string[],
  { env, count }: Pick<ToolOptions, "env"> & { readonly count: number },
): Promise<string[]> {
  const { command, path } = installedTool();
  const child = spawn(command, args, { env: { ...env, PATH: path }, stdio: "pipe" });
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    if (lines.push(line) === count) break;
  }
  child.kill("SIGKILL");
  return lines;
}

/** The command of the installed tool, and a PATH on which it finds Node.js. */
export function installedTool(): { readonly command: string; readonly path: string } {
  const { project, nodeDirectory } = inject("installation");
  return {
    command: join(project, "node_modules/.bin/datadog-org-connections"),
    path: nodeDirectory,
  };
}

export function newFolder(): Promise<string> {
  return mkdtemp(join(inject("installation").root, "tool-"));
}

type OrgName = keyof typeof orgs;

/** Returns an environment with the keys of credential profiles named like the orgs. */
export function profilesOf(
  { url }: Pick<FakeDatadog, "url">,
  ...names: readonly OrgName[]
): Record<string, string> {
  return {
    DD_HOST: url,
    ...profileKeys(Object.fromEntries(names.map((name) => [name, orgs[name]]))),
  };
}

/** Makes a token of Payments, and returns an environment with it. */
export function tokenOf(
  fake: FakeDatadog,
  access: Parameters<FakeDatadog["addCredentials"]>[2],
  options: Parameters<FakeDatadog["addCredentials"]>[3] = {},
): Record<string, string> {
  fake.addCredentials(orgs.payments, { token: "ddpat_1" }, access, options);
  return { DD_HOST: fake.url, DD_BEARER_TOKEN: "ddpat_1" };
}

/** Connects two orgs, and returns the connection. */
export function connect(fake: FakeDatadog, source: OrgName, sink: OrgName, types = ["logs"]) {
  return fake.connect({ source: orgs[source], sink: orgs[sink], types });
}

/** Connects an org to `count` new orgs. */
export function connectMany(fake: FakeDatadog, count: number, source = orgs.payments): void {
  for (let index = 0; index < count; index += 1) {
    const sink = fake.addOrg(`Sink ${index} of ${source.name}`);
    fake.connect({ source, sink, types: index % 2 === 0 ? ["logs"] : ["metrics", "audit"] });
  }
}

/** The cells of a printed table; empty ones are left out. */
export function cellsOf(table: string): string[][] {
  const lines = table.trimEnd().split("\n");
  return lines.map((line) => line.split(/ {2,}/));
}

/** A state as `pulumi stack export` writes it, with one connection of Payments. */
export function stateOf(
  id: string = randomUUID(),
  more: object = {},
  outputs: object = {},
): string {
  const connection = {
    urn: "urn:pulumi:test::test::pulumi-nodejs:dynamic/datadog:OrgConnection::to-hub",
    type: "pulumi-nodejs:dynamic/datadog:OrgConnection",
    id,
    outputs: {
      profile: "payments",
      sourceOrgId: orgs.payments.id,
      connectionTypes: ["logs"],
      ...outputs,
    },
    ...more,
  };
  const stack = {
    urn: "urn:pulumi:test::test::pulumi:pulumi:Stack::test",
    type: "pulumi:pulumi:Stack",
  };
  return JSON.stringify({ version: 3, deployment: { resources: [stack, connection] } });
}

function exitCode(error: Error | null): number {
  if (error === null) return 0;
  return "code" in error && typeof error.code === "number" ? error.code : Number.NaN;
}

function secretsIn(env: Environment): string[] {
  const ofOrgs = Object.values(orgs).flatMap(({ apiKey, appKey }) => [apiKey, appKey]);
  const ofEnvironment = Object.entries(env).filter(([name]) => /_KEY|_TOKEN/.test(name));
  return [...ofOrgs, ...ofEnvironment.flatMap(([, value]) => value || [])];
}
