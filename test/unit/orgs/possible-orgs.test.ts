import { beforeEach, expect, it } from "vitest";
import type { Credentials } from "../../../provider/api/transport.ts";
import { possibleOrgs } from "../../../provider/orgs/possible-orgs.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { messageOf, newClient } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

const list = "GET /api/v2/org_connections?limit=1000&offset=0 200";
const validate = "GET /api/v2/validate";
const token = { bearerToken: "ddsat_1" };

beforeEach(() => {
  fake = running();
  fake.addCredentials(orgs.payments, { token: token.bearerToken });
});

const connect = (source: { id: string }, sink: { id: string }) =>
  fake.connect({ source, sink, types: ["logs"] });

/** The orgs that the credentials may belong to, and the requests that finding them took. */
async function ownerOf(credentials?: Credentials, isListed = true) {
  const one = newClient(fake, credentials);
  const known = isListed ? await one.list() : undefined;
  fake.clearRequests();
  const ids = await possibleOrgs(one, known, () => one.list());
  return [ids && [...ids], fake.requestLines];
}

/** What the list answers next: connections between these orgs. */
function answer(...pairs: (readonly [string | undefined, string | undefined])[]): void {
  const party = (id: string | undefined) => (id === undefined ? {} : { data: { id } });
  const data = pairs.map(([source, sink], index) => ({
    type: "org_connection",
    id: `${index}`,
    attributes: { connection_types: ["logs"], created_at: "2025-08-26T20:19:38Z" },
    relationships: { source_org: party(source), sink_org: party(sink) },
  }));
  const meta = { page: { total_filtered_count: data.length } };
  fake.fault({ kind: "wrongShape", json: { data, meta }, path: "org_connections" });
}

it("is the org that takes part in every connection of the list", async () => {
  connect(orgs.payments, orgs.hub);
  connect(orgs.shop, orgs.payments);
  expect(await ownerOf()).toEqual([[orgs.payments.id], []]);
});

it("is compared without regard to case", async () => {
  answer(["a", "B"], ["C", "A"]);
  expect(await ownerOf()).toEqual([["a"], []]);
});

it("is asked for if one connection leaves two orgs possible", async () => {
  connect(orgs.payments, orgs.hub);
  expect(await ownerOf()).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("is asked for if the list doesn't name the orgs", async () => {
  answer([undefined, undefined]);
  expect(await ownerOf()).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("is asked for if the list is empty", async () => {
  expect(await ownerOf()).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("is returned in lower case", async () => {
  const json = { data: { type: "validate_v2", id: orgs.payments.id.toUpperCase() } };
  fake.fault({ kind: "wrongShape", json, path: "validate" });
  expect(await ownerOf(undefined, false)).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("of a token, which Datadog doesn't name, is found in the list", async () => {
  connect(orgs.payments, orgs.hub);
  connect(orgs.shop, orgs.payments);
  expect(await ownerOf(token, false)).toEqual([[orgs.payments.id], [list]]);
});

it("of a token is one of two if there is one connection", async () => {
  connect(orgs.payments, orgs.hub);
  expect(await ownerOf(token)).toEqual([[orgs.payments.id, orgs.hub.id], []]);
});

it("of a token isn't known if its list is empty", async () => {
  expect(await ownerOf(token)).toEqual([undefined, []]);
});

it("of a token isn't known if no org takes part in all that is listed", async () => {
  answer([undefined, "a"], [undefined, "b"]);
  expect(await ownerOf(token)).toEqual([undefined, []]);
});

it.each([
  [404, [`${validate} 404`]],
  [500, [`${validate} 500`, `${validate} 500`, `${validate} 500`]],
])("is found in the list if Datadog answers %d when asked for it", async (status, asked) => {
  connect(orgs.payments, orgs.hub);
  connect(orgs.shop, orgs.payments);
  fake.fault({ kind: "status", status, body: "<html></html>", path: "validate", times: 3 });
  expect(await ownerOf(undefined, false)).toEqual([[orgs.payments.id], [...asked, list]]);
});

it.each([401, 403])("isn't guessed if Datadog refuses the keys with %d", async (status) => {
  fake.fault({ kind: "status", status, body: '{"errors":["No"]}' });
  const one = newClient(fake);
  expect(await messageOf(possibleOrgs(one, undefined, () => one.list()))).toContain(
    `Datadog answered ${status}`,
  );
  expect(fake.requestLines).toEqual([`${validate} ${status}`]);
});
