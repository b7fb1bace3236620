import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { version } from "../../provider/api/version.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import type { ResourceState, StackState } from "../support/harness/stack-options.ts";
import {
  declare,
  environmentOf,
  nameIn,
  newStack,
  profileKeys,
  recordedConnections,
  takeRequests,
} from "./fixture.ts";
import { argsTo, type Declared, type Provider, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

/**
 * States as `pulumi stack export` shows them, of each version, with the dynamic provider and with the
 * plugin. Those of releases never change.
 */
const goldenStates = await Promise.all(
  providers.map(async (provider) => {
    const folder = join(import.meta.dirname, "golden-state", provider.name.replace(" ", "-"));
    return { name: provider.name, provider, folder, files: await readdir(folder) };
  }),
);

const readState = async (folder: string, file: string): Promise<StackState> =>
  JSON.parse(await readFile(join(folder, file), "utf8"));

/** A stack of Payments, in which Shop has a profile. */
function stackOf(fake: FakeDatadog, provider: Provider, declared: Declared): Promise<Stack> {
  const env = { ...environmentOf(fake), ...profileKeys({ shop: orgs.shop }) };
  return newStack(fake, programOf(declared, provider), { env });
}

/** A state with a created, an adopted, an imported and an updated connection, the last of a profile. */
async function presentState(fake: FakeDatadog, provider: Provider): Promise<StackState> {
  const adopted = { source: orgs.payments, sink: orgs.data, types: ["metrics"] };
  const imported = { source: orgs.payments, sink: orgs.security, types: ["audit"] };
  fake.connect(adopted);
  const options = { import: fake.connect(imported).id };
  const declared = (...updatedTypes: string[]) => ({
    created: argsTo(orgs.hub, ["metrics", "logs"]),
    adopted: { ...argsTo(orgs.data, ["metrics"]), adoptExisting: true },
    imported: { ...argsTo(orgs.security, ["audit"]), options },
    updated: { ...argsTo(orgs.hub, updatedTypes), profile: "shop" },
  });
  const stack = await stackOf(fake, provider, declared("logs"));
  expect(await stack.up()).toMatchObject({ code: 0 });
  await declare(stack, provider, declared("logs", "audit"));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1, same: 4 } });
  return stack.exportState();
}

/** What differs in each run, and the engine doesn't need. */
const leftOut = ["created", "modified", "propertyDependencies", "sourcePosition", "stackTrace"];

const withoutNoise = (key: string, value: unknown) => (leftOut.includes(key) ? undefined : value);

/** What this package decides of a state, without the ids and dates of each run. */
const ownPart = ({ deployment: { resources = [] } }: StackState) =>
  resources
    .filter(({ type }) => type.endsWith(":OrgConnection"))
    .map(({ urn, type, inputs, outputs }) => ({
      urn,
      type,
      inputs: inputs && "importId" in inputs ? { ...inputs, importId: "an id" } : inputs,
      outputs: { ...outputs, createdAt: typeof outputs?.["createdAt"] },
    }))
    .sort((one, other) => one.urn.localeCompare(other.urn));

/** The connections of the program that wrote a state: the inputs are arguments, one is an option. */
function declaredBehind(connections: readonly ResourceState[]): Declared {
  const declared = connections.map(({ urn, inputs = {} }) => {
    const { __provider, importId, ...args } = inputs;
    const options = importId === undefined ? {} : { import: importId };
    return [nameIn(urn), { ...args, options }];
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
      types: text("connectionTypes").split(","),
      createdAt: text("createdAt"),
    });
  }
}

describe.each(goldenStates)("with the $name", ({ provider, folder, files }) => {
  it("the present version writes the state that its golden file holds", async () => {
    const file = `${version}.json`;
    const present = await presentState(datadog(), provider);
    if (!files.includes(file)) {
      await writeFile(join(folder, file), JSON.stringify(present, withoutNoise));
      expect.fail(`${file} was missing and is written now: format it and keep it.`);
    }
    const golden = await readState(folder, file);
    expect(golden.deployment.resources).toHaveLength(present.deployment.resources?.length ?? 0);
    expect(ownPart(present)).toEqual(ownPart(golden));
  });

  it.each(files)("the state %s is readable, refreshable and destroyable", async (file) => {
    const fake = datadog();
    const stack = await stackOf(fake, provider, {});
    await stack.importState(await readState(folder, file));
    const connections = await recordedConnections(stack);
    const count = connections.length;
    expect(count).toBeGreaterThanOrEqual(4);
    restore(fake, connections);
    const stranger = fake.connect({ source: orgs.shop, sink: orgs.data, types: ["logs"] });
    await declare(stack, provider, declaredBehind(connections));
    const changes = { same: count + 1 };
    expect(await stack.up({ expectNoChanges: true })).toMatchObject({ code: 0, changes });
    expect(fake.requests).toEqual([]);

    const [drifted = "", gone = ""] = connections.map(({ id }) => id);
    fake.setTypes(drifted, ["audit", "logs", "metrics"]);
    fake.remove(gone);
    expect(await stack.refresh()).toMatchObject({
      code: 0,
      changes: { update: 1, delete: 1, same: count - 1 },
    });
    // The lists of Payments and of Shop, and what proves that one is gone.
    expect(takeRequests(fake)).toEqual([
      "Payments: GET current_user 200",
      "Payments: GET list 200",
      "Payments: GET list of source and sink 200",
      "Shop: GET list 200",
    ]);

    expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: count } });
    expect(takeRequests(fake)).toHaveLength(count - 1);
    expect(fake.connections).toEqual([stranger]);
  });
});
