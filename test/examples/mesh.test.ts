import { expect, it } from "vitest";
import { profileKeys } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { connectionsIn, expectNoKeys, newExample, takeRequests } from "./fixture.ts";

const datadog = useFakeDatadog();
const { payments, shop, data, security, hub } = orgs;

it("mesh connects every source with its sinks, and sums up what Datadog has", async () => {
  const fake = datadog();
  const stack = await newExample(
    "mesh",
    { DD_HOST: fake.url, ...profileKeys({ payments, shop, data }) },
    Object.fromEntries(
      Object.entries({ payments, shop, data, security }).map(([org, { id }]) => [
        `orgIds.${org}`,
        id,
      ]),
    ),
  );
  expect(await stack.preview()).toMatchObject({ code: 0, changes: { create: 6 } });
  expect(takeRequests(fake)).toEqual([]); // the summary waits for the connections

  const up = await stack.up();
  expect(up).toMatchObject({ code: 0, changes: { create: 6 } });
  const lists = ["Data: GET list 200", "Payments: GET list 200", "Shop: GET list 200"];
  const creations = ["Data", "Payments", "Payments", "Shop", "Shop"];
  expect(takeRequests(fake)).toEqual(
    [
      ...["Data", "Payments", "Shop"].map((org) => `${org}: GET current_user 200`),
      ...creations.map((org) => `${org}: POST 200`),
      ...lists,
    ].sort(),
  );
  const connections = [
    "Data to Security: audit",
    "Payments to Data: logs, metrics",
    "Payments to Security: audit, logs",
    "Shop to Data: metrics",
    "Shop to Security: audit",
  ];
  expect(connectionsIn(fake)).toEqual(connections);
  expect(summary(up.outputs)).toEqual(connections);
  await expectNoKeys(fake, stack, up);

  expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(takeRequests(fake)).toEqual(lists);

  fake.connect({ source: shop, sink: hub, types: ["logs"] });
  const again = await stack.up();
  expect(again).toMatchObject({ code: 0, changes: { same: 6 } });
  expect(summary(again.outputs)).toEqual([...connections, "Shop to Hub: logs"].sort());
  takeRequests(fake);

  expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 6 } });
  expect(takeRequests(fake)).toEqual(creations.map((org) => `${org}: DELETE 200`));
  expect(connectionsIn(fake)).toEqual(["Shop to Hub: logs"]);
});

/** The lines of the summary; the order of connections that were created side by side isn't certain. */
function summary(outputs: Readonly<Record<string, unknown>>): string[] {
  const seenBy: Record<string, string[]> = Object(outputs["seenBy"]);
  const name = (profile: string) => profile.replace(/^./, (letter) => letter.toUpperCase());
  const lines = Object.entries(seenBy).flatMap(([profile, sinks]) =>
    sinks.map((sink) => `${name(profile)} to ${sink}`),
  );
  return lines.sort();
}
