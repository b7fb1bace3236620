import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import type { FakeDatadog } from "../support/fake-datadog/index.ts";
import { environmentOf } from "../support/harness/environment.ts";
import { Stack } from "../support/harness/stack.ts";
import type { Environment, StackConfig, StackOptions } from "../support/harness/stack-options.ts";
import type { ResourceState } from "../support/harness/state.ts";

export { environmentOf };

/** What all reads of an operation cost, up to 1,000 connections. */
export const oneList = ["GET /api/v2/org_connections?limit=1000&offset=0 200"];

/** The arguments of connections by their names, as a program may (wrongly) give them. */
export type Declared = Record<string, Readonly<Record<string, unknown>>>;

/** A program that declares these connections and exports their ids. */
export function programOf(declared: Declared): string {
  return `import { OrgConnection } from "pulumi-datadog-org-connections";
    export const ids = {};
    for (const [name, args] of Object.entries(${JSON.stringify(declared)})) {
      ids[name] = new OrgConnection(name, args).id;
    }`;
}

/** Connections of `count` new sink orgs, with logs shared. */
export function manyConnections(fake: FakeDatadog, count: number): Declared {
  const sinks = Array.from({ length: count }, (_, index) => fake.addOrg(`Sink ${index}`));
  return Object.fromEntries(
    sinks.map(({ id }, index) => [`sink-${index}`, { sinkOrgId: id, connectionTypes: ["logs"] }]),
  );
}

/** A stack of Payments on this service. */
export function newStack(
  fake: FakeDatadog,
  program: string,
  options: Partial<StackOptions> = {},
): Promise<Stack> {
  return Stack.create({
    installation: inject("installation"),
    files: { "index.ts": program },
    env: environmentOf(fake),
    ...options,
  });
}

/** The connections in a stack's state. */
export async function recordedConnections(stack: Stack): Promise<ResourceState[]> {
  const { resources = [] } = (await stack.exportState()).deployment;
  return resources.filter(({ type }) => type.endsWith(":OrgConnection"));
}

/** All text of all files below a folder: state, its backups and history. */
export async function textBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

interface Keys {
  readonly apiKey: string;
  readonly appKey: string;
}

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

/** The stack configuration that holds the keys of credential profiles; its keys are paths. */
export function profileKeysConfig(profiles: Readonly<Record<string, Keys>>): StackConfig {
  const own = "datadog-org-connections:profiles";
  const values = Object.entries(profiles).flatMap(([profile, { apiKey, appKey }]) => [
    [`${own}.${profile}.apiKey`, { value: apiKey, secret: true }],
    [`${own}.${profile}.appKey`, { value: appKey, secret: true }],
  ]);
  return Object.fromEntries(values);
}
