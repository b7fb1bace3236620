import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OrgConnectionsClient } from "../../../provider/api/client.ts";
import { type FakeDatadog, orgs, passingFaults } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { messageOf, newClient, shortLines } from "../fixture.ts";

const { hub, payments, shop } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;
let client: OrgConnectionsClient;

beforeEach(() => {
  fake = datadog();
  client = newClient(fake);
});

type Fault = Parameters<FakeDatadog["fault"]>[0];

const createdAt = "2025-08-26T20:19:38.208326+00:00";
const connectEarlier = () =>
  fake.connect({ source: payments, sink: hub, types: ["logs"], createdAt }).id;
const ids = () => fake.connections.map(({ id }) => id);
const countOf = (method: string) => fake.requests.filter((one) => one.method === method).length;
const listed = (relationships: object) => ({
  type: "org_connection",
  id: hub.id,
  attributes: { connection_types: ["logs"], created_at: "2100-01-01T00:00:00Z" },
  relationships,
});
const nothingListed = { data: [], meta: { page: { total_filtered_count: 0 } } };
const refusal: Fault = { kind: "status", status: 400, body: '{"errors":["No"]}' };
const outage: Fault = { kind: "status", status: 503, times: 99 };
const unavailable = "Datadog answered 503 Service Unavailable";

describe("if nobody can look after a creation, there is no second POST", () => {
  it.each([...passingFaults, { kind: "hangAfter" } as const])("after %j", async (fault) => {
    fake.allowDoubles = true; // nothing but the client prevents a second connection
    const clock = new InstantClock();
    fake.fault({ ...fault, method: "POST" });
    fake.fault({ ...outage, method: "GET" });
    if (fault.kind === "hangAfter") {
      fake.beforeAnswer = ({ method }) => {
        if (method === "POST") clock.expire();
      };
    }
    const outcome = await messageOf(newClient(fake, { clock }).create(hub.id, ["logs"]));
    const isRateLimit = fault.kind === "status" && fault.status === 429;
    expect(outcome === "nothing was thrown").toBe(isRateLimit);
    expect(countOf("POST")).toBe(isRateLimit ? 2 : 1);
    expect(ids().length).toBeLessThanOrEqual(1);
  });
});

describe("a creation of unknown outcome", () => {
  const connected = "the two orgs are already connected";

  it("isn't the connection that was there before", async () => {
    connectEarlier();
    fake.fault({ kind: "resetBefore", method: "POST" });
    expect(await messageOf(client.create(hub.id, ["logs"]))).toBe(connected);
    expect(shortLines(fake)).toEqual(["POST resetBefore", "GET list of sink 200"]);
  });

  it("is looked up, also if the answer to the POST is too large to be read", async () => {
    fake.fault({ kind: "status", status: 200, body: ",".repeat(1_000_001), method: "POST" });
    expect(await messageOf(client.create(hub.id, ["logs"]))).toContain(
      "more than a million values",
    );
    expect(shortLines(fake)).toEqual(["POST 200", "GET list of sink 200"]);
  });

  it("isn't a connection of other types that somebody made meanwhile", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    const call = client.create(shop.id, ["logs"]);
    fake.connect({ source: payments, sink: shop, types: ["metrics"] });
    expect(await messageOf(call)).toBe(connected);
  });

  it.each<Parameters<FakeDatadog["fault"]>[0]>([
    { kind: "resetBefore" },
    { kind: "unexpectedResponse", json: {} },
  ])("isn't what somebody made while the POST waited for the rate limit: %j", async (fault) => {
    fake.fault({ kind: "status", status: 429, headers: { "retry-after": "60" }, method: "POST" });
    fake.fault({ ...fault, method: "POST" });
    const createdAt = new Date(Date.now() - 30_000).toISOString();
    const call = client.create(shop.id, ["logs"]);
    fake.connect({ source: payments, sink: shop, types: ["logs"], createdAt });
    expect(await messageOf(call)).toBe(connected);
  });

  it("isn't one whose sink the list doesn't name", async () => {
    const json = { data: [listed({})], meta: { page: { total_filtered_count: 1 } } };
    fake.fault({ kind: "resetBefore", method: "POST" });
    fake.fault({ kind: "unexpectedResponse", json, method: "GET" });
    expect(await client.create(shop.id, ["logs"])).toMatchObject({ isConfirmed: true });
  });

  it.each([
    ["microseconds", false],
    ["Z", true],
  ])("is found by the service's clock, a year behind, with %s", async (_format, endsInZ) => {
    fake.now = () => Date.now() - 365 * 86_400_000;
    fake.answers = { createdAtEndsInZ: endsInZ };
    fake.fault({ kind: "resetAfter", method: "POST" });
    expect(await client.create(shop.id, ["logs"])).toMatchObject({
      connection: { id: ids()[0] },
      isConfirmed: false,
    });
  });

  it("is found by the 409 of the next POST, if the list doesn't show it yet", async () => {
    fake.fault({ kind: "resetAfter", method: "POST" });
    fake.fault({ kind: "unexpectedResponse", json: nothingListed, method: "GET" });
    const { connection } = await client.create(shop.id, ["logs"]);
    expect(ids()).toEqual([connection.id]);
    expect(shortLines(fake)).toEqual([
      "POST resetAfter",
      "GET list of sink 200",
      "POST 409",
      "GET list of sink 200",
    ]);
  });

  it("isn't sent again if the list doesn't prove that there is none", async () => {
    fake.fault({ kind: "resetAfter", method: "POST" });
    fake.fault({ kind: "unexpectedResponse", json: { data: [] }, method: "GET" });
    expect(await messageOf(client.create(shop.id, ["logs"]))).toContain("can't be reached");
    expect(countOf("POST")).toBe(1);
  });

  it("is found in a list that may be incomplete", async () => {
    const json = { data: [listed({ sink_org: { data: { id: shop.id } } })] };
    fake.fault({ kind: "resetBefore", method: "POST" });
    fake.fault({ kind: "unexpectedResponse", json, method: "GET", times: 2 });
    expect(await client.create(shop.id, ["logs"])).toMatchObject({ connection: { id: hub.id } });
  });

  it("may be refused when it is sent again", async () => {
    fake.fault({ kind: "resetBefore", method: "POST" });
    fake.fault({ ...refusal, method: "POST" });
    await expect(client.create(shop.id, ["logs"])).rejects.toMatchObject({
      message: 'Datadog answered 400 Bad Request ("No")',
      followsUnknownOutcome: true,
    });
  });
});

describe("after a POST whose answer was lost, a connection counts as this call's", () => {
  const begun = Date.UTC(2025, 7, 26, 20, 19, 38);
  afterEach(() => vi.restoreAllMocks());

  /** Creates a connection that is dated so many milliseconds before the answer to the lookup. */
  function createDated(earlier: number): Promise<unknown> {
    vi.spyOn(performance, "now").mockReturnValue(1000); // no time passes during the call
    fake.now = () => begun - earlier;
    fake.fault({ kind: "resetAfter", method: "POST" });
    fake.beforeAnswer = () => {
      fake.now = () => begun;
    };
    return client.create(hub.id, ["logs"]);
  }

  it.each([0, 1000])("if it is %d ms older than the call by another clock", async (age) => {
    expect(await createDated(age)).toMatchObject({ connection: { id: ids()[0] } });
    expect(shortLines(fake)).toEqual(["POST resetAfter", "GET list of sink 200"]);
  });

  it.each([1001, 400 * 86_400_000])("but not if it is %d ms older", async (age) => {
    expect(await messageOf(createDated(age))).toBe("the two orgs are already connected");
    expect(ids()).toHaveLength(1);
  });
});

describe("a refused creation", () => {
  it("names the connection that exists", async () => {
    const id = connectEarlier();
    await expect(client.create(hub.id, ["logs"])).rejects.toMatchObject({
      message: expect.stringContaining("Datadog answered 409"),
      existing: { id },
    });
    expect(shortLines(fake)).toEqual(["POST 409", "GET list of sink 200"]);
  });

  it("is reported as Datadog sent it if nobody can look", async () => {
    connectEarlier();
    fake.fault({ ...outage, method: "GET" });
    await expect(client.create(hub.id, ["logs"])).rejects.toMatchObject({
      message: expect.stringContaining("Datadog answered 409"),
      existing: undefined,
    });
  });
});

describe("an update or a deletion of unknown outcome", () => {
  it.each<[string, (id: string) => Promise<unknown>]>([
    ["update", (id) => client.update(id, ["audit"])],
    ["deletion", (id) => client.delete(id)],
  ])("fails with what came back if nobody can look: %s", async (_what, call) => {
    const id = connectEarlier();
    fake.fault(outage);
    expect(await messageOf(call(id))).toBe(unavailable);
  });

  it("is a failed update if the list doesn't show the connection", async () => {
    fake.fault({ ...outage, method: "PATCH" });
    expect(await messageOf(client.update(hub.id, ["audit"]))).toBe(unavailable);
  });

  it.each<[string, object, string]>([
    ["shows nothing", nothingListed, "nothing was thrown"],
    ["has no count", { data: [] }, unavailable],
    ["has a malformed entry", { ...nothingListed, data: [{}] }, unavailable],
  ])(
    "is an unconfirmed deletion only if the list proves it: it %s",
    async (_what, json, outcome) => {
      fake.fault({ ...outage, method: "DELETE" });
      fake.fault({ kind: "unexpectedResponse", json, method: "GET" });
      const ofBoth = { sinkOrgId: hub.id, sourceOrgId: payments.id };
      const deletion = client.delete(connectEarlier(), ofBoth);
      expect(await messageOf(deletion)).toBe(outcome);
      if (outcome !== unavailable) expect(await deletion).toBe(false);
      expect(shortLines(fake).at(-1)).toBe("GET list of source and sink 200");
    },
  );
});

describe("users and orgs", () => {
  const { id, name } = payments.user;
  const user = { id, name, isServiceAccount: false, isDisabled: false };

  it.each<[string, string, () => Promise<unknown>, object | string]>([
    ["currentUser", "current_user", () => client.currentUser(), { user, orgId: payments.id }],
    ["user", `users/${id}`, () => client.user(id), user],
    ["validate", "validate", () => client.apiKeyOrgId(), payments.id],
    ["managedOrgs", "org", () => client.managedOrgs(), [{ id: shop.id, name: "Shop" }]],
  ])("%s is read from %s, and a failure names the call", async (call, path, read, expected) => {
    fake.setManagedOrgs(payments, [shop]);
    expect({ actual: await read() }).toMatchObject({ actual: expected });
    expect(fake.requestLines).toEqual([`GET /api/v2/${path} 200`]);
    fake.fault(refusal);
    await expect(read()).rejects.toMatchObject({ call, status: 400 });
  });
});
