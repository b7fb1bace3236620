import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;
let id: string;

const list = "GET /api/v2/org_connections?limit=1000&offset=0 200";
const validate = "GET /api/v2/validate 200";
const sinkOrgId = orgs.hub.id;
const inputs = { sinkOrgId, connectionTypes: ["audit", "logs"] };

beforeEach(() => {
  fake = running();
  provider = newProvider(configOf(fake));
  id = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs", "audit"] }).id;
});

const create = (changes = {}) => provider.create({ ...inputs, importId: id, ...changes });
const doing = `Cannot create the org connection to ${sinkOrgId}`;

it("takes over the connection that is as the program declares it, and changes nothing", async () => {
  const { id: imported, outputs } = await create();
  expect(imported).toBe(id);
  expect(outputs).toMatchObject({ ...inputs, sinkOrgName: "Hub" });
  expect(outputs).not.toHaveProperty("importId");
  expect(fake.requestLines).toEqual([list, validate]);
});

const makeEqual =
  "Nothing was changed. Declare it as it is in Datadog, and change it after the import. If it was " +
  "imported before, remove the option import.";
const otherSink = `sinkOrgId is "${sinkOrgId}" in Datadog, but "${orgs.shop.id}" in the program`;
const otherTypes = 'connectionTypes is ["audit","logs"] in Datadog, but ["metrics"] in the program';

it.each([
  ["another sink", { sinkOrgId: orgs.shop.id }, otherSink],
  ["other types", { connectionTypes: ["metrics"] }, otherTypes],
  [
    "another sink and other types",
    { sinkOrgId: orgs.shop.id, connectionTypes: ["metrics"] },
    `${otherSink} and ${otherTypes}`,
  ],
])("refuses a program with %s", async (_what, changes, differences) => {
  const message = await messageOf(create(changes));
  expect(message.replace(/^[^:]*: /, "")).toBe(
    `the connection ${id} can't be imported: ${differences}. ${makeEqual}`,
  );
  expect(fake.requestLines).toEqual([list, validate]);
});

it("refuses an id that isn't there", async () => {
  fake.remove(id);
  expect(await messageOf(create())).toBe(
    `${doing}: there is no connection ${id} to import. Check the id, and that the credentials ` +
      "belong to its source org. If it was imported before and deleted since, remove the option " +
      "import, and a new one is created.",
  );
});

it("refuses a connection of another source", async () => {
  const other = fake.connect({ source: orgs.shop, sink: orgs.payments, types: ["logs"] });
  expect(await messageOf(create({ importId: other.id }))).toBe(
    `${doing}: the connection ${other.id} has the source org ${orgs.shop.id}, but the credentials ` +
      `belong to the org ${orgs.payments.id}. Nothing was changed. Use the credentials of the source org.`,
  );
});

it("knows ids and the sink in capitals", async () => {
  const party = (org: string) => ({ data: { id: org.toUpperCase() } });
  const answered = {
    type: "org_connection",
    id: id.toUpperCase(),
    attributes: { connection_types: ["logs", "audit"], created_at: "2025-08-26T20:19:38Z" },
    relationships: { source_org: party(orgs.payments.id), sink_org: party(sinkOrgId) },
  };
  fake.fault({ kind: "wrongShape", json: { data: [answered] } });
  fake.fault({ kind: "wrongShape", json: { data: [] } });
  expect(await create()).toMatchObject({ id, outputs: inputs });
});

it("refuses a connection whose source Datadog doesn't name", async () => {
  const attributes = { connection_types: ["audit", "logs"], created_at: "2025-08-26T20:19:38Z" };
  const answered = { type: "org_connection", id, attributes, relationships: {} };
  fake.fault({ kind: "wrongShape", json: { data: [answered] } });
  fake.fault({ kind: "wrongShape", json: { data: [] } });
  expect(await messageOf(create())).toContain(
    `Datadog doesn't name the source org of the connection ${id}, so it can't be taken over. Delete it in Datadog and let the program create it.`,
  );
});

it("is no creation: a resource that it was taken from deletes nothing", async () => {
  await create();
  await provider.delete(id, { ...inputs, sourceOrgId: orgs.payments.id });
  expect(fake.connections).toMatchObject([{ id }]);
});
