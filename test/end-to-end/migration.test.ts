import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, recordedConnections, writesOf } from "./fixture.ts";
import { programOf } from "./ways.ts";

const running = useFakeDatadog();

/**
 * The steps of docs/importing.md. The provider of `@pulumi/datadog` itself can't run here, so its
 * resource is laid into the state as it would stand there.
 */
it("a connection of @pulumi/datadog moves over without a POST, PATCH or DELETE", async () => {
  const fake = running();
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  const args = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };

  const stack = await newStack(fake, programOf({}));
  await stack.up();
  const { version, deployment } = await stack.exportState();
  const [root] = deployment.resources ?? [];
  const bridged = bridgedResources(id, args, root?.urn ?? "");
  const resources = [...(deployment.resources ?? []), ...bridged];
  await stack.importState({ version, deployment: { ...deployment, resources } });

  for (const { urn } of [...bridged].reverse()) {
    const forgotten = await stack.pulumi(["state", "delete", urn, "--yes"]);
    expect(forgotten).toMatchObject({ code: 0 });
  }
  await stack.write("index.ts", programOf({ hub: { ...args, adoptExisting: true } }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 1, same: 1 } });
  expect(await recordedConnections(stack)).toMatchObject([{ id }]);

  await stack.write("index.ts", programOf({ hub: args }));
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(writesOf(fake)).toEqual([]);
});

function bridgedResources(id: string, args: object, parent: string) {
  const provider = "urn:pulumi:test::test::pulumi:providers:datadog::default_5_0_0";
  const providerId = "7c3c6ed8-3f5e-4d5c-9d7b-0b9d8f1e2a3b";
  return [
    { urn: provider, custom: true, id: providerId, type: "pulumi:providers:datadog" },
    {
      urn: "urn:pulumi:test::test::datadog:index/orgConnection:OrgConnection::hub",
      custom: true,
      id,
      type: "datadog:index/orgConnection:OrgConnection",
      inputs: { ...args, __defaults: [] },
      outputs: { ...args, id, sinkOrgName: "" },
      parent,
      provider: `${provider}::${providerId}`,
    },
  ];
}
