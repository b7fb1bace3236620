import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, path, recordedByName, textBelow, writesOf } from "./fixture.ts";
import { dynamicProvider, type Resource, yamlProgram } from "./ways.ts";

const running = useFakeDatadog();

const toHub = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const adopting = { ...toHub, adoptExisting: true };
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

it("a connection moves from the dynamic provider to the plugin, to an explicit provider and back", async () => {
  const fake = running();
  const stack = await newStack(fake, yamlProgram({}));
  // A program in TypeScript, as it was before.
  const before = dynamicProvider.program({ hub: toHub });
  for (const [file, text] of Object.entries(before)) await stack.write(file, text);
  await stack.write("Pulumi.yaml", "name: test\nruntime: nodejs\n");
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  const [connection] = fake.connections;
  fake.clearRequests();

  const payments = { payments: settings(fake, orgs.payments) };
  const moves = [
    yamlProgram({ byPlugin: adopting }),
    yamlProgram({ byProvider: by("payments", adopting) }, payments),
    yamlProgram({ byDefault: adopting }, payments),
  ];
  for (const files of moves) {
    for (const [file, text] of Object.entries(files)) await stack.write(file, text);
    const { code, output, changes } = await stack.up();
    expect({ code, deleted: changes["delete"] }, output).toEqual({ code: 0, deleted: 1 });
    expect(output).toContain(`the org connection ${connection?.id} wasn't deleted`);
    expect(fake.connections).toEqual([connection]);
  }
  expect(writesOf(fake)).toEqual([]);
  const { byDefault, ...others } = await recordedByName(stack);
  expect(byDefault?.id).toBe(connection?.id);
  expect(others).toEqual({});

  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(writesOf(fake)).toEqual([`DELETE ${path}/${connection?.id} 200`]);
});
