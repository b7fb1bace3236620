import { access, mkdtemp, readFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { expect, inject, it } from "vitest";
import { expectNoKeys, idTo, newStack, takeRequests, takeWrites } from "../end-to-end/fixture.ts";
import { plugin } from "../end-to-end/providers.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { installPlugin } from "../support/harness/install-package.ts";
import type { Stack } from "../support/harness/stack.ts";

const datadog = useFakeDatadog();
const { hub, payments, shop } = orgs;
const urnOf = (name: string) => `urn:pulumi:test::org-connections-yaml::${name}`;
const drift = { refresh: true, expectNoChanges: true };

it("yaml lives with two explicit providers, on a PATH without Node.js", async () => {
  const fake = datadog();
  const stack = await stackWithoutNode(fake);
  await stack.setConfig({
    hubOrgId: hub.id,
    paymentsApiKey: { value: payments.apiKey, secret: true },
    paymentsAppKey: { value: payments.appKey, secret: true },
    shopApiKey: { value: shop.apiKey, secret: true },
    shopAppKey: { value: shop.appKey, secret: true },
  });
  expect(await stack.up()).toMatchObject({ code: 0 });
  const [ofPayments, ofShop] = [idTo(fake, hub), idTo(fake, hub, shop)];

  fake.setTypes(ofShop, ["audit"]);
  expect(await stack.preview(drift)).toMatchObject({ code: 7 });
  fake.clearRequests();
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
  expect(takeWrites(fake)).toEqual(["Shop: PATCH 200"]);
  expect(await stack.preview(drift)).toMatchObject({ code: 0 });

  // Imported again after the state lost them: by the command, and by the option of the program.
  for (const name of ["payments-to-hub", "shop-to-hub"]) {
    const command = ["state", "delete", "--yes", urnOf(`${plugin.type}::${name}`)];
    expect(await stack.pulumi(command)).toMatchObject({ code: 0 });
  }
  fake.clearRequests();
  const provider = `shop=${urnOf("pulumi:providers:datadog-org-connections::shop")}`;
  const flags = ["--yes", "--protect=false", "--provider", provider];
  const command = ["import", ...flags, plugin.type, "shop-to-hub", ofShop];
  expect(await stack.pulumi(command)).toMatchObject({ code: 0 });
  const program = await readFile(join(stack.workDirectory, "Pulumi.yaml"), "utf8");
  await stack.write(
    "Pulumi.yaml",
    program.replace(/(?<=provider: "\$\{payments\}")/, `, import: ${ofPayments}`),
  );
  expect(await stack.up()).toMatchObject({ code: 0 });
  expect(await stack.preview(drift)).toMatchObject({ code: 0 });
  expect(takeWrites(fake)).toEqual([]);

  expect(await stack.destroy()).toMatchObject({ code: 0 });
  expect(takeRequests(fake)).toEqual(["Payments: DELETE 200", "Shop: DELETE 200"]);
  await expectNoKeys(fake, stack, stack.transcript);
});

/** A stack of the example. Its processes find only the engine and the host for YAML on PATH. */
async function stackWithoutNode(fake: FakeDatadog): Promise<Stack> {
  const installation = inject("installation");
  const { binDirectories } = installation.engine;
  for (const folder of binDirectories) {
    await expect(access(join(folder, "node"))).rejects.toThrow("ENOENT");
  }
  const home = await mkdtemp(join(installation.root, "home-"));
  await installPlugin({ ...installation, home }, inject("plugin"));
  const PATH = binDirectories.join(delimiter);
  const env = { PATH, PULUMI_HOME: home, DD_HOST: fake.url };
  return newStack(fake, {}, { directory: resolve("examples/yaml"), env });
}
