import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, inject } from "vitest";
import { textBelow } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import type { FakeDatadog } from "../support/fake-datadog/index.ts";
import { Stack } from "../support/harness/stack.ts";
import type { Environment, StackConfig } from "../support/harness/stack-options.ts";

/**
 * A stack of an example's own files, compiled by the example's own tsconfig and the TypeScript that
 * a user has, against the installed package. What runs is CommonJS, as for a user.
 *
 * @param config By keys of the example's project, which may be paths.
 */
export async function newExample(
  name: string,
  env: Environment,
  config: StackConfig,
): Promise<Stack> {
  const stack = await Stack.create({
    installation: inject("installation"),
    directory: resolve("examples", name),
    program: "index.js",
    env,
    reusesProcesses: true,
  });
  const keys = Object.entries(config).map(([key, value]) => [
    `org-connections-${name}:${key}`,
    value,
  ]);
  await stack.setConfig(Object.fromEntries(keys), { path: true });
  const known = compiled.get(name) ?? (await compile(stack));
  compiled.set(name, known);
  for (const [file, text] of Object.entries(known)) await stack.write(file, text);
  return stack;
}

/** The examples of this test file as JavaScript: compiling one takes longer than running it. */
const compiled = new Map<string, Readonly<Record<string, string>>>();

/** Type-checks the program strictly, writes it as JavaScript beside it, and returns that by file. */
export async function compile(stack: Stack): Promise<Record<string, string>> {
  const { workDirectory: cwd } = stack;
  const tsc = join(inject("installation").project, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", ".", "--noEmit", "false"];
  expect(await runCommand(process.execPath, args, { cwd })).toMatchObject({ code: 0, output: "" });
  const files = (await readdir(cwd)).filter((file) => file.endsWith(".js"));
  const texts = files.map(async (file) => [file, await readFile(join(cwd, file), "utf8")]);
  return Object.fromEntries(await Promise.all(texts));
}

/**
 * The requests since the last look, with the org that each came from, in alphabetical order:
 * `Shop: POST 200`, `Shop: GET list 200`, `Shop: GET current_user 200`.
 */
export function takeRequests(fake: FakeDatadog): string[] {
  const lines = fake.requests.map(({ org, method, path, status }) => {
    const list = path.includes("?") ? " list" : "";
    const asked = path.endsWith("/current_user") ? " current_user" : list;
    return `${org}: ${method}${asked} ${status}`;
  });
  fake.clearRequests();
  return lines.sort();
}

/** What Datadog has, in alphabetical order: `Shop to Hub: logs, metrics`. */
export function connectionsIn({ connections, orgs }: FakeDatadog): string[] {
  const nameOf = (orgId: string) => orgs.find(({ id }) => id === orgId)?.name;
  const lines = connections.map(
    ({ sourceOrgId, sinkOrgId, types }) =>
      `${nameOf(sourceOrgId)} to ${nameOf(sinkOrgId)}: ${types.join(", ")}`,
  );
  return lines.sort();
}

/** The id of the connection between two orgs; empty if there is none. */
export function idOf(fake: FakeDatadog, source: { id: string }, sink: { id: string }): string {
  const found = fake.connections.find(
    ({ sourceOrgId, sinkOrgId }) => sourceOrgId === source.id && sinkOrgId === sink.id,
  );
  return found?.id ?? "";
}

/** Looks for keys in the stack's state and history, and in what else there is to see. */
export async function expectNoKeys(
  fake: FakeDatadog,
  stack: Stack,
  ...seen: unknown[]
): Promise<void> {
  const all = JSON.stringify(seen) + (await textBelow(stack.stateDirectory));
  for (const { apiKey, appKey } of fake.orgs) {
    expect(all).not.toContain(apiKey);
    expect(all).not.toContain(appKey);
  }
}
