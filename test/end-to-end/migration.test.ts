import { delimiter, dirname } from "node:path";
import { expect, inject, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { stackEnvironment } from "../support/harness/environment.ts";
import type { Stack } from "../support/harness/stack.ts";
import { environmentOf, newStack, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();

const args = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };

/** The types of the resource: of `@pulumi/datadog`, of the dynamic provider, of the plugin. */
const types = {
  bridged: "datadog:index/orgConnection:OrgConnection",
  dynamic: "pulumi-nodejs:dynamic/datadog:OrgConnection",
  plugin: "datadog-org-connections:index:OrgConnection",
} as const;

type Way = keyof typeof types;

it.each<{ from: Way; to: Exclude<Way, "bridged">; step: "same" | "update" }>([
  { from: "bridged", to: "dynamic", step: "update" },
  { from: "bridged", to: "plugin", step: "same" },
  { from: "dynamic", to: "plugin", step: "same" },
  { from: "plugin", to: "dynamic", step: "update" },
])(
  "an alias moves a connection from $from to $to with one update, and no request",
  async (move) => {
    const fake = running();
    const stack = await stackOf(fake, move.from);
    const [{ id } = { id: "" }] = fake.connections;
    fake.clearRequests();

    await declare(stack, move.to, args, { aliases: [{ type: types[move.from] }] });
    expect(await stack.up()).toMatchObject({
      code: 0,
      changes: { [move.step]: expect.anything() },
    });
    expect(fake.requestLines).toEqual([]);
    expect(await recordedConnections(stack)).toMatchObject([{ id, type: types[move.to] }]);

    await declare(stack, move.to, args);
    expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({
      code: 0,
    });
    fake.setTypes(id, ["audit"]);
    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 1 } });
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    const writes = fake.requestLines.filter((line) => !line.startsWith("GET"));
    expect(writes).toEqual([
      `PATCH /api/v2/org_connections/${id} 200`,
      `DELETE /api/v2/org_connections/${id} 200`,
    ]);
  },
);

/** A stack that has one connection, managed in this way. */
async function stackOf(fake: FakeDatadog, way: Way): Promise<Stack> {
  const installation = inject("installation");
  const { PATH = "" } = stackEnvironment(installation, { home: "", backend: "" });
  const env = {
    ...environmentOf(fake),
    PATH: [dirname(inject("plugin")), PATH].join(delimiter),
  };
  const stack = await newStack(fake, "", { env });
  if (way !== "bridged") {
    await declare(stack, way, args);
    expect(await stack.up()).toMatchObject({ code: 0 });
    return stack;
  }
  // The provider of @pulumi/datadog can't run here: its resource is put into the state.
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  await stack.up();
  const { version, deployment } = await stack.exportState();
  const [root] = deployment.resources ?? [];
  const resources = [...(deployment.resources ?? []), ...bridgedResources(id, root?.urn ?? "")];
  await stack.importState({ version, deployment: { ...deployment, resources } });
  return stack;
}

function declare(stack: Stack, way: Way, declared: object, options: object = {}): Promise<void> {
  const values = [declared, options].map((value) => JSON.stringify(value)).join(", ");
  return stack.write(
    "index.ts",
    way === "dynamic"
      ? `import { OrgConnection } from "pulumi-datadog-org-connections";
         new OrgConnection("hub", ${values});`
      : `import { CustomResource } from "@pulumi/pulumi";
         new CustomResource("${types[way]}", "hub", ${values});`,
  );
}

function bridgedResources(id: string, parent: string) {
  const provider = "urn:pulumi:test::test::pulumi:providers:datadog::default_5_0_0";
  const providerId = "7c3c6ed8-3f5e-4d5c-9d7b-0b9d8f1e2a3b";
  return [
    { urn: provider, custom: true, id: providerId, type: "pulumi:providers:datadog" },
    {
      urn: `urn:pulumi:test::test::${types.bridged}::hub`,
      custom: true,
      id,
      type: types.bridged,
      inputs: { ...args, __defaults: [] },
      outputs: { ...args, id, sinkOrgName: "" },
      parent,
      provider: `${provider}::${providerId}`,
    },
  ];
}
