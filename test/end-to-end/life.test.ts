import { expect, it } from "vitest";
import { providerText } from "../../sdk/provider-text.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newStack, programOf, recordedConnections } from "./fixture.ts";

const running = useFakeDatadog();

const toHub = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const toShop = { ...toHub, sinkOrgId: orgs.shop.id };
const path = "/api/v2/org_connections";

/** A stack with one connection, and the connection's id; the log of requests is empty. */
async function oneConnection(fake: FakeDatadog): Promise<{ stack: Stack; id: string }> {
  const stack = await newStack(fake, programOf({ hub: toHub }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  fake.clearRequests();
  return { stack, id: fake.connections[0]?.id ?? "" };
}

it("a declared connection is created and recorded", async () => {
  const fake = running();
  const stack = await newStack(fake, programOf({ hub: toHub }));
  const { code, outputs } = await stack.up();
  expect(code).toBe(0);
  expect(fake.requestLines).toEqual([`POST ${path} 200`]);
  expect(outputs).toEqual({ ids: { hub: fake.connections[0]?.id } });
  expect(await recordedConnections(stack)).toMatchObject([
    {
      id: fake.connections[0]?.id,
      inputs: { ...toHub, __provider: providerText },
      outputs: {
        ...toHub,
        __provider: providerText,
        sinkOrgName: "Hub",
        sourceOrgId: orgs.payments.id,
        sourceOrgName: "Payments",
        createdAt: fake.connections[0]?.createdAt,
        createdBy: orgs.payments.user.id,
        createdByName: "Ada",
      },
    },
  ]);
});

it("an unchanged program changes nothing and sends nothing", async () => {
  const fake = running();
  const { stack } = await oneConnection(fake);
  const reordered = { sinkOrgId: orgs.hub.id.toUpperCase(), connectionTypes: ["logs", "logs"] };
  await stack.write("index.ts", programOf({ hub: reordered }));
  expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 2 } });
  expect(fake.requestLines).toEqual([]);
});

it("a preview without refresh sends nothing, whatever changes", async () => {
  const fake = running();
  const { stack } = await oneConnection(fake);
  const declared = { hub: { ...toHub, connectionTypes: ["audit"] }, shop: toShop };
  await stack.write("index.ts", programOf(declared));
  expect(await stack.preview()).toMatchObject({ code: 0, changes: { create: 1, update: 1 } });
  expect(fake.requestLines).toEqual([]);
});

it("changed types are PATCHed, and the names stay recorded", async () => {
  const fake = running();
  const { stack, id } = await oneConnection(fake);
  const connectionTypes = ["audit", "metrics"];
  await stack.write("index.ts", programOf({ hub: { ...toHub, connectionTypes } }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1, same: 1 } });
  expect(fake.requestLines).toEqual([`PATCH ${path}/${id} 200`]);
  expect(fake.connections).toMatchObject([{ id, types: connectionTypes }]);
  expect(await recordedConnections(stack)).toMatchObject([
    { id, outputs: { connectionTypes, sinkOrgName: "Hub", createdByName: "Ada" } },
  ]);
});

it("another sink replaces the connection: the new one is created before the old one is deleted", async () => {
  const fake = running();
  const { stack, id } = await oneConnection(fake);
  await stack.write("index.ts", programOf({ hub: toShop }));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { replace: 1, same: 1 } });
  expect(fake.requestLines).toEqual([
    "GET /api/v2/validate 200", // are the credentials still those of the recorded source?
    `POST ${path} 200`,
    `DELETE ${path}/${id} 200`,
  ]);
  expect(fake.connections).toMatchObject([{ sinkOrgId: orgs.shop.id }]);
});

it("a connection that the program no longer declares is deleted", async () => {
  const fake = running();
  const { stack, id } = await oneConnection(fake);
  await stack.write("index.ts", programOf({}));
  expect(await stack.up()).toMatchObject({ code: 0, changes: { delete: 1, same: 1 } });
  expect(fake.requestLines).toEqual([`DELETE ${path}/${id} 200`]);
});

it("destroy deletes, also what somebody deleted by hand", async () => {
  const fake = running();
  const { stack, id } = await oneConnection(fake);
  fake.remove(id);
  expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 2 } });
  expect(fake.requestLines).toEqual([
    `DELETE ${path}/${id} 404`,
    "GET /api/v2/validate 200", // whose the credentials are: those of another org see a 404 too
  ]);
  expect(await recordedConnections(stack)).toEqual([]);
});
