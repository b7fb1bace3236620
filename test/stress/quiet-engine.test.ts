import { expect, it } from "vitest";
import { newStack } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";

const datadog = useFakeDatadog();

/** Declares a connection, and another one when other resources took more than two minutes. */
const program = `
import * as pulumi from "@pulumi/pulumi";

class OrgConnection extends pulumi.CustomResource {
  constructor(name: string, sinkOrgId: string) {
    super("datadog-org-connections:index:OrgConnection", name, { sinkOrgId, connectionTypes: ["logs"] });
  }
}

export default async () => {
  const first = new OrgConnection("to-hub", "${orgs.hub.id}");
  await new Promise((resolve) => first.id.apply(resolve));
  await new Promise((resolve) => setTimeout(resolve, 130_000));
  new OrgConnection("to-shop", "${orgs.shop.id}");
};
`;

it("the plugin stays if the engine has nothing for it to do for more than two minutes", async () => {
  const fake = datadog();
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 3 } });
  expect(fake.connections).toHaveLength(2);
}, 300_000);
