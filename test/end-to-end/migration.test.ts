import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { idTo, newStack, path, recordedConnections, writesOf } from "./fixture.ts";
import { dynamicProvider, plugin } from "./ways.ts";

const running = useFakeDatadog();

/** The types of the resource: of `@pulumi/datadog`, of the dynamic provider, of the plugin. */
const types = {
  bridged: "datadog:index/orgConnection:OrgConnection",
  dynamic: dynamicProvider.type,
  plugin: plugin.type,
} as const;

type Way = keyof typeof types;

/** Each way that a connection can move, with a sink of its own. */
const moves: readonly { from: Way; to: Way; sink: { id: string } }[] = [
  { from: "bridged", to: "dynamic", sink: orgs.hub },
  { from: "bridged", to: "plugin", sink: orgs.shop },
  { from: "dynamic", to: "plugin", sink: orgs.data },
  { from: "plugin", to: "dynamic", sink: orgs.security },
];

it("an alias moves connections between both providers, and from @pulumi/datadog, with no request", async () => {
  const fake = running();
  const stack = await stackBeforeTheMoves(fake);
  const ids = moves.map(({ sink }) => idTo(fake, sink));
  fake.clearRequests();

  await stack.write(
    "index.ts",
    programOf(moves.map(({ from, to, sink }) => ({ way: to, sink, from }))),
  );
  // What moves to the dynamic provider is updated: the state gets the text of its provider.
  expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 3, update: 2 } });
  expect(fake.requestLines).toEqual([]);
  const recorded = await recordedConnections(stack);
  expect(recorded.map(({ id, type }) => `${id} ${type}`).sort()).toEqual(
    moves.map(({ to }, index) => `${ids[index]} ${types[to]}`).sort(),
  );

  await stack.write("index.ts", programOf(moves.map(({ to, sink }) => ({ way: to, sink }))));
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
  for (const id of ids) fake.setTypes(id, ["audit"]);
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 4 } });
  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(writesOf(fake)).toEqual([
    ...ids.map((id) => `DELETE ${path}/${id} 200`).sort(),
    ...ids.map((id) => `PATCH ${path}/${id} 200`).sort(),
  ]);
});

/** The provider of `@pulumi/datadog` can't run here: its resources are put into the state. */
async function stackBeforeTheMoves(fake: FakeDatadog): Promise<Stack> {
  const own = moves.filter(({ from }) => from !== "bridged");
  const program = programOf(own.map(({ from, sink }) => ({ way: from, sink })));
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0 });

  const { version, deployment } = await stack.exportState();
  const [root, ...others] = deployment.resources ?? [];
  const provider = { type: "pulumi:providers:datadog", id: "7c3c6ed8-3f5e-4d5c-9d7b-0b9d8f1e2a3b" };
  const providerUrn = urnOf(provider.type, "default_5_0_0");
  const bridged = moves.flatMap(({ from: way, sink }) => {
    if (way !== "bridged") return [];
    const { id } = fake.connect({ source: orgs.payments, sink, types: ["logs"] });
    const args = { sinkOrgId: sink.id.toUpperCase(), connectionTypes: ["logs"] }; // as it may be written
    return {
      urn: urnOf(types.bridged, sink.id),
      custom: true,
      id,
      type: types.bridged,
      inputs: { ...args, __defaults: [] },
      outputs: { ...args, id, sinkOrgName: "" },
      parent: root?.urn,
      provider: `${providerUrn}::${provider.id}`,
    };
  });
  const providers = [{ urn: providerUrn, custom: true, ...provider }];
  const resources = [...(root ? [root] : []), ...others, ...providers, ...bridged];
  await stack.importState({ version, deployment: { ...deployment, resources } });
  return stack;
}

function urnOf(type: string, name: string): string {
  return `urn:pulumi:test::test::${type}::${name}`;
}

/** A program in TypeScript; a resource moved `from` another provider has an alias. */
function programOf(declared: readonly { way: Way; sink: { id: string }; from?: Way }[]): string {
  const resources = declared.map(({ way, sink, from }) => {
    const args = { sinkOrgId: sink.id, connectionTypes: ["logs"] };
    const options = from ? { aliases: [{ type: types[from] }] } : {};
    const values = [sink.id, args, options].map((value) => JSON.stringify(value)).join(", ");
    return `new ${way === "plugin" ? "PluginConnection" : "OrgConnection"}(${values});`;
  });
  return `import { CustomResource } from "@pulumi/pulumi";
    import { OrgConnection } from "pulumi-datadog-org-connections";
    class PluginConnection extends CustomResource {
      constructor(name, args, options) {
        super("${types.plugin}", name, args, options);
      }
    }
    ${resources.join("\n")}`;
}
