import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, programOf, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const path = "/api/v2/org_connections";
const toHub = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const toShop = { ...toHub, sinkOrgId: orgs.shop.id };
const keysOf = ({ apiKey, appKey }: { apiKey: string; appKey: string }) => ({
  DD_API_KEY: apiKey,
  DD_APP_KEY: appKey,
});

it("keys of another org forget, change and delete nothing", async () => {
  const stack = await newStack(fake, programOf({ hub: toHub }));
  await stack.up();
  const before = fake.connections;
  const [{ id } = { id: "" }] = before;
  const env = keysOf(orgs.data);
  const whose =
    `the credentials belong to the org ${orgs.data.id}, but the connection is between ` +
    `${orgs.payments.id} (source) and ${orgs.hub.id} (sink)`;
  for (const run of [
    () => stack.refresh({ env }),
    () => stack.up({ refresh: true, env }),
    () => stack.destroy({ env }),
  ]) {
    const { code, output } = await run();
    expect(code).toBe(1);
    expect(output).toContain(`the org connection ${id}: ${whose}`);
  }
  await stack.write("index.ts", programOf({ hub: { ...toHub, connectionTypes: ["audit"] } }));
  const { code, output } = await stack.up({ env });
  expect(code).toBe(1);
  expect(output).toContain(`Cannot update the org connection ${id}: Datadog answered 404`);
  expect(fake.connections).toEqual(before);
  expect(await recordedConnections(stack)).toMatchObject([{ id, outputs: toHub }]);
});

it("a resource that was renamed and adopts keeps its connection", async () => {
  const stack = await newStack(fake, programOf({ hub: toHub }));
  await stack.up();
  const before = fake.connections;
  await stack.write("index.ts", programOf({ renamed: { ...toHub, adoptExisting: true } }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 1, delete: 1 } });
  expect(fake.connections).toEqual(before);
  expect(await recordedConnections(stack)).toMatchObject([{ id: before[0]?.id }]);
});

it("two connections that swap their sinks and adopt both live on", async () => {
  const adopting = { adoptExisting: true };
  const swap = (a: object, b: object) =>
    programOf({ a: { ...a, ...adopting }, b: { ...b, ...adopting } });
  const stack = await newStack(fake, swap(toHub, toShop));
  await stack.up();
  const before = fake.connections;
  await stack.write("index.ts", swap(toShop, toHub));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { replace: 2 } });
  expect(fake.connections).toEqual(before);
  expect(await stack.refresh({ previewOnly: true, expectNoChanges: true })).toMatchObject({
    code: 0,
  });
});

it("a resource that was renamed in an update that failed keeps its connection", async () => {
  const stack = await newStack(fake, programOf({ hub: toHub }));
  await stack.up();
  const before = fake.connections;
  const program = programOf({ renamed: { ...toHub, adoptExisting: true }, shop: toShop });
  await stack.write("index.ts", program);
  fake.fault({ kind: "status", status: 403, method: "POST", body: '{"errors":["Forbidden"]}' });
  expect((await stack.up()).code).toBe(1);
  expect(await recordedConnections(stack)).toHaveLength(2); // both names, as nothing was deleted

  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 1, delete: 1, same: 2 } });
  expect(fake.connections).toMatchObject([...before, { sinkOrgId: orgs.shop.id }]);
  expect(await recordedConnections(stack)).toHaveLength(2);

  const destroy = ["destroy", "--refresh", "--yes", "--skip-preview"];
  expect(await stack.pulumi(destroy)).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual([]);
});

it("two connections whose swap was done by half both live on", async () => {
  const swap = (a: object, b: object, ...connectionTypes: string[]) => {
    const adopting = { adoptExisting: true, connectionTypes };
    return programOf({ a: { ...a, ...adopting }, b: { ...b, ...adopting } });
  };
  const stack = await newStack(fake, swap(toHub, toShop, "logs"));
  await stack.up();
  const before = fake.connections;
  await stack.write("index.ts", swap(toShop, toHub, "audit"));
  fake.fault({ kind: "status", status: 403, method: "PATCH", body: '{"errors":["Forbidden"]}' });
  expect((await stack.up()).code).toBe(1);

  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
  expect(fake.connections).toEqual(before.map((one) => ({ ...one, types: ["audit"] })));
});

it("a program that declares one pair of orgs twice fails, and one connection is there", async () => {
  fake.allowDoubles = true; // only the provider stands in the way of a second one
  const declared = { ...toHub, adoptExisting: true };
  const stack = await newStack(fake, programOf({ one: declared, other: declared }));
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain("the program declares the connection between these two orgs twice");
  expect(fake.connections).toHaveLength(1);
  expect(await recordedConnections(stack)).toMatchObject([{ id: fake.connections[0]?.id }]);
});

it("a creation whose answer got lost is found, not repeated", async () => {
  fake.allowDoubles = true;
  fake.fault({ kind: "resetAfter", method: "POST" });
  const stack = await newStack(fake, programOf({ hub: toHub }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  expect(fake.requestLines).toEqual([
    `POST ${path} resetAfter`,
    `GET ${path}?limit=1000&offset=0&sink_org_id=${orgs.hub.id} 200`,
  ]);
  expect(await recordedConnections(stack)).toMatchObject([{ id: fake.connections[0]?.id }]);
});
