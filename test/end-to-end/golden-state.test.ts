import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { version } from "../../provider/api/version.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { ResourceState, StackState } from "../support/harness/stack-options.ts";
import {
  currentUser,
  declare,
  environmentOf,
  filteredList,
  nameIn,
  newStack,
  oneList,
  path,
  profileKeys,
  recordedConnections,
} from "./fixture.ts";
import { type Declared, type Way, ways } from "./ways.ts";

const running = useFakeDatadog();

/**
 * States as `pulumi stack export` shows them, of each version, with the dynamic provider and with the
 * plugin. Those of releases never change.
 */
const goldenStates = await Promise.all(
  ways.map(async (way) => {
    const folder = join(import.meta.dirname, "golden-state", way.name.replace(" ", "-"));
    return { name: way.name, way, folder, files: await readdir(folder) };
  }),
);

/** A stack of Payments, in which Shop has a profile. */
function stackOf(fake: FakeDatadog, way: Way, declared: Declared): Promise<Stack> {
  const env = { ...environmentOf(fake), ...profileKeys({ shop: orgs.shop }) };
  return newStack(fake, way.program(declared), { env });
}

/** A state with a created, an adopted and an imported connection. */
async function presentState(fake: FakeDatadog, way: Way): Promise<StackState> {
  const adopted = { source: orgs.payments, sink: orgs.data, types: ["metrics"] };
  const imported = { source: orgs.payments, sink: orgs.security, types: ["audit"] };
  fake.connect(adopted);
  const options = { import: fake.connect(imported).id };
  const declared = (...connectionTypes: string[]) => ({
    created: { sinkOrgId: orgs.hub.id, connectionTypes: ["metrics", "logs"] },
    adopted: { sinkOrgId: orgs.data.id, connectionTypes: ["metrics"], adoptExisting: true },
    imported: { sinkOrgId: orgs.security.id, connectionTypes: ["audit"], options },
    profile: { profile: "shop", sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] },
    updated: { sinkOrgId: orgs.shop.id, connectionTypes },
  });
  const stack = await stackOf(fake, way, declared("logs"));
  expect(await stack.up()).toMatchObject({ code: 0 });
  await declare(stack, way, declared("logs", "audit"));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1, same: 5 } });
  return stack.exportState();
}

/** Leaves out where in which file of this machine a resource was declared. */
const withoutPositions = (key: string, value: unknown) =>
  ["sourcePosition", "stackTrace"].includes(key) ? undefined : value;

/** The connections of the program that wrote a state: the inputs are arguments, one is an option. */
function declaredBehind(connections: readonly ResourceState[]): Declared {
  const declared = connections.map(({ urn, inputs = {} }) => {
    const { __provider, importId, ...args } = inputs;
    return [
      nameIn(urn),
      { ...args, ...(importId !== undefined && { options: { import: importId } }) },
    ];
  });
  return Object.fromEntries(declared);
}

/** Fills the service with what a state records. */
function restore(fake: FakeDatadog, connections: readonly ResourceState[]): void {
  for (const { id, outputs } of connections) {
    const text = (name: string) => String(outputs?.[name]);
    fake.connect({
      id: String(id),
      source: text("sourceOrgId"),
      sink: text("sinkOrgId"),
      types: [outputs?.["connectionTypes"] ?? []].flat().map(String),
      createdAt: text("createdAt"),
    });
  }
}

/** What this package decides of a state: the ids and dates of each run are left out. */
function ownPart({ deployment: { resources = [] } }: StackState): unknown[] {
  const text = JSON.stringify(
    resources
      .filter(({ type }) => type.endsWith(":OrgConnection"))
      .toSorted((one, other) => one.urn.localeCompare(other.urn))
      .map(({ urn, id, type, inputs, outputs }) => ({ urn, id, type, inputs, outputs })),
  );
  const nameById = resources.map(
    (one) => [String(one.id), `the id of ${nameIn(one.urn)}`] as const,
  );
  const alike = nameById
    .reduce((rest, [id, name]) => rest.replaceAll(id, name), text)
    .replace(/"createdAt":"[\d-]+T[\d:.]+\+00:00"/g, '"createdAt":"a date-time"');
  return JSON.parse(alike);
}

describe.each(goldenStates)("by the $name", ({ way, folder, files }) => {
  it("the present version writes the state that its golden file holds", async () => {
    const file = `${version}.json`;
    const present = await presentState(running(), way);
    if (!files.includes(file)) {
      await writeFile(join(folder, file), `${JSON.stringify(present, withoutPositions, 2)}\n`);
      expect.fail(`${file} was missing and is written now: format it and keep it.`);
    }
    const golden: StackState = JSON.parse(await readFile(join(folder, file), "utf8"));
    expect(golden.deployment.resources).toHaveLength(present.deployment.resources?.length ?? 0);
    expect(ownPart(present)).toEqual(ownPart(golden));
  });

  it.each(files)("the state %s is readable, refreshable and destroyable", async (file) => {
    const fake = running();
    const state: StackState = JSON.parse(await readFile(join(folder, file), "utf8"));
    const stack = await stackOf(fake, way, {});
    await stack.importState(state);
    const connections = await recordedConnections(stack);
    expect(connections.length).toBeGreaterThanOrEqual(5);
    restore(fake, connections);
    const stranger = fake.connect({ source: orgs.shop, sink: orgs.data, types: ["logs"] });
    await declare(stack, way, declaredBehind(connections));
    const count = connections.length;

    expect(await stack.up({ expectNoChanges: true })).toMatchObject({
      code: 0,
      changes: { same: count + 1 },
    });
    expect(fake.requests).toEqual([]);
    const oneListEach = [...oneList, ...oneList]; // of Payments and of Shop

    const [drifted, gone, ...rest] = connections.map(({ id }) => String(id));
    fake.setTypes(drifted ?? "", ["audit", "logs", "metrics"]);
    fake.remove(gone ?? "");
    fake.clearRequests();
    expect(await stack.refresh()).toMatchObject({
      code: 0,
      changes: { update: 1, delete: 1, same: count - 1 },
    });
    const [, goneConnection] = connections.map(({ outputs = {} }) => outputs);
    const lookUp = filteredList(
      { id: String(goneConnection?.["sinkOrgId"]) },
      { id: String(goneConnection?.["sourceOrgId"]) },
    );
    expect(fake.requestLines).toEqual([...oneListEach, lookUp, currentUser]);

    fake.clearRequests();
    expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: count } });
    const deletions = [drifted, ...rest].map((id) => `DELETE ${path}/${id} 200`);
    expect(fake.requestLines.sort()).toEqual(deletions.sort());
    expect(fake.connections).toEqual([stranger]);
    expect(await recordedConnections(stack)).toEqual([]);
  });
});
