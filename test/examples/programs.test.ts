import { expect, it } from "vitest";
import {
  connectionsIn,
  expectNoKeys,
  idTo,
  profileKeys,
  takeRequests,
} from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newExample } from "./fixture.ts";

const datadog = useFakeDatadog();
const { data, hub, payments, security, shop } = orgs;

/** Creates what the example declares, and returns its outputs. */
async function up(fake: FakeDatadog, stack: Stack) {
  const result = await stack.up();
  expect(result.code).toBe(0);
  await expectNoKeys(fake, stack, result);
  return result.outputs;
}

/** Finds nothing to change, and returns the requests for that. Then deletes what the example declares. */
async function previewAndDestroy(fake: FakeDatadog, stack: Stack) {
  expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  const requests = takeRequests(fake);
  expect(await stack.destroy()).toMatchObject({ code: 0 });
  return requests;
}

it("adopt-existing takes over what was made by hand, and changes only types that it may", async () => {
  const fake = datadog();
  const [source, types] = [payments, ["logs", "metrics"]];
  const toSecurity = fake.connect({ source, sink: security, types }).id;
  const toHub = fake.connect({ source, sink: hub, types }).id;
  const config = { securityOrgId: security.id, hubOrgId: hub.id, hubConnectionId: toHub };
  const stack = await newExample(fake, "adopt-existing", config);
  expect(await up(fake, stack)).toEqual({ adopted: { toSecurity, toHub } });
  expect(takeRequests(fake)).toEqual([
    "Payments: GET current_user 200",
    "Payments: GET list 200", // for the import
    "Payments: GET list of sink 200", // for the adoption
    "Payments: PATCH 200",
    "Payments: POST 409",
  ]);
  expect(connectionsIn(fake)).toEqual([
    "Payments to Hub: logs, metrics",
    "Payments to Security: audit, logs",
  ]);
  expect(await previewAndDestroy(fake, stack)).toEqual([]);
  expect(fake.connections).toEqual([]);
});

it("hub-and-spoke connects each org with the hub by its own keys", async () => {
  const fake = datadog();
  const sources = { payments, shop, "data-lake": data };
  const config = { hubOrgId: hub.id };
  const stack = await newExample(fake, "hub-and-spoke", config, profileKeys(sources));
  const outputs = await up(fake, stack);
  expect(takeRequests(fake)).toEqual(
    ["Data", "Payments", "Shop"].flatMap((org) => [
      `${org}: GET current_user 200`,
      `${org}: POST 200`,
    ]),
  );
  expect(connectionsIn(fake)).toEqual([
    "Data to Hub: audit",
    "Payments to Hub: logs, metrics",
    "Shop to Hub: logs",
  ]);
  const ids = Object.entries(sources).map(([profile, org]) => [profile, idTo(fake, hub, org)]);
  expect(outputs).toEqual({ connectionIds: Object.fromEntries(ids) });
  expect(await previewAndDestroy(fake, stack)).toEqual([]);
  expect(fake.connections).toEqual([]);
});

it("mesh connects every source with its sinks, and sums up what Datadog has", async () => {
  const fake = datadog();
  fake.connect({ source: shop, sink: hub, types: ["logs"] }); // by hand
  const sinks = Object.entries({ payments, shop, data, security });
  const config = Object.fromEntries(sinks.map(([org, { id }]) => [`orgIds.${org}`, id]));
  const stack = await newExample(fake, "mesh", config, profileKeys({ payments, shop, data }));
  // Connections that are created side by side have no certain order.
  expect(await up(fake, stack)).toEqual({
    seenBy: {
      data: ["Security: audit"],
      payments: expect.arrayContaining(["Data: logs, metrics", "Security: audit, logs"]),
      shop: expect.arrayContaining(["Data: metrics", "Hub: logs", "Security: audit"]),
    },
  });
  const lists = ["Data", "Payments", "Shop"].map((org) => `${org}: GET list of source 200`);
  const creations = ["Data", "Payments", "Payments", "Shop", "Shop"];
  expect(takeRequests(fake)).toEqual(
    [
      ...["Data", "Payments", "Shop"].map((org) => `${org}: GET current_user 200`),
      ...creations.map((org) => `${org}: POST 200`),
      ...lists,
    ].sort(),
  );
  expect(connectionsIn(fake)).toEqual([
    "Data to Security: audit",
    "Payments to Data: logs, metrics",
    "Payments to Security: audit, logs",
    "Shop to Data: metrics",
    "Shop to Hub: logs",
    "Shop to Security: audit",
  ]);
  expect(await previewAndDestroy(fake, stack)).toEqual(lists);
  expect(connectionsIn(fake)).toEqual(["Shop to Hub: logs"]);
});
