import { beforeEach, expect, it } from "vitest";
import { OrgConnectionsClient } from "../../../provider/api/client.ts";
import type { Credentials } from "../../../provider/api/transport.ts";
import { possibleOrgs } from "../../../provider/orgs/possible-orgs.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { messageOf } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

const list = "GET /api/v2/org_connections?limit=1000&offset=0 200";
const validate = "GET /api/v2/validate";
const keys = { apiKey: orgs.payments.apiKey, appKey: orgs.payments.appKey };
const token = { bearerToken: "ddsat_1" };

beforeEach(() => {
  fake = running();
  fake.addCredentials(orgs.payments, { token: token.bearerToken });
});

function client(credentials: Credentials = keys): OrgConnectionsClient {
  const options = { credentials, timeoutSeconds: 5, maxRetries: 1, clock: new InstantClock() };
  return new OrgConnectionsClient({ baseUrl: fake.url, ...options });
}

const connect = (source: { id: string }, sink: { id: string }) =>
  fake.connect({ source, sink, types: ["logs"] });

/** Who owns the credentials, as far as it is told, and the requests that it took. */
async function ownerOf(credentials?: Credentials, isListed = true) {
  const one = client(credentials);
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

it("is asked for where one connection leaves two orgs open", async () => {
  connect(orgs.payments, orgs.hub);
  expect(await ownerOf()).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("is asked for where the list doesn't name who takes part", async () => {
  answer([undefined, undefined]);
  expect(await ownerOf()).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("is asked for where the list is empty", async () => {
  expect(await ownerOf()).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("is told in lower case", async () => {
  const json = { data: { type: "validate_v2", id: orgs.payments.id.toUpperCase() } };
  fake.fault({ kind: "wrongShape", json, path: "validate" });
  expect(await ownerOf(keys, false)).toEqual([[orgs.payments.id], [`${validate} 200`]]);
});

it("of a token, which Datadog doesn't tell, is looked for in the list", async () => {
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
  [500, [`${validate} 500`, `${validate} 500`]],
])("is looked for in the list where asking ends with %d", async (status, asked) => {
  connect(orgs.payments, orgs.hub);
  connect(orgs.shop, orgs.payments);
  fake.fault({ kind: "status", status, body: "<html></html>", path: "validate", times: 2 });
  expect(await ownerOf(keys, false)).toEqual([[orgs.payments.id], [...asked, list]]);
});

it.each([401, 403])("isn't guessed where Datadog refuses the keys with %d", async (status) => {
  fake.fault({ kind: "status", status, body: '{"errors":["No"]}' });
  expect(await messageOf(possibleOrgs(client(), undefined, () => client().list()))).toContain(
    `Datadog answered ${status}`,
  );
  expect(fake.requestLines).toEqual([`${validate} ${status}`]);
});
