import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { version } from "../../provider/api/version.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { ResourceState, StackState } from "../support/harness/state.ts";
import { environmentOf, newStack, oneList, profileKeys, recordedConnections } from "./fixture.ts";

/** States as `pulumi stack export` shows them, one of each version. Those of releases never change. */
const folder = join(import.meta.dirname, "golden-state");
const files = await readdir(folder);
const path = "/api/v2/org_connections";
const running = useFakeDatadog();

/** Name, arguments and options of a resource. */
type Declaration = readonly [name: string, args: object, opts?: object];

const programOf = (...declarations: readonly Declaration[]) =>
  `import { OrgConnection } from "pulumi-datadog-org-connections";
  for (const declaration of ${JSON.stringify(declarations)}) new OrgConnection(...declaration);`;

/** A stack of Payments, in which Shop has a profile. */
function stackOf(fake: FakeDatadog, program: string): Promise<Stack> {
  const env = { ...environmentOf(fake), ...profileKeys({ shop: orgs.shop }) };
  return newStack(fake, program, { env });
}

/** A state with a connection of each way to get one. */
async function presentState(fake: FakeDatadog): Promise<StackState> {
  const adopted = { source: orgs.payments, sink: orgs.data, types: ["metrics"] };
  const imported = { source: orgs.payments, sink: orgs.security, types: ["audit"] };
  fake.connect(adopted);
  const { id } = fake.connect(imported);
  const others: Declaration[] = [
    ["created", { sinkOrgId: orgs.hub.id, connectionTypes: ["metrics", "logs"] }],
    ["adopted", { sinkOrgId: orgs.data.id, connectionTypes: ["metrics"], adoptExisting: true }],
    ["imported", { sinkOrgId: orgs.security.id, connectionTypes: ["audit"] }, { import: id }],
    ["profile", { profile: "shop", sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] }],
  ];
  const updated = (...connectionTypes: string[]): Declaration => [
    "updated",
    { sinkOrgId: orgs.shop.id, connectionTypes },
  ];
  const stack = await stackOf(fake, programOf(...others, updated("logs")));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 6 } });
  await stack.write("index.ts", programOf(...others, updated("logs", "audit")));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1, same: 5 } });
  return stack.exportState();
}

/** Leaves out where in which file of this machine a resource was declared. */
const withoutPositions = (key: string, value: unknown) =>
  ["sourcePosition", "stackTrace"].includes(key) ? undefined : value;

const nameOf = ({ urn }: ResourceState) => urn.replace(/^.*::/, "");

/** The program that wrote a state: its inputs are the arguments, and one of them is an option. */
function programBehind(connections: readonly ResourceState[]): string {
  const declarations = connections.map((one): Declaration => {
    const { __provider, importId, ...args } = one.inputs ?? {};
    return [nameOf(one), args, importId === undefined ? {} : { import: importId }];
  });
  return programOf(...declarations);
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
  const nameById = resources.map((one) => [String(one.id), `the id of ${nameOf(one)}`] as const);
  const alike = nameById
    .reduce((rest, [id, name]) => rest.replaceAll(id, name), text)
    .replace(/"createdAt":"[\d-]+T[\d:.]+\+00:00"/g, '"createdAt":"a date-time"');
  return JSON.parse(alike);
}

it("the present version writes the state that its golden file holds", async () => {
  const file = `${version}.json`;
  const present = await presentState(running());
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
  const stack = await stackOf(fake, programOf());
  await stack.importState(state);
  const connections = await recordedConnections(stack);
  expect(connections.length).toBeGreaterThanOrEqual(5);
  restore(fake, connections);
  const stranger = fake.connect({ source: orgs.shop, sink: orgs.data, types: ["logs"] });
  await stack.write("index.ts", programBehind(connections));
  const count = connections.length;

  const idle = { expectNoChanges: true };
  expect(await stack.up(idle)).toMatchObject({ code: 0, changes: { same: count + 1 } });
  expect(fake.requests).toEqual([]);
  expect(await stack.preview({ ...idle, refresh: true })).toMatchObject({ code: 0 });
  const oneListEach = [...oneList, ...oneList]; // of Payments and of Shop
  expect(fake.requestLines).toEqual(oneListEach);

  const [drifted, gone, ...rest] = connections.map(({ id }) => String(id));
  fake.setTypes(drifted ?? "", ["audit", "logs", "metrics"]);
  fake.remove(gone ?? "");
  fake.clearRequests();
  expect(await stack.refresh()).toMatchObject({
    code: 0,
    changes: { update: 1, delete: 1, same: count - 1 },
  });
  expect(fake.requestLines).toEqual(oneListEach);

  fake.clearRequests();
  expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: count } });
  const deletions = [drifted, ...rest].map((id) => `DELETE ${path}/${id} 200`);
  expect(fake.requestLines.sort()).toEqual(deletions.sort());
  expect(fake.connections).toEqual([stranger]);
  expect(await recordedConnections(stack)).toEqual([]);
});
