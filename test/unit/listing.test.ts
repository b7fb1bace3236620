import { beforeEach, expect, it } from "vitest";
import { type ListFilter, listConnections } from "../../provider/listing.ts";
import { OrgPool } from "../../provider/org.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { configOf, messageOf, namespace, newSettings } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;
let ids: string[];

beforeEach(() => {
  fake = datadog();
  const pairs = [
    [orgs.payments, orgs.hub],
    [orgs.payments, orgs.shop],
    [orgs.shop, orgs.payments],
    [orgs.shop, orgs.hub],
  ] as const;
  ids = pairs.map(([source, sink]) => fake.connect({ source, sink, types: ["logs", "audit"] }).id);
});

function list(filter?: ListFilter, changes: Record<string, string> = {}) {
  const profiles = { shop: { apiKey: orgs.shop.apiKey, appKey: orgs.shop.appKey } };
  const config = {
    ...configOf(fake),
    [`${namespace}:profiles`]: JSON.stringify(profiles),
    ...changes,
  };
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

it("fails with what to do, which is nothing about refresh", async () => {
  fake.addCredentials(orgs.payments, { apiKey: "few-api", appKey: "few-app" }, "none");
  const few = { [`${namespace}:apiKey`]: "few-api", [`${namespace}:appKey`]: "few-app" };
  expect(await messageOf(list({}, few))).toBe(
    'Cannot list the org connections: Datadog answered 403 Forbidden ("Forbidden"). ' +
      "The application key or token is wrong, revoked or of another org, or it lacks the org_connections_read permission: check it in the org's settings.",
  );
});

it("fails for a profile that isn't there", async () => {
  expect(await messageOf(list({ profile: "data" }))).toBe(
    'Cannot list the org connections: there is no credential profile "data". Profiles: shop. Set ' +
      "DD_API_KEY_DATA and DD_APP_KEY_DATA in the environment, or run `pulumi config set --path --secret " +
      "datadog-org-connections:profiles.data.apiKey` and the same for appKey.",
  );
});

it.each(["sinkOrgId", "sourceOrgId"])(
  "fails if %s isn't a UUID: it would list nothing",
  async (name) => {
    expect(await messageOf(list({ [name]: "hub" }))).toBe(
      `Cannot list the org connections: ${name} isn't a UUID. Set it to the org's UUID.`,
    );
    expect(fake.requests).toEqual([]);
  },
);
