import { access, mkdtemp, readFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { expect, inject, it } from "vitest";
import type { CommandResult } from "../support/engine/run-command.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { installPlugin } from "../support/harness/install-package.ts";
import { Stack } from "../support/harness/stack.ts";
import { expectNoKeys, idOf, takeRequests } from "./fixture.ts";

const datadog = useFakeDatadog();
const type = "datadog-org-connections:index:OrgConnection";
const urnOf = (name: string) => `urn:pulumi:test::org-connections-yaml::${name}`;

it("yaml lives with two explicit providers, on a PATH without Node.js", async () => {
  const fake = datadog();
  const stack = await stackWithoutNode(fake.url);
  const operation = async (...args: string[]): Promise<CommandResult> => {
    const result = await stack.pulumi(args);
    await expectNoKeys(fake, stack, result.output);
    return result;
  };
  const succeeds = async (...args: string[]) => {
    const { code, output } = await operation(...args);
    expect(code, output).toBe(0);
  };
  const up = ["up", "--yes", "--skip-preview"];
  const drift = ["preview", "--refresh", "--expect-no-changes"];

  const { payments, shop, hub } = orgs;
  await stack.setConfig({
    hubOrgId: hub.id,
    paymentsApiKey: { value: payments.apiKey, secret: true },
    paymentsAppKey: { value: payments.appKey, secret: true },
    shopApiKey: { value: shop.apiKey, secret: true },
    shopAppKey: { value: shop.appKey, secret: true },
  });
  await succeeds(...up);
  expect(writesIn(takeRequests(fake))).toEqual(["Payments: POST 200", "Shop: POST 200"]);
  const [ofPayments, ofShop] = [idOf(fake, payments, hub), idOf(fake, shop, hub)];

  fake.setTypes(ofShop, ["audit"]);
  expect(await operation(...drift)).toMatchObject({ code: 7 });
  await succeeds(...up, "--refresh");
  expect(takeRequests(fake)).toContain("Shop: PATCH 200");
  await succeeds(...drift);

  // Imported again after the state lost them: by the command, and by the option of the program.
  for (const name of ["payments-to-hub", "shop-to-hub"]) {
    await succeeds("state", "delete", "--yes", urnOf(`${type}::${name}`));
  }
  takeRequests(fake);
  const provider = `shop=${urnOf("pulumi:providers:datadog-org-connections::shop")}`;
  const target = ["--provider", provider, type, "shop-to-hub", ofShop];
  await succeeds("import", "--yes", "--protect=false", ...target);
  const program = await readFile(join(stack.workDirectory, "Pulumi.yaml"), "utf8");
  await stack.write(
    "Pulumi.yaml",
    program.replace(/(?<=provider: "\$\{payments\}")/, `, import: ${ofPayments}`),
  );
  await succeeds(...up);
  await succeeds(...drift);
  expect(writesIn(takeRequests(fake))).toEqual([]);
  expect(fake.connections).toHaveLength(2);

  await succeeds("destroy", "--yes", "--skip-preview");
  expect(takeRequests(fake)).toEqual(["Payments: DELETE 200", "Shop: DELETE 200"]);
});

const writesIn = (requests: string[]) => requests.filter((line) => !line.includes("GET"));

/** A stack of the example. Its processes find only the engine and the host for YAML on PATH. */
async function stackWithoutNode(url: string): Promise<Stack> {
  const installation = inject("installation");
  const { binDirectories } = installation.engine;
  for (const folder of binDirectories) {
    await expect(access(join(folder, "node"))).rejects.toThrow("ENOENT");
  }
  const home = await mkdtemp(join(installation.root, "home-"));
  await installPlugin({ ...installation, home }, inject("plugin"));
  const env = { PATH: binDirectories.join(delimiter), PULUMI_HOME: home };
  const directory = resolve("examples/yaml");
  return Stack.create({ installation, directory, env: { ...env, DD_HOST: url } });
}
