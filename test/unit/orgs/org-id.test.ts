import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { messageOf, newProvider, profilesConfig } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"], profile: "shop" };
const { apiKey, appKey } = orgs.shop;

beforeEach(() => {
  fake = running();
});

const provider = (profile: object) => newProvider(profilesConfig(fake, { shop: profile }));

it("an orgId of the keys' org lets everything happen, and is checked once", async () => {
  const shop = provider({ apiKey, appKey, orgId: orgs.shop.id.toUpperCase() });
  const { id } = fake.connect({ source: orgs.shop, sink: orgs.data, types: ["logs"] });
  await shop.create(inputs);
  await shop.delete(id, { ...inputs, sinkOrgId: orgs.data.id });
  expect(fake.requestLines).toEqual([
    "GET /api/v2/validate 200",
    "POST /api/v2/org_connections 200",
    `DELETE /api/v2/org_connections/${id} 200`,
  ]);
});

it.each(["create", "import", "update", "delete"] as const)(
  "an orgId of another org stops %s, naming both",
  async (operation) => {
    const { id } = fake.connect({ source: orgs.shop, sink: orgs.data, types: ["audit"] });
    const shop = provider({ apiKey, appKey, orgId: orgs.security.id });
    const call = {
      create: () => shop.create(inputs),
      import: () => shop.create({ ...inputs, importId: id }),
      update: () => shop.update(id, { ...inputs, connectionTypes: ["audit"] }, inputs),
      delete: () => shop.delete(id, inputs),
    }[operation];
    expect(await messageOf(call())).toContain(
      `the credentials of the profile "shop" belong to the org ${orgs.shop.id}, but orgId is ${orgs.security.id}.`,
    );
    expect(fake.requestLines).toEqual(["GET /api/v2/validate 200"]);
  },
);

it("an orgId with a token is compared with the org that takes part in every connection", async () => {
  fake.addCredentials(orgs.shop, { token: "ddsat_1" });
  const right = provider({ bearerToken: "ddsat_1", orgId: orgs.shop.id });
  const wrong = provider({ bearerToken: "ddsat_1", orgId: orgs.security.id });
  expect(await messageOf(right.create(inputs))).toBe("nothing was thrown"); // nothing contradicts it
  fake.connect({ source: orgs.shop, sink: orgs.data, types: ["logs"] });
  fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] });
  expect(await messageOf(wrong.create(inputs))).toContain(`belong to the org ${orgs.shop.id}`);
});

it("an orgId that isn't a UUID is refused", async () => {
  const shop = provider({ apiKey, appKey, orgId: "shop" });
  const { failures } = await shop.check({}, inputs);
  expect(failures).toEqual([
    {
      property: "",
      reason: `Invalid configuration: datadog-org-connections:profiles.shop.orgId isn't a UUID. Set it to the org's UUID.`,
    },
  ]);
});

it("a connection whose source Datadog doesn't name stays", async () => {
  fake.answers = { relationships: [] };
  await provider({ apiKey, appKey, orgId: orgs.shop.id }).create(inputs);
  expect(fake.connections).toHaveLength(1);
});

it("a connection that turns out to have another source is deleted again", async () => {
  fake.addCredentials(orgs.shop, { token: "ddsat_1" });
  const wrong = provider({ bearerToken: "ddsat_1", orgId: orgs.security.id });
  expect(await messageOf(wrong.create(inputs))).toBe(
    `Cannot create the org connection to ${orgs.hub.id}: Datadog created it with the source org ` +
      `${orgs.shop.id}, but orgId is ${orgs.security.id}. It was deleted again. Set the credentials of ` +
      "that org, or correct orgId.",
  );
  expect(fake.requests.map(({ method }) => method)).toEqual(["GET", "POST", "DELETE"]);
  expect(fake.connections).toEqual([]);
});
