import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { environmentOf, newStack, oneList, profileKeys, recordedByName } from "./fixture.ts";
import { plugin, yamlProgram } from "./providers.ts";

const datadog = useFakeDatadog();

it("pulumi import accepts an id, or a profile and an id, and the program that it writes changes nothing", async () => {
  const fake = datadog();
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs", "audit"] });
  const shops = fake.connect({ source: orgs.shop, sink: orgs.hub, types: ["metrics"] });
  const env = { ...environmentOf(fake), ...profileKeys({ shop: orgs.shop }) };
  const stack = await newStack(fake, yamlProgram({}), { env });
  const command = ["import", plugin.type, "ours", id, "--yes"];
  const bySink = await stack.pulumi(command, {
    env: { DD_API_KEY: orgs.hub.apiKey, DD_APP_KEY: orgs.hub.appKey },
  });
  expect(bySink.code).not.toBe(0);
  expect(bySink.output).toContain(
    `Cannot read the org connection ${id}: the connection ${id} has the source org ${orgs.payments.id}, ` +
      `but the credentials belong to the org ${orgs.hub.id}. Nothing was changed.`,
  );
  expect(await recordedByName(stack)).toEqual({});
  const written = {};
  for (const [name, importId] of [
    ["hub", id],
    ["shops", `shop/${shops.id}`],
  ] as const) {
    const flags = ["--yes", "--protect=false", "--out", `${name}.yaml`];
    const imported = await stack.pulumi(["import", plugin.type, name, importId, ...flags]);
    expect(imported).toMatchObject({ code: 0 });
    const text = await readFile(join(stack.workDirectory, `${name}.yaml`), "utf8");
    Object.assign(written, parse(text).resources);
  }
  await stack.write(
    "Pulumi.yaml",
    JSON.stringify({ name: "test", runtime: "yaml", resources: written }),
  );
  expect(await recordedByName(stack)).toMatchObject({
    hub: { id, outputs: { connectionTypes: ["audit", "logs"], sinkOrgName: "Hub" } },
    shops: { id: shops.id, outputs: { profile: "shop", connectionTypes: ["metrics"] } },
  });

  fake.clearRequests();
  const idle = { refresh: true, expectNoChanges: true };
  expect(await stack.preview(idle)).toMatchObject({ code: 0, changes: { same: 3 } });
  expect(fake.requestLines).toEqual([...oneList, ...oneList]); // of Payments and of Shop
  expect(fake.connections.map(({ types }) => types)).toEqual([["logs", "audit"], ["metrics"]]);
});
