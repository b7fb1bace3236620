import { beforeEach, describe, expect, it } from "vitest";
import type { Org } from "../../../provider/org.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, namespace, newOrg, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let org: Org;
let id: string;

const wanted = ["audit"];
const recorded = { sourceOrgId: orgs.payments.id, sinkOrgId: orgs.hub.id };

beforeEach(() => {
  fake = running();
  org = newOrg(fake);
  const createdAt = "2025-08-26T20:19:38.208326+00:00";
  id = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"], createdAt }).id;
});

/** The requests as `POST 200`, in their order. */
const shortLines = () => fake.requestLines.map((line) => line.replace(/ \S+/, "")).join(", ");

const bothConnected = "the two orgs are already connected";

describe("a create whose outcome is open", () => {
  it("is not taken for somebody else's connection that was there before", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    const call = org.create(orgs.hub.id, ["logs"]);
    expect(await messageOf(call)).toBe(bothConnected);
    expect(shortLines()).toBe("POST resetBefore, GET 200");
  });

  it("is not taken for one of other types that somebody made meanwhile", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    const call = org.create(orgs.shop.id, ["logs"]);
    fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["metrics"] });
    expect(await messageOf(call)).toBe(bothConnected);
  });

  it("is known by the service's clock, whatever this machine's says", async () => {
    fake.fault({ kind: "resetAfter", method: "POST" });
    const RealDate = globalThis.Date;
    const aYearAhead = () => RealDate.now() + 365 * 86_400_000;
    globalThis.Date = new Proxy(RealDate, {
      get: (target, key) => (key === "now" ? aYearAhead : Reflect.get(target, key)),
    });
    const outcome = await messageOf(org.create(orgs.shop.id, wanted));
    globalThis.Date = RealDate;
    expect(outcome).toBe("nothing was thrown");
  });

  it("is known as its own where a POST that came late meets it", async () => {
    fake.fault({ kind: "resetAfter", method: "POST" });
    fake.fault({ kind: "wrongShape", json: { data: [] }, method: "GET" });
    const { id: created } = await org.create(orgs.shop.id, wanted);
    expect(shortLines()).toBe("POST resetAfter, GET 200, POST 409, GET 200");
    expect(fake.connections.map((one) => one.id)).toEqual([id, created]);
  });

  it("meets a refusal as any create does", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    fake.fault({ kind: "status", status: 400, body: '{"errors":["No"]}', method: "POST" });
    const call = org.create(orgs.shop.id, wanted);
    expect(await messageOf(call)).toBe('Datadog answered 400 Bad Request ("No")');
    expect(shortLines()).toBe("POST resetBefore, GET 200, POST 400");
  });

  it("tells how to take over what was there before", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
    expect(await messageOf(newProvider(configOf(fake)).create(inputs))).toBe(
      `Cannot create the org connection to ${orgs.hub.id}: ${bothConnected}. A pair of orgs can have ` +
        `only one connection; the existing one has the id ${id}. To manage it, set \`adoptExisting: true\` in its ` +
        `arguments, or the option \`{ import: "${id}" }\`. If this resource manages it already and is ` +
        "being replaced (`--replace`, `pulumi state taint`), set the option `deleteBeforeReplace: true`. " +
        "If a resource was renamed, the option `aliases` keeps its connection.",
    );
  });
});

it("a create without doubt looks only for what is there: Datadog's refusal stands", async () => {
  expect(await messageOf(org.create(orgs.hub.id, ["logs"]))).toContain("Datadog answered 409");
  expect(shortLines()).toBe("POST 409, GET 200");
});

it("a conflict that nobody can look at is told all the same", async () => {
  fake.fault({ kind: "status", status: 503, method: "GET", times: 9 });
  const provider = newProvider({ ...configOf(fake), [`${namespace}:maxRetries`]: "0" });
  const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
  expect(await messageOf(provider.create(inputs))).toMatch(
    /already exists"\)\. A pair of orgs can have only one connection\.$/,
  );
});

describe("during an outage, when nobody can look either, the fault is told", () => {
  const types = { old: ["logs"], wanted };
  const outputs = { ...recorded, connectionTypes: types.old };
  const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: types.wanted };
  const outage = "Datadog answered 503 Service Unavailable. Try again later.";

  it("by an update", async () => {
    fake.fault({ kind: "status", status: 503, times: 99 });
    const provider = newProvider({ ...configOf(fake), [`${namespace}:maxRetries`]: "0" });
    expect(await messageOf(provider.update(id, outputs, inputs))).toBe(
      `Cannot update the org connection ${id}: ${outage}`,
    );
  });

  it("by a deletion", async () => {
    fake.fault({ kind: "status", status: 503, times: 99 });
    const provider = newProvider({ ...configOf(fake), [`${namespace}:maxRetries`]: "0" });
    expect(await messageOf(provider.delete(id, outputs))).toBe(
      `Cannot delete the org connection ${id}: ${outage}`,
    );
  });
});

/** What the list answers next: one connection, its id and its sink in capitals. */
function answerInCapitals(connectionId: string): void {
  const data = {
    type: "org_connection",
    id: connectionId.toUpperCase(),
    attributes: { connection_types: wanted, created_at: "2100-01-01T00:00:00Z" },
    relationships: { sink_org: { data: { id: orgs.shop.id.toUpperCase() } } },
  };
  fake.fault({ kind: "wrongShape", json: { data: [data] }, method: "GET" });
  fake.fault({ kind: "wrongShape", json: { data: [] }, method: "GET" });
}

describe("ids are compared without regard to case", () => {
  it("after a POST", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    answerInCapitals(id);
    expect(await org.create(orgs.shop.id, wanted)).toMatchObject({ id });
  });

  it("after a PATCH", async () => {
    fake.fault({ kind: "resetBefore", method: "PATCH", times: 3 });
    answerInCapitals(id);
    expect(await org.update(id, wanted)).toMatchObject({ id, connectionTypes: wanted });
  });

  it("after a DELETE", async () => {
    fake.fault({ kind: "resetBefore", method: "DELETE", times: 3 });
    answerInCapitals(id);
    expect(await messageOf(org.delete(id, recorded))).toContain("can't be reached");
  });
});

it("an update of what is gone ends with the fault that left it open", async () => {
  fake.fault({ kind: "status", status: 503, method: "PATCH", times: 3 });
  fake.remove(id);
  expect(await messageOf(org.update(id, wanted))).toBe("Datadog answered 503 Service Unavailable");
});

it("a delete of what these credentials never saw isn't done because nothing is there", async () => {
  fake.fault({ kind: "resetBefore", method: "DELETE", times: 3 });
  fake.fault({ kind: "wrongShape", json: { data: [] }, method: "GET" });
  const others = { sourceOrgId: orgs.shop.id, sinkOrgId: orgs.hub.id };
  expect(await messageOf(org.delete(id, others))).toContain("so it may still exist");
});

it("a connection whose sink isn't named is not the one that is looked for", async () => {
  const attributes = { connection_types: wanted, created_at: "2100-01-01T00:00:00Z" };
  const nameless = { type: "org_connection", id: "1", attributes, relationships: {} };
  fake.fault({ kind: "resetBefore", method: "POST" });
  fake.fault({ kind: "wrongShape", json: { data: [nameless] }, method: "GET" });
  fake.fault({ kind: "wrongShape", json: { data: [] }, method: "GET" });
  await org.create(orgs.shop.id, wanted);
  expect(shortLines()).toBe("POST resetBefore, GET 200, GET 200, POST 200");
});
