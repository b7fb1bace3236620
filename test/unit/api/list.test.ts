import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { OrgConnectionsClient } from "../../../provider/api/client.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { messageOf } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

function client({ url } = fake, maxRetries = 0): OrgConnectionsClient {
  const { apiKey, appKey } = orgs.payments;
  const credentials = { apiKey, appKey };
  return new OrgConnectionsClient({ baseUrl: url, credentials, maxRetries, timeoutSeconds: 5 });
}

function connect(service: FakeDatadog, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const sink = service.addOrg(`Sink ${index}`);
    return service.connect({ source: orgs.payments, sink, types: ["logs"] }).id;
  });
}

function page(ids: string[], total?: number): object {
  const data = ids.map((id) => ({
    type: "org_connection",
    id,
    attributes: { connection_types: ["logs"], created_at: "2025-08-26T20:19:38Z" },
    relationships: {},
  }));
  return {
    data,
    ...(total === undefined ? {} : { meta: { page: { total_filtered_count: total } } }),
  };
}

const offsets = () => fake.requests.map(({ path }) => path.replace(/^.*&offset=/, ""));

describe("the list", () => {
  it.each([
    [0, 1],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [2500, 3],
  ])("of %i connections costs %i requests", async (count, requests) => {
    const ids = connect(fake, count);
    expect([...(await client().list()).keys()]).toEqual(ids);
    expect(fake.requests).toHaveLength(requests);
  });

  it("goes on where the service gives less than it is asked for", async () => {
    const small = await startFakeDatadog({ maxPageSize: 10 });
    const ids = connect(small, 25);
    expect([...(await client(small).list()).keys()]).toEqual(ids);
    expect(small.requests.map(({ path }) => path)).toEqual([
      "/api/v2/org_connections?limit=1000&offset=0",
      "/api/v2/org_connections?limit=1000&offset=10",
      "/api/v2/org_connections?limit=1000&offset=20",
    ]);
    await small.close();
  });

  it("that doesn't count itself is read until a page brings nothing", async () => {
    for (const ids of [["a", "b"], ["c"], []]) fake.fault({ kind: "wrongShape", json: page(ids) });
    expect([...(await client().list()).keys()]).toEqual(["a", "b", "c"]);
    expect(offsets()).toEqual(["0", "2", "3"]);
  });

  it.each([
    ["ends before its own count", [page(["a", "b"], 3), page([], 3)], "2 of 3"],
    [
      "repeats a connection, so that another is missing",
      [page(["a", "b"], 3), page(["b"], 3)],
      "2 of 3",
    ],
    ["repeats a page and has no count", [page(["a", "b"]), page(["a", "b"])], "2 of 4"],
  ])("that %s is refused", async (_what, pages, counted) => {
    for (const json of pages) fake.fault({ kind: "wrongShape", json });
    expect(await messageOf(client().list())).toBe(
      `Datadog's list is incomplete: it has ${counted} connections`,
    );
  });

  it("that changes between two pages is read again", async () => {
    const small = await startFakeDatadog({ maxPageSize: 2 });
    const ids = connect(small, 5);
    small.latencyMs = 20;
    const list = client(small, 1).list();
    while (small.requestLines.length < 2) await setImmediate();
    small.remove(ids[0] ?? "");
    expect([...(await list).keys()]).toEqual(ids.slice(1));
    await small.close();
  });

  it("is incomplete where it keeps changing", async () => {
    for (const json of [page(["a", "b"], 3), page(["c", "d"], 4)])
      fake.fault({ kind: "wrongShape", json });
    expect(await messageOf(client().list())).toBe(
      "Datadog's list changed while it was read, from 3 to 4 connections",
    );
  });

  it("takes what an answer leaves out, or holds as null, for missing", async () => {
    const attributes = { connection_types: ["logs"], created_at: "2025-08-26T20:19:38Z" };
    const data = [
      { sink_org: { data: { id: "s", name: null } }, source_org: {}, created_by: { data: null } },
      { sink_org: null },
      {},
    ].map((relationships, index) => ({
      type: "org_connection",
      id: `ID${index}`,
      attributes,
      relationships,
    }));
    const plain = { connectionTypes: ["logs"], createdAt: "2025-08-26T20:19:38Z" };
    fake.fault({ kind: "wrongShape", json: { data, meta: null } });
    fake.fault({ kind: "wrongShape", json: { data: [], meta: { page: null } } });
    const list = await client().list();
    expect([...list.keys()]).toEqual(["id0", "id1", "id2"]);
    expect(list.get("id0")).toEqual({ ...plain, id: "id0", sinkOrgId: "s" });
    expect(list.get("id1")).toEqual({ ...plain, id: "id1" });
    expect(list.get("id2")).toEqual({ ...plain, id: "id2" });
  });
});
