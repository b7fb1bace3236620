import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { getOrgConnections, getOrgConnectionsOutput } from "../../../sdk/get-org-connections.ts";
import { orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf } from "../fixture.ts";

const datadog = useFakeDatadog();

/** An argument for which another resource has nothing. */
const nothing = JSON.parse("null");
const nulls = { profile: nothing, sinkOrgId: nothing, sourceOrgId: nothing };

it.each([
  ["getOrgConnections", () => pulumi.output(getOrgConnections(nulls))],
  ["getOrgConnectionsOutput", () => getOrgConnectionsOutput(nulls)],
])("%s takes null as not set", async (_name, list) => {
  const fake = datadog();
  pulumi.runtime.setAllConfig(configOf(fake));
  const id = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] }).id;
  const listed = new Promise((resolve) => list().apply(resolve));
  expect(await listed).toMatchObject({ connections: [{ id }] });
});
