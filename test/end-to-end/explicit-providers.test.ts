import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, providerSettings, recordedByName } from "./fixture.ts";
import { argsTo, plugin, programOf, type Resource, yamlProgram } from "./providers.ts";

const datadog = useFakeDatadog();

const namespace = "datadog-org-connections";
const toHub = argsTo(orgs.hub);
const by = (provider: string, resource: Resource) => ({
  ...resource,
  options: { provider: `\${${provider}}` },
});

it("a connection moves to an explicit provider of the same org without a request, and a provider of another org replaces it", async () => {
  const fake = datadog();
  const renewed = { apiKey: "renewed-api", appKey: "renewed-app" };
  fake.addCredentials(orgs.payments, renewed);
  const explicit = {
    payments: { ...providerSettings(fake, orgs.payments), orgId: orgs.payments.id },
    renewed: { ...providerSettings(fake, renewed), orgId: orgs.payments.id },
    shop: { ...providerSettings(fake, orgs.shop), orgId: orgs.shop.id },
  };
  const programBy = (provider: string) =>
    yamlProgram({ hub: by(provider, toHub), data: by("shop", argsTo(orgs.data)) }, explicit);
  const stack = await newStack(fake, programBy("payments"), { env: {} });
  const upBy = async (provider: string) => {
    for (const [file, text] of Object.entries(programBy(provider))) await stack.write(file, text);
    fake.clearRequests();
    return stack.up();
  };
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 6 } });
  const before = fake.connections;
  const sources = () => fake.connections.map(({ sourceOrgId }) => sourceOrgId).sort();
  expect(sources()).toEqual([orgs.payments.id, orgs.shop.id].sort());
  expect(await upBy("renewed")).toMatchObject({ code: 0 });
  expect(fake.requestLines).toEqual([]);
  expect(fake.connections).toEqual(before);

  expect(await upBy("shop")).toMatchObject({ code: 0, changes: { replace: 1 } });
  expect(fake.requests.map(({ org, method }) => `${org}: ${method}`)).toEqual([
    "Shop: GET",
    "Shop: POST",
    "Payments: GET",
    "Payments: DELETE",
  ]);
  expect(sources()).toEqual([orgs.shop.id, orgs.shop.id]);
  expect(await stack.up({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
});

it("the source changes with the top-level keys and orgId: the old connection stays until its own keys delete it", async () => {
  const fake = datadog();
  const stack = await newStack(fake, programOf({ hub: toHub }), { env: {} });
  const setConfig = (values: Readonly<Record<string, string>>) =>
    stack.setConfig(
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`${namespace}:${name}`, value]),
      ),
    );
  await setConfig({ ...providerSettings(fake, orgs.payments), orgId: orgs.payments.id });
  expect(await stack.up()).toMatchObject({ code: 0 });
  const id = fake.connections[0]?.id;
  await setConfig({ ...providerSettings(fake, orgs.shop), orgId: orgs.shop.id });
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `Cannot delete the org connection ${id}: Datadog doesn't list the connection for the ` +
      `credentials: they belong to the org ${orgs.shop.id}, not to its source ${orgs.payments.id} or its ` +
      `sink ${orgs.hub.id}`,
  );
  const sources = () => fake.connections.map(({ sourceOrgId }) => sourceOrgId);
  expect(sources()).toEqual([orgs.payments.id, orgs.shop.id]);

  // The old keys delete it, once; with orgId they would replace the new one too.
  await setConfig(providerSettings(fake, orgs.payments));
  await stack.pulumi(["config", "rm", `${namespace}:orgId`]);
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(sources()).toEqual([orgs.shop.id]);
  await setConfig({ ...providerSettings(fake, orgs.shop), orgId: orgs.shop.id });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 2 } });
});

it("both providers in one program find what the other one creates, and take a secret that resolves to undefined as not set", async () => {
  const fake = datadog();
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.data, types: ["logs"] });
  const program = programOf(
    {},
    plugin,
    `const absent = pulumi.secret(undefined);
    const provider = new pulumi.ProviderResource("${namespace}", "payments", {
      ...${JSON.stringify(providerSettings(fake, orgs.payments))},
      bearerToken: absent, orgId: absent, maxRetries: absent, profiles: absent,
    });
    const none = { profile: absent, adoptExisting: absent };
    const before = OrgConnection.get("before", "${id}");
    const byPlugin = new PluginConnection("byPlugin", { ...${JSON.stringify(toHub)}, ...none },
      { provider, dependsOn: before });
    const found = OrgConnection.get("found", byPlugin.id);
    // Its own writes end what a provider has read before.
    const again = PluginConnection.get("again", "${id}", { provider, dependsOn: found });
    const byDynamic = new OrgConnection("byDynamic", { ...${JSON.stringify(argsTo(orgs.shop))}, ...none },
      { dependsOn: again });
    PluginConnection.get("foundToo", byDynamic.id, { provider });
    export const listed = getOrgConnectionsOutput({ sourceOrgId: absent, sinkOrgId: absent, profile: absent })
      .connections.length;`,
  );
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(fake.connections.map(({ sinkOrgId }) => sinkOrgId)).toEqual(
    [orgs.data, orgs.hub, orgs.shop].map((sink) => sink.id),
  );
  expect(await recordedByName(stack)).toMatchObject({
    found: { outputs: { sinkOrgName: "Hub" } },
    foundToo: { outputs: { sinkOrgName: "Shop" } },
  });
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
});
