import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { expect, inject } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import type { Environment } from "../support/harness/stack-options.ts";

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
  /** Its standard input. */
  readonly input?: string | Uint8Array;
  /** The stack's configuration, by full key. */
  readonly config?: Readonly<Record<string, string>>;
}

export const list = "GET /api/v2/org_connections?limit=1000&offset=0 200";
export const currentUser = "GET /api/v2/current_user 200";

/** Runs the installed tool as a user does; fails the test if its output contains a key. */
export async function runTool(args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  const { env, cwd = await newFolder(), input = "", config } = options;
  const { project, nodeDirectory } = inject("installation");
  const tool = join(project, "node_modules/.bin/datadog-org-connections");
  const settings = config === undefined ? [] : ["--stack-config", "Pulumi.test.yaml"];
  if (config !== undefined) {
    await writeFile(join(cwd, "Pulumi.test.yaml"), JSON.stringify({ config })); // JSON is YAML
  }
  const result = await new Promise<ToolResult>((resolve) => {
    const child = execFile(
      tool,
      [...args, ...settings],
      { cwd, env: { ...env, PATH: nodeDirectory }, maxBuffer: 1e8 },
      (error, stdout, stderr) => resolve({ code: exitCode(error), stdout, stderr }),
    );
    child.stdin?.on("error", () => {}).end(input); // the tool may exit without reading it
  });
  for (const secret of secretsIn(env)) {
    expect(result.stdout + result.stderr).not.toContain(secret);
  }
  return result;
}

/** Runs the installed tool until it has printed `count` lines on standard error. */
export async function stderrLines(
  args: readonly string[],
  { env, count }: Pick<ToolOptions, "env"> & { readonly count: number },
): Promise<string[]> {
  const { project, nodeDirectory } = inject("installation");
  const tool = join(project, "node_modules/.bin/datadog-org-connections");
  const child = spawn(tool, args, { env: { ...env, PATH: nodeDirectory }, stdio: "pipe" });
  const lines: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    if (lines.push(line) === count) break;
  }
  child.kill("SIGKILL");
  return lines;
}

export function newFolder(): Promise<string> {
  return mkdtemp(join(inject("installation").root, "tool-"));
}

/** Returns an environment with the keys of credential profiles named like the orgs. */
export function profilesOf(
  { url }: Pick<FakeDatadog, "url">,
  ...names: readonly (keyof typeof orgs)[]
): Record<string, string> {
  const keys = names.flatMap((name) => [
    [`DD_API_KEY_${name.toUpperCase()}`, orgs[name].apiKey],
    [`DD_APP_KEY_${name.toUpperCase()}`, orgs[name].appKey],
  ]);
  return { DD_HOST: url, ...Object.fromEntries(keys) };
}

const urn = "urn:pulumi:test::test::pulumi-nodejs:dynamic/datadog:OrgConnection::to-hub";

/** A state as `pulumi stack export` writes it, with one connection of Payments. */
export function stateOf(
  id: string = randomUUID(),
  more: object = {},
  outputs: object = {},
): string {
  const stack = {
    urn: "urn:pulumi:test::test::pulumi:pulumi:Stack::test",
    type: "pulumi:pulumi:Stack",
  };
  const connection = {
    urn,
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
  return JSON.stringify({ version: 3, deployment: { resources: [stack, connection] } });
}

/** Connects Payments to `count` new orgs. */
export function connectMany(fake: FakeDatadog, count: number, source = orgs.payments): void {
  for (let index = 0; index < count; index += 1) {
    const sink = fake.addOrg(`Sink ${index} of ${source.name}`);
    fake.connect({ source, sink, types: index % 2 === 0 ? ["logs"] : ["metrics", "audit"] });
  }
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
