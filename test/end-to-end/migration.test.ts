import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { idTo, newStack, recordedConnections, takeWrites } from "./fixture.ts";
import { argsTo, dynamicProvider, type Provider, plugin, programOf } from "./providers.ts";

const datadog = useFakeDatadog();

/** The resource of `@pulumi/datadog`. */
const bridgedType = "datadog:index/orgConnection:OrgConnection";

interface Move {
  readonly sink: { readonly id: string };
  /** The type of the resource in the state. */
  readonly from: string;
  readonly to: Provider;
}

const moves: readonly Move[] = [
  { sink: orgs.hub, from: bridgedType, to: dynamicProvider },
  { sink: orgs.shop, from: bridgedType, to: plugin },
  { sink: orgs.data, from: dynamicProvider.type, to: plugin },
  { sink: orgs.security, from: plugin.type, to: dynamicProvider },
];

/** A statement that declares the connection to a sink. */
function statement({ className }: Provider, sink: { id: string }, options = {}): string {
  return `new ${className}("${sink.id}", ${JSON.stringify(argsTo(sink))}, ${JSON.stringify(options)});`;
}

const programWith = (statements: readonly string[]) =>
  programOf({}, dynamicProvider, statements.join("\n"));

it("an alias moves connections between both providers, and from @pulumi/datadog, with no request", async () => {
  const fake = datadog();
  const stack = await stackBeforeTheMoves(fake);
  const ids = moves.map(({ sink }) => idTo(fake, sink));
  fake.clearRequests();

  const moved = moves.map(({ from, to, sink }) =>
    statement(to, sink, { aliases: [{ type: from }] }),
  );
  await stack.write("index.ts", programWith(moved));
  // What moves to the dynamic provider is updated: the state gets the text of its provider.
  expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 3, update: 2 } });
  expect(fake.requestLines).toEqual([]);
  const recorded = await recordedConnections(stack);
  expect(recorded.map(({ id, type }) => `${id} ${type}`).sort()).toEqual(
    moves.map(({ to }, index) => `${ids[index]} ${to.type}`).sort(),
  );

  await stack.write("index.ts", programWith(moves.map(({ to, sink }) => statement(to, sink))));
  for (const id of ids) fake.setTypes(id, ["audit"]);
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 4 } });
  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(takeWrites(fake)).toEqual([
    ...Array(4).fill("Payments: DELETE 200"),
    ...Array(4).fill("Payments: PATCH 200"),
  ]);
  expect(fake.connections).toEqual([]);
});

/** The provider of `@pulumi/datadog` can't run here: its resources are put into the state. */
async function stackBeforeTheMoves(fake: FakeDatadog): Promise<Stack> {
  const own = [statement(dynamicProvider, orgs.data), statement(plugin, orgs.security)];
  const stack = await newStack(fake, programWith(own));
  expect(await stack.up()).toMatchObject({ code: 0 });

  const { version, deployment } = await stack.exportState();
  const { resources = [] } = deployment;
  const provider = { type: "pulumi:providers:datadog", id: "7c3c6ed8-3f5e-4d5c-9d7b-0b9d8f1e2a3b" };
  const providerUrn = urnOf(provider.type, "default_5_0_0");
  const bridged = [orgs.hub, orgs.shop].map((sink) => {
    const { id } = fake.connect({ source: orgs.payments, sink, types: ["logs"] });
    const args = { sinkOrgId: sink.id.toUpperCase(), connectionTypes: ["logs"] }; // as it may be written
    return {
      urn: urnOf(bridgedType, sink.id),
      custom: true,
      id,
      type: bridgedType,
      inputs: { ...args, __defaults: [] },
      outputs: { ...args, id, sinkOrgName: "" },
      parent: resources[0]?.urn,
      provider: `${providerUrn}::${provider.id}`,
    };
  });
  const more = [{ urn: providerUrn, custom: true, ...provider }, ...bridged];
  const all = { ...deployment, resources: [...resources, ...more] };
  await stack.importState({ version, deployment: all });
  return stack;
}

function urnOf(type: string, name: string): string {
  return `urn:pulumi:test::test::${type}::${name}`;
}
