import { expect, it } from "vitest";
import { profileKeys } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  currentUser,
  expectNoKeys,
  idOf,
  list,
  newExample,
  path,
  takeRequests,
} from "./fixture.ts";

const running = useFakeDatadog();
const { payments, shop, data, security, hub } = orgs;
const sources = { payments, shop, data };

it("mesh connects every source with its sinks, and sums up what Datadog has", async () => {
  const fake = running();
  const ids = Object.entries({ ...sources, security }).map(([org, { id }]) => [
    `orgIds.${org}`,
    id,
  ]);
  const stack = await newExample("mesh", {
    env: { DD_HOST: fake.url, ...profileKeys(sources) },
    config: Object.fromEntries(ids),
  });

  expect(await stack.preview()).toMatchObject({ code: 0, changes: { create: 6 } });
  expect(takeRequests(fake)).toEqual([]); // the summary waits for the connections

  const up = await stack.up();
  expect(up).toMatchObject({ code: 0, changes: { create: 6 } });
  const lists = ["Data", "Payments", "Shop"].map((org) => `${org}: GET ${list} 200`);
  const asked = ["Data", "Payments", "Shop"].map((org) => `${org}: ${currentUser}`);
  const creations = ["Data", "Payments", "Payments", "Shop", "Shop"].map(
    (org) => `${org}: POST ${path} 200`,
  );
  expect(takeRequests(fake)).toEqual([...lists, ...asked, ...creations].sort());
  const types = (source: typeof payments | typeof shop | typeof data, sink: { id: string }) =>
    fake.connections.find(({ id }) => id === idOf(fake, source, sink))?.types;
  expect(types(payments, data)).toEqual(["logs", "metrics"]);
  expect(types(payments, security)).toEqual(["audit", "logs"]);
  expect(types(shop, data)).toEqual(["metrics"]);
  expect(types(shop, security)).toEqual(["audit"]);
  expect(types(data, security)).toEqual(["audit"]);
  expect(fake.connections).toHaveLength(5);
  await expectNoKeys(fake, stack, up);

  const { seenBy } = sorted(up.outputs);
  expect(seenBy).toEqual({
    payments: ["Data: logs, metrics", "Security: audit, logs"],
    shop: ["Data: metrics", "Security: audit"],
    data: ["Security: audit"],
  });

  expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(takeRequests(fake)).toEqual(lists);

  fake.connect({ source: shop, sink: hub, types: ["logs"] });
  const again = await stack.up();
  expect(again).toMatchObject({ code: 0, changes: { same: 6 } });
  expect(sorted(again.outputs).seenBy["shop"]).toContain("Hub: logs");
  takeRequests(fake);

  const deletions = fake.connections
    .filter(({ sinkOrgId }) => sinkOrgId !== hub.id)
    .map(({ id, sourceOrgId }) => {
      const source = Object.values(sources).find((org) => org.id === sourceOrgId);
      return `${source?.name}: DELETE ${path}/${id} 200`;
    });
  expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 6 } });
  expect(takeRequests(fake)).toEqual(deletions.sort());
  expect(fake.connections).toMatchObject([{ sinkOrgId: hub.id }]);
});

/** The summary; the order of connections that were created side by side isn't certain. */
function sorted(outputs: Readonly<Record<string, unknown>>): { seenBy: Record<string, string[]> } {
  const seenBy: Record<string, string[]> = Object(outputs["seenBy"]);
  return {
    seenBy: Object.fromEntries(
      Object.entries(seenBy).map(([key, lines]) => [key, lines.toSorted()]),
    ),
  };
}
