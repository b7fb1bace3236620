import { afterEach, beforeEach, expect, it } from "vitest";
import { creation, keysOf, list, PATH, send } from "./client.ts";
import { orgs } from "./orgs.ts";
import { type FakeDatadog, startFakeDatadog } from "./service.ts";

const { hub, payments } = orgs;
const nodeResponse = globalThis.Response;

let datadog: FakeDatadog;
beforeEach(async () => {
  datadog = await startFakeDatadog();
});
afterEach(() => datadog.close());

it("shows what is changed by hand, and logs none of it", async () => {
  const { id } = datadog.connect({ source: payments.id, sink: hub, types: ["logs"] });
  datadog.setTypes(id, ["metrics"]);
  datadog.renameOrg(payments, "Pay");
  expect(datadog.requests).toEqual([]);

  expect(await list(datadog, hub)).toMatchObject({ types: [["metrics"]], sources: ["Pay"] });

  datadog.remove(id);
  expect((await list(datadog, hub)).ids).toEqual([]);
});

it("refuses a change by hand that makes no sense", () => {
  datadog.connect({ source: payments, sink: hub, types: ["logs"] });

  expect(() => datadog.connect({ source: payments, sink: hub, types: [] })).toThrow(
    "Payments and Hub are connected already",
  );
  expect(() => datadog.setTypes("none", ["logs"])).toThrow("there is no org connection none");
  expect(() => datadog.remove("none")).toThrow("there is no org connection none");
  expect(() => datadog.addOrg("Hub", hub.id.toUpperCase())).toThrow("already");
});

it("logs a request with its headers and its body", async () => {
  const body = creation(hub.id, ["logs"]);
  const headers = { ...keysOf(payments), "User-Agent": "a client" };

  await send(datadog, { method: "POST", path: `${PATH}?a=%2F`, headers, body });

  expect(datadog.requests).toEqual([
    {
      method: "POST",
      path: `${PATH}?a=%2F`,
      org: "Payments",
      headers: expect.objectContaining({ ...keysOf(payments), "user-agent": "a client" }),
      body,
      status: 200,
      fault: undefined,
    },
  ]);
  expect(datadog.requestLines).toEqual([`POST ${PATH}?a=%2F 200`]);
  datadog.clearRequests();
  expect(datadog.requests).toEqual([]);
});

it("leaves the globals of the process alone", () => {
  expect(globalThis.Response).toBe(nodeResponse);
});
