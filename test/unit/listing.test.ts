import { beforeEach, expect, it } from "vitest";
import { type ListFilter, listConnections } from "../../provider/listing.ts";
import { OrgPool } from "../../provider/org.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { configOf, messageOf, newSettings, profilesConfig } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;
let ids: string[];
const few = { apiKey: "few-api", appKey: "few-app" };

beforeEach(() => {
  fake = datadog();
  fake.addCredentials(orgs.payments, few, "none");
  const pairs = [
    [orgs.payments, orgs.hub],
    [orgs.payments, orgs.shop],
    [orgs.shop, orgs.payments],
    [orgs.shop, orgs.hub],
  ] as const;
  ids = pairs.map(([source, sink]) => fake.connect({ source, sink, types: ["logs", "audit"] }).id);
});

function list(filter?: ListFilter) {
  const { apiKey, appKey } = orgs.shop;
  const profiles = { shop: { apiKey, appKey }, few };
  const config = { ...configOf(fake), ...profilesConfig(fake, profiles) };
  return listConnections(new OrgPool(newSettings(config)), filter);
}

it("shows what Datadog tells of a connection", async () => {
  const [first] = await list();
  expect(first).toEqual({
    id: ids[0],
    sinkOrgId: orgs.hub.id,
    sinkOrgName: "Hub",
    sourceOrgId: orgs.payments.id,
    sourceOrgName: "Payments",
    connectionTypes: ["audit", "logs"],
    createdAt: fake.connections[0]?.createdAt,
    createdBy: orgs.payments.user.id,
    createdByName: "Ada",
  });
});

it.each<[ListFilter | undefined, number[]]>([
  [undefined, [0, 1, 2]],
  [{ profile: "shop" }, [1, 2, 3]],
  [{ sinkOrgId: orgs.hub.id }, [0]],
  [{ sinkOrgId: orgs.hub.id.toUpperCase() }, [0]],
  [{ sourceOrgId: orgs.payments.id }, [0, 1]],
  [{ sourceOrgId: orgs.payments.id, sinkOrgId: orgs.shop.id }, [1]],
  [{ sourceOrgId: orgs.hub.id }, []],
])("of %j gives the connections %j", async (filter, expected) => {
  expect((await list(filter)).map(({ id }) => id)).toEqual(expected.map((index) => ids[index]));
});

it.each<[string, ListFilter, string]>([
  [
    "Datadog refuses, and says nothing about refresh",
    { profile: "few" },
    'Datadog answered 403 Forbidden ("Forbidden"). The application key or token is wrong, revoked or of ' +
      "another org, or it lacks the org_connections_read permission: check it in the org's settings.",
  ],
  [
    "the profile isn't there",
    { profile: "data" },
    'there is no credential profile "data". Profiles: few, shop. Set DD_API_KEY_DATA and DD_APP_KEY_DATA in ' +
      "the environment, or run `pulumi config set --path --secret " +
      "datadog-org-connections:profiles.data.apiKey` and the same for appKey.",
  ],
  [
    "the sink isn't a UUID, which would list nothing",
    { sinkOrgId: "hub" },
    "sinkOrgId isn't a UUID. Set it to the org's UUID.",
  ],
  [
    "the source isn't a UUID, which would list nothing",
    { sourceOrgId: "hub" },
    "sourceOrgId isn't a UUID. Set it to the org's UUID.",
  ],
])("fails if %s", async (_what, filter, problem) => {
  expect(await messageOf(list(filter))).toBe(`Cannot list the org connections: ${problem}`);
});
