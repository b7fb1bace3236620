import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, recordedByName, textBelow } from "./fixture.ts";
import { programOf, type Resource, yamlProgram } from "./ways.ts";

const running = useFakeDatadog();

const namespace = "datadog-org-connections";
const toHub = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const by = (provider: string, resource: Resource) => ({
  ...resource,
  options: { provider: `\${${provider}}` },
});

/** The settings of an explicit provider. */
const settings = (fake: FakeDatadog, { apiKey, appKey }: { apiKey: string; appKey: string }) => ({
  apiUrl: fake.url,
  apiKey,
  appKey,
});

it("two orgs in one program have providers of their own, and no key is in a resource or in the clear", async () => {
  const fake = running();
  const providers = {
    payments: settings(fake, orgs.payments),
    shop: settings(fake, orgs.shop),
  };
  const connections = { fromPayments: by("payments", toHub), fromShop: by("shop", toHub) };
  const stack = await newStack(fake, yamlProgram(connections, providers), { env: {} });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 5 } });
  expect(fake.connections.map(({ sourceOrgId }) => sourceOrgId).sort()).toEqual(
    [orgs.payments.id, orgs.shop.id].sort(),
  );
  fake.setTypes((await recordedByName(stack))["fromShop"]?.id ?? "", ["audit"]);
  fake.clearRequests();
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 1 } });
  expect(fake.requests.map(({ org, method }) => `${org}: ${method}`).sort()).toEqual([
    "Payments: GET",
    "Shop: GET",
    "Shop: PATCH",
  ]);
  const recorded = JSON.stringify(await recordedByName(stack));
  expect(recorded).not.toMatch(/apiKey|appKey|ciphertext/);
  expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 5 } });
  expect(fake.connections).toEqual([]);
  const all = String(stack.transcript).replace(/Pulumi\.yaml:\n.*/g, "");
  for (const { apiKey, appKey } of [orgs.payments, orgs.shop]) {
    for (const text of [all, await textBelow(stack.stateDirectory)]) {
      expect(text).not.toContain(apiKey);
      expect(text).not.toContain(appKey);
    }
  }
});

it("moves to an explicit provider of the same org with no request, and is replaced by one of another", async () => {
  const fake = running();
  const renewed = { apiKey: "renewed-api", appKey: "renewed-app" };
  fake.addCredentials(orgs.payments, renewed);
  const providers = {
    payments: { ...settings(fake, orgs.payments), orgId: orgs.payments.id },
    renewed: { ...settings(fake, renewed), orgId: orgs.payments.id },
    shop: { ...settings(fake, orgs.shop), orgId: orgs.shop.id },
  };
  const programBy = (provider: string) => yamlProgram({ hub: by(provider, toHub) }, providers);
  const stack = await newStack(fake, programBy("payments"), { env: {} });
  const upBy = async (provider: string) => {
    for (const [file, text] of Object.entries(programBy(provider))) await stack.write(file, text);
    fake.clearRequests();
    return stack.up();
  };
  expect(await stack.up()).toMatchObject({ code: 0 });
  const before = fake.connections;
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
  expect(fake.connections).toMatchObject([{ sourceOrgId: orgs.shop.id }]);
  expect(await stack.up({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual([]);
});

it("the source changes with the top-level keys and orgId: the old connection stays until its own keys delete it", async () => {
  const fake = running();
  const program = programOf({ hub: toHub });
  const stack = await newStack(fake, program, { env: {} });
  const configOf = ({ id, ...keys }: { id: string; apiKey: string; appKey: string }) => {
    const { apiUrl, apiKey, appKey } = settings(fake, keys);
    const values = { apiUrl, apiKey, appKey, orgId: id };
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`${namespace}:${name}`, value]),
    );
  };
  await stack.setConfig(configOf(orgs.payments));
  expect(await stack.up()).toMatchObject({ code: 0 });
  const id = fake.connections[0]?.id;
  await stack.setConfig(configOf(orgs.shop));
  const { code, output, changes } = await stack.up();
  expect({ code, changes }).toMatchObject({ code: 1 });
  expect(output).toContain(
    `Cannot delete the org connection ${id}: Datadog doesn't list the connection for the ` +
      `credentials: they belong to the org ${orgs.shop.id}, not to its source ${orgs.payments.id} or its ` +
      `sink ${orgs.hub.id}`,
  );
  const sources = () => fake.connections.map(({ sourceOrgId }) => sourceOrgId);
  expect(sources()).toEqual([orgs.payments.id, orgs.shop.id]);

  // The old keys delete it, once; with orgId they would replace the new one too.
  const { [`${namespace}:orgId`]: orgId, ...oldKeys } = configOf(orgs.payments);
  await stack.setConfig(oldKeys);
  expect(await stack.pulumi(["config", "rm", `${namespace}:orgId`])).toMatchObject({ code: 0 });
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(sources()).toEqual([orgs.shop.id]);
  await stack.setConfig(configOf(orgs.shop));
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual([]);
});

it("a secret that resolves to undefined counts as not set, in the settings, arguments and functions", async () => {
  const fake = running();
  const keys = JSON.stringify(settings(fake, orgs.payments));
  const args = JSON.stringify(toHub);
  const program = programOf(
    {},
    "plugin",
    `const absent = pulumi.secret(undefined);
    const provider = new pulumi.ProviderResource("datadog-org-connections", "payments", {
      ...${keys}, bearerToken: absent, orgId: absent, maxRetries: absent, profiles: absent,
    });
    const none = { profile: absent, adoptExisting: absent };
    const byPlugin = new Connection("byPlugin", { ...${args}, ...none }, { provider });
    const toShop = { ...${args}, sinkOrgId: "${orgs.shop.id}" };
    new OrgConnection("byDynamic", { ...toShop, ...none }, { dependsOn: byPlugin });
    export const listed = getOrgConnectionsOutput({ sourceOrgId: absent, sinkOrgId: absent, profile: absent })
      .connections.length;`,
  );
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(fake.connections.map(({ sinkOrgId }) => sinkOrgId)).toEqual([orgs.hub.id, orgs.shop.id]);
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual([]);
});

it("what another provider creates in the same update can be read", async () => {
  const fake = running();
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.data, types: ["logs"] });
  const program = programOf(
    {},
    "plugin",
    `const before = OrgConnection.get("before", "${id}");
    const byPlugin = new Connection("byPlugin", ${JSON.stringify(toHub)}, { dependsOn: before });
    const found = OrgConnection.get("found", byPlugin.id);
    // Its own writes end what a provider has read before.
    const again = Connection.get("again", "${id}", { dependsOn: found });
    const toShop = { ...${JSON.stringify(toHub)}, sinkOrgId: "${orgs.shop.id}" };
    const byDynamic = new OrgConnection("byDynamic", toShop, { dependsOn: again });
    Connection.get("foundToo", byDynamic.id);`,
  );
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(await recordedByName(stack)).toMatchObject({
    found: { outputs: { sinkOrgName: "Hub" } },
    foundToo: { outputs: { sinkOrgName: "Shop" } },
  });
});
