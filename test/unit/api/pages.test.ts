import { afterEach, beforeEach, expect, it } from "vitest";
import { OrgConnectionsClient } from "../../../provider/api/client.ts";
import { Org } from "../../../provider/org.ts";
import { ask, keysOf, PATH } from "../../support/fake-datadog/client.ts";
import { type FakeDatadog, orgs, startFakeDatadog } from "../../support/fake-datadog/index.ts";

const { payments } = orgs;
let fake: FakeDatadog;
let org: Org;
let ids: string[];

const connect = (name: string) =>
  fake.connect({ source: payments, sink: fake.addOrg(name), types: ["logs"] }).id;

beforeEach(async () => {
  fake = await startFakeDatadog({ maxPageSize: 2 });
  const credentials = { apiKey: payments.apiKey, appKey: payments.appKey };
  const endpoint = { baseUrl: fake.url, credentials, maxRetries: 0, timeoutSeconds: 5 };
  org = new Org(new OrgConnectionsClient(endpoint), { orgId: undefined, profile: undefined });
  ids = ["A", "B", "C", "D"].map(connect);
});
afterEach(() => fake.close());

const remove = (...indexes: number[]) => {
  for (const index of indexes) fake.remove(ids[index] ?? "");
};
const find = (...indexes: number[]) =>
  Promise.all(indexes.map(async (index) => (await org.byId(ids[index] ?? ""))?.id));
/** The offsets of the pages of whole lists, where nothing else was asked for. */
const offsets = () => fake.requestLines.map((line) => /^GET .*&offset=(\d+) 200$/.exec(line)?.[1]);

/** Lets the first page be read before A goes and E comes, and the second one after it. */
async function letChangeBetweenPages(): Promise<void> {
  const { json } = await ask(fake, { headers: keysOf(payments), path: `${PATH}?limit=2` });
  fake.clearRequests();
  fake.fault({ kind: "wrongShape", json, path: "offset=0" });
  remove(0);
  connect("E");
}

it("a connection that falls between two pages is found by a second look, one for all", async () => {
  await letChangeBetweenPages(); // A and B, then D and E: as many as before, but C is missing
  expect(await find(1, 2, 2)).toEqual([ids[1], ids[2], ids[2]]);
  expect(await find(2)).toEqual([ids[2]]);
  expect(offsets()).toEqual(["0", "2", "0", "2"]);
});

it("what two whole lists lack is gone", async () => {
  remove(1, 2);
  connect("E");
  expect(await find(1, 2)).toEqual([undefined, undefined]);
  expect(offsets()).toEqual(["0", "2", "0", "2"]);
});

it("where nothing is missing there is no second look", async () => {
  expect(await find(0, 1, 2, 3)).toEqual(ids);
  expect(offsets()).toEqual(["0", "2"]);
});

it("one answer that holds the whole list is evidence enough", async () => {
  remove(0, 1, 2);
  expect(await find(0, 3)).toEqual([undefined, ids[3]]);
  expect(offsets()).toEqual(["0"]);
});

it("a creation whose outcome is open needs the page of its sink only: others come meanwhile", async () => {
  fake.fault({ kind: "resetAfter", method: "POST" });
  const { id } = await org.create(orgs.hub.id, ["logs"]);
  expect(fake.connections.map((one) => one.id)).toEqual([...ids, id]);
  expect(fake.requestLines).toEqual([
    `POST ${PATH} resetAfter`,
    `GET ${PATH}?limit=1000&offset=0&sink_org_id=${orgs.hub.id} 200`,
  ]);
});

it("a connection whose deletion is open is looked for twice before it counts as deleted", async () => {
  await letChangeBetweenPages();
  fake.fault({ kind: "resetBefore", method: "DELETE" });
  await expect(org.delete(ids[2] ?? "", {})).rejects.toThrow("can't be reached");
  expect(fake.connections.map(({ id }) => id)).toContain(ids[2]);
});

it("the second look, too, is one of this moment: a write ends it", async () => {
  remove(1);
  connect("E");
  expect(await find(1)).toEqual([undefined]);
  await org.update(ids[0] ?? "", ["audit"]);
  fake.clearRequests();
  expect(await find(1)).toEqual([undefined]);
  expect(offsets()).toEqual(["0", "2", "0", "2"]);
});
