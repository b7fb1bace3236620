import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newStack, oneList, programOf, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let stack: Stack;

const path = "/api/v2/org_connections";
const connectionTypes = ["logs", "metrics"];
const declared = {
  hub: { sinkOrgId: orgs.hub.id, connectionTypes },
  shop: { sinkOrgId: orgs.shop.id, connectionTypes },
  data: { sinkOrgId: orgs.data.id, connectionTypes },
};

const idOf = (sink: { id: string }) =>
  fake.connections.find(({ sinkOrgId }) => sinkOrgId === sink.id)?.id ?? "";

beforeEach(async () => {
  fake = running();
  stack = await newStack(fake, programOf(declared));
  await stack.up();
  fake.clearRequests();
});

it("without drift, nothing changes at the cost of one request", async () => {
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(await stack.refresh({ previewOnly: true, expectNoChanges: true })).toMatchObject({
    code: 0,
  });
  expect(fake.requestLines).toEqual([...oneList, ...oneList]);
});

it("types changed by hand show in a preview, and are PATCHed back by up", async () => {
  const id = idOf(orgs.shop);
  fake.setTypes(id, ["audit", "logs"]);

  const preview = await stack.preview({ refresh: true, expectNoChanges: true });
  expect(preview.code).toBe(7);
  expect(preview.output).toMatch(/~ +pulumi-nodejs:dynamic\/datadog:OrgConnection shop +update/);
  expect(preview.output).not.toMatch(/OrgConnection (hub|data) +update/);
  expect(fake.requestLines).toEqual(oneList);

  fake.clearRequests();
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 1 } });
  expect(fake.requestLines).toEqual([...oneList, `PATCH ${path}/${id} 200`]);
  expect(fake.connections.map(({ types }) => types)).toEqual(Array(3).fill(connectionTypes));
});

it("a pipeline tells drift from failure by the exit code, and drift detection writes nothing", async () => {
  fake.setTypes(idOf(orgs.shop), ["audit"]);
  const drift = { previewOnly: true, expectNoChanges: true };
  expect(await stack.refresh(drift)).toMatchObject({ code: 7, changes: { update: 1, same: 3 } });
  fake.fault({ kind: "status", status: 401, body: '{"errors":["Unauthorized"]}' });
  expect(await stack.refresh(drift)).toMatchObject({ code: 1 });
  expect(await recordedConnections(stack)).toMatchObject(
    Array(3).fill({ outputs: { connectionTypes } }),
  );
});

it("refresh records the drift as outputs and inputs", async () => {
  fake.setTypes(idOf(orgs.hub), ["audit"]);
  expect(await stack.refresh()).toMatchObject({ code: 0, changes: { update: 1 } });
  const hub = (await recordedConnections(stack)).find(({ urn }) => urn.endsWith("::hub"));
  expect(hub).toMatchObject({
    inputs: { connectionTypes: ["audit"] },
    outputs: { connectionTypes: ["audit"], sinkOrgName: "Hub" },
  });
});

it("a connection deleted by hand is created again, the others are left alone", async () => {
  fake.remove(idOf(orgs.data));
  expect(await stack.refresh({ previewOnly: true, expectNoChanges: true })).toMatchObject({
    code: 7,
    changes: { delete: 1, same: 3 },
  });
  fake.clearRequests();
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { create: 1 } });
  expect(fake.requestLines).toEqual([...oneList, `POST ${path} 200`]);
  expect(fake.connections).toHaveLength(3);
});

it("changing what was deleted by hand fails and says to refresh", async () => {
  const id = idOf(orgs.data);
  fake.remove(id);
  const changed = { ...declared, data: { ...declared.data, connectionTypes: ["audit"] } };
  await stack.write("index.ts", programOf(changed));
  const { code, output } = await stack.up();
  expect(code).toBe(1);
  expect(output).toContain(
    `Cannot update the org connection ${id}: Datadog answered 404 Not Found`,
  );
  expect(output).toContain("Run `pulumi refresh`");
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { create: 1 } });
});

it("a renamed org is recorded, and is no drift of what the program manages", async () => {
  const { id } = fake.connect({ source: orgs.data, sink: orgs.payments, types: ["logs"] });
  await stack.write("index.ts", `${programOf(declared)} OrgConnection.get("found", "${id}");`);
  expect(await stack.up()).toMatchObject({ code: 0 });
  fake.renameOrg(orgs.hub, "Observability");
  expect(await stack.refresh({ previewOnly: true, expectNoChanges: true })).toMatchObject({
    code: 0,
  });
  fake.renameOrg(orgs.payments, "Payments Europe");
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
  const { code, changes, output } = await stack.refresh({
    previewOnly: true,
    expectNoChanges: true,
  });
  expect({ code, changes }).toEqual({ code: 7, changes: { update: 1, same: 4 } });
  expect(output).toMatch(/OrgConnection found +update/); // of what it only reads, the engine compares all

  await stack.refresh();
  const hub = (await recordedConnections(stack)).find(({ urn }) => urn.endsWith("::hub"));
  expect(hub?.outputs).toMatchObject({ sinkOrgName: "Observability" });
});

it("of types that the program ignores, only detection without the program reports the change", async () => {
  const ignoring = programOf(declared).replace(
    "(name, args)",
    '(name, args, { ignoreChanges: ["connectionTypes"] })',
  );
  await stack.write("index.ts", ignoring);
  expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 4 } });
  fake.setTypes(idOf(orgs.shop), ["audit"]);
  fake.clearRequests();

  const detection = { previewOnly: true, expectNoChanges: true };
  expect(await stack.refresh(detection)).toMatchObject({ code: 7, changes: { update: 1 } });
  expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { same: 4 } });
  expect(fake.requestLines).toEqual([...oneList, ...oneList, ...oneList]);
});
