import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, inject, onTestFailed } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { environmentOf } from "../support/harness/environment.ts";
import { Stack } from "../support/harness/stack.ts";
import type { Environment, ResourceState, StackOptions } from "../support/harness/stack-options.ts";
import { argsTo, type Declared, type Provider, programOf } from "./providers.ts";

export { environmentOf };

export const path = "/api/v2/org_connections";

/** Options of operations that only look for drift. */
export const detection = { previewOnly: true, expectNoChanges: true };

/** Connections of `count` new sink orgs, with logs shared. */
export function manyConnections(fake: FakeDatadog, count: number): Declared {
  const names = Array.from({ length: count }, (_, index) => `sink-${index}`);
  return Object.fromEntries(names.map((name) => [name, argsTo(fake.addOrg(name))]));
}

let newest: Stack | undefined;

/**
 * A stack of Payments on this service. If the test fails, what happened to its newest stack is shown.
 *
 * @param program In TypeScript; or the files of the work folder.
 */
export async function newStack(
  fake: FakeDatadog,
  program: string | Readonly<Record<string, string>>,
  options: Partial<StackOptions> = {},
): Promise<Stack> {
  const stack = await Stack.create({
    installation: inject("installation"),
    files: typeof program === "string" ? { "index.ts": program } : program,
    env: environmentOf(fake),
    requests: () => fake.history,
    reusesProcesses: true,
    ...options,
  });
  newest = stack;
  onTestFailed(() => {
    if (stack === newest) console.error(String(stack.transcript));
  });
  return stack;
}

/** Changes the program of a stack to declare these connections. */
export function declare(stack: Stack, provider: Provider, declared: Declared): Promise<void> {
  return stack.write("index.ts", programOf(declared, provider));
}

/** The connections in a stack's state. */
export async function recordedConnections(stack: Stack): Promise<ResourceState[]> {
  const { resources = [] } = (await stack.readState()).deployment;
  return resources.filter(({ type }) => type.endsWith(":OrgConnection"));
}

/** The connections in a stack's state, by the names of their resources. */
export async function recordedByName(stack: Stack): Promise<Record<string, ResourceState>> {
  const recorded = await recordedConnections(stack);
  return Object.fromEntries(recorded.map((one) => [nameIn(one.urn), one]));
}

export const nameIn = (urn: string): string => urn.replace(/^.*::/, "");

/** The id of the connection to a sink; empty if there is none. */
export function idTo(
  fake: FakeDatadog,
  sink: { readonly id: string },
  source: { readonly id: string } = orgs.payments,
): string {
  const found = fake.connections.find(
    ({ sourceOrgId, sinkOrgId }) => sourceOrgId === source.id && sinkOrgId === sink.id,
  );
  return found?.id ?? "";
}

/**
 * The requests since the last look, with the org that each came from, in alphabetical order:
 * `Shop: POST 200`, `Shop: GET list of sink 200`, `Shop: GET current_user 200`. The org is `?` if
 * Datadog doesn't know the credentials.
 */
export function takeRequests(fake: FakeDatadog): string[] {
  const lines = fake.requests.map(({ org = "?", method, path, status }) =>
    [`${org}:`, method, ...subjectOf(path), status].join(" "),
  );
  fake.clearRequests();
  return lines.sort();
}

/** What a request is about, unless it is about one connection. */
function subjectOf(path: string): string[] {
  const [resource = "", query] = path.replace("/api/v2/", "").split("?");
  if (!resource.startsWith("org_connections")) return [resource];
  if (query === undefined) return [];
  const filters = ["source", "sink"].filter((name) => query.includes(`${name}_org_id=`));
  return [filters.length === 0 ? "list" : `list of ${filters.join(" and ")}`];
}

/** The writes among the requests since the last look. */
export const takeWrites = (fake: FakeDatadog) =>
  takeRequests(fake).filter((line) => !line.includes(": GET "));

/** What Datadog has, in alphabetical order: `Shop to Hub: logs, metrics`. */
export function connectionsIn({ connections, orgs }: FakeDatadog): string[] {
  const nameOf = (orgId: string) => orgs.find(({ id }) => id === orgId)?.name;
  const lines = connections.map(
    ({ sourceOrgId, sinkOrgId, types }) =>
      `${nameOf(sourceOrgId)} to ${nameOf(sinkOrgId)}: ${types.join(", ")}`,
  );
  return lines.sort();
}

/** Looks for keys in the stack's state and history, and in what else there is to see. */
export async function expectNoKeys(
  fake: FakeDatadog,
  stack: Stack,
  ...seen: unknown[]
): Promise<void> {
  const all = JSON.stringify(seen) + (await textBelow(stack.stateDirectory));
  expect(all).toContain(":OrgConnection");
  for (const { apiKey, appKey } of fake.orgs) {
    expect(all).not.toContain(apiKey);
    expect(all).not.toContain(appKey);
  }
}

/** All text of all files below a folder: state, its backups and history. */
export async function textBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

export interface Keys {
  readonly apiKey: string;
  readonly appKey: string;
}

/** The settings of an explicit provider that uses these keys. */
export const providerSettings = ({ url }: FakeDatadog, { apiKey, appKey }: Keys) => ({
  apiUrl: url,
  apiKey,
  appKey,
});

/** The variables that hold the keys of credential profiles. */
export function profileKeys(profiles: Readonly<Record<string, Keys>>): Environment {
  const variables = Object.entries(profiles).flatMap(([profile, { apiKey, appKey }]) => {
    const suffix = profile.toUpperCase().replaceAll("-", "_");
    return [
      [`DD_API_KEY_${suffix}`, apiKey],
      [`DD_APP_KEY_${suffix}`, appKey],
    ];
  });
  return Object.fromEntries(variables);
}
