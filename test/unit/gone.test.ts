import { beforeEach, describe, expect, it } from "vitest";
import { findRecorded } from "../../provider/gone.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { connectionLines, messageOf, newOrg, shortLines } from "./fixture.ts";

const { hub, payments, shop, security } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;

const token = { bearerToken: "ddsat_1" };
const missing = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const recorded = { sinkOrgId: hub.id, sourceOrgId: payments.id };

beforeEach(() => {
  fake = datadog();
  fake.addCredentials(payments, { token: token.bearerToken });
});

const connect = (source = payments, sink = hub) =>
  fake.connect({ source, sink, types: ["logs"] }).id;

/** Refuses a question about the credentials as Datadog would. */
const refuse = (path: string, status: number, times = 9) =>
  fake.fault({ kind: "status", status, body: '{"errors":["No"]}', path, times });

describe("a connection that isn't listed", () => {
  it("is gone if a second look with its orgs shows nothing", async () => {
    connect(payments, shop);
    expect(await findRecorded(newOrg(fake), missing, recorded)).toBeUndefined();
    expect(shortLines(fake)).toEqual([
      "GET list 200",
      "GET list of source and sink 200",
      "GET current_user 200",
    ]);
  });

  it.each([
    ["the whole list", 1],
    ["both lists", 2],
  ])("isn't gone if %s came without a count", async (_what, times) => {
    fake.fault({ kind: "unexpectedResponse", json: { data: [] }, path: "limit", times });
    const id = connect();
    const read = findRecorded(newOrg(fake), id, recorded);
    if (times === 1) expect(await read).toMatchObject({ id });
    else await expect(read).rejects.toThrow("doesn't say how many connections it has");
  });

  it("isn't gone if an answer reports success and errors at once", async () => {
    fake.fault({
      kind: "unexpectedResponse",
      json: { data: [], errors: ["No"] },
      path: "limit",
      times: 9,
    });
    await expect(findRecorded(newOrg(fake), missing, recorded)).rejects.toThrow(
      "reports success and errors at once",
    );
  });

  it("is gone if its orgs have another connection, whatever the credentials are", async () => {
    connect();
    refuse("current_user", 403);
    const org = newOrg(fake, { credentials: token });
    expect(await findRecorded(org, missing, recorded)).toBeUndefined();
  });

  it.each([
    ["source", payments, shop],
    ["sink", shop, hub],
  ])(
    "isn't gone because a service that ignores the filter shows another connection of its %s",
    async (_end, source, sink) => {
      connect(source, sink);
      const headers = { authorization: `Bearer ${token.bearerToken}` };
      fake.addCredentials(source, { token: token.bearerToken });
      const list = await fetch(`${fake.url}/api/v2/org_connections`, { headers });
      fake.fault({ kind: "unexpectedResponse", json: await list.json(), path: "limit", times: 2 });
      refuse("current_user", 403);
      const org = newOrg(fake, { credentials: token });
      expect(await messageOf(findRecorded(org, missing, recorded))).toContain("it may still exist");
    },
  );

  it("isn't gone if orgId names another org, though its orgs have another connection", async () => {
    connect();
    const org = newOrg(fake, { orgId: shop.id });
    expect(await messageOf(findRecorded(org, missing, recorded))).toContain(
      `but orgId is ${shop.id}`,
    );
  });

  it("isn't gone because another entry lacks its source", async () => {
    fake.answers = { relationships: ["sink_org"] };
    connect(shop, payments);
    fake.addCredentials(shop, { token: "ddsat_2" });
    const org = newOrg(fake, { credentials: { bearerToken: "ddsat_2" } });
    expect(await messageOf(findRecorded(org, missing, recorded))).toContain(
      `they belong to the org ${shop.id}, not to its source`,
    );
  });

  it("isn't gone if an entry isn't as the API reference describes, which is shown", async () => {
    const warnings: string[] = [];
    const id = connect();
    const other = { type: "org_connection", id: missing };
    fake.fault({
      kind: "unexpectedResponse",
      json: { data: [other], meta: { page: { total_filtered_count: 1 } } },
    });
    const org = newOrg(fake, { warn: (message) => warnings.push(message) });
    const message =
      `Datadog's list has an entry, number 0 (id ${missing}), that isn't what its API reference ` +
      'describes (attributes: expected "attributes")';
    expect(await messageOf(findRecorded(org, id, recorded))).toBe(message);
    expect(warnings).toEqual([`${message}. The other connections were read.`]);
  });

  it("is looked for by its sink if no source is recorded, and orgId decides", async () => {
    const sink = { sinkOrgId: hub.id };
    const org = newOrg(fake, { orgId: payments.id });
    expect(await findRecorded(org, missing, sink)).toBeUndefined();
    expect(connectionLines(fake)).toEqual(["GET list 200", "GET list of sink 200"]);
    expect(await messageOf(findRecorded(newOrg(fake), missing, sink))).toContain(
      "doesn't record its source",
    );
  });

  it("on one of several pages is found by the second look, though it fell between them", async () => {
    const small = await startFakeDatadog({ maxPageSize: 2 });
    const ids = ["A", "B", "C", "D"].map(
      (name) => small.connect({ source: payments, sink: small.addOrg(name), types: ["logs"] }).id,
    );
    const [, , id = ""] = ids;
    // The second page is read after A is gone and E has come: C is on neither page.
    small.beforeApply = async ({ path }) => {
      if (!path.includes("offset=2")) return;
      small.beforeApply = undefined;
      small.remove(ids[0] ?? "");
      small.connect({ source: payments, sink: small.addOrg("E"), types: ["logs"] });
    };
    const { sinkOrgId } = small.findConnection(id) ?? {};
    const read = findRecorded(newOrg(small), id, { sinkOrgId, sourceOrgId: payments.id });
    expect(await read).toMatchObject({ id });
    expect(shortLines(small)).toEqual([
      "GET list 200",
      "GET list 200",
      "GET list of source and sink 200",
    ]);
    await small.close();
  });

  it("is read though orgId names another org", async () => {
    const id = connect();
    expect(await findRecorded(newOrg(fake, { orgId: security.id }), id, recorded)).toMatchObject({
      id,
    });
  });
});
