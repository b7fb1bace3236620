import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import {
  configOf,
  messageOf,
  namespace,
  newProvider,
  profilesConfig,
  type Values,
} from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const { apiKey, appKey } = orgs.payments;
const token = "ddsat_0123456789abcdef";
const sinkOrgId = orgs.hub.id;
const inputs = { sinkOrgId, connectionTypes: ["logs"] };
const recorded = { ...inputs, sourceOrgId: orgs.payments.id };

it.each<[string, Values, object]>([
  ["a pair of keys", {}, { "dd-api-key": apiKey, "dd-application-key": appKey }],
  [
    "a token",
    {
      [`${namespace}:apiKey`]: "",
      [`${namespace}:appKey`]: "",
      [`${namespace}:bearerToken`]: token,
    },
    { authorization: `Bearer ${token}` },
  ],
])("%s is sent in its headers, and nowhere else", async (_what, config, expected) => {
  fake.addCredentials(orgs.payments, { token });
  const provider = newProvider({ ...configOf(fake), ...config });

  const { id } = await provider.create(inputs);
  await provider.read(id, recorded);
  await provider.update(id, recorded, { sinkOrgId, connectionTypes: ["audit"] });
  await newProvider({ ...configOf(fake), ...config }).delete(id, recorded);

  expect(fake.requests.map(({ method }) => method)).toEqual(
    expect.arrayContaining(["POST", "GET", "PATCH", "DELETE"]),
  );
  for (const { headers, ...rest } of fake.requests) {
    const isSecret = (text: string) => [apiKey, appKey, token].some((key) => text.includes(key));
    const secrets = Object.entries(headers).filter(([, value]) => isSecret(value));
    expect(Object.fromEntries(secrets)).toEqual(expected);
    expect(isSecret(JSON.stringify(rest))).toBe(false);
  }
});

it("a profile that lacks a key borrows none: neither another profile's nor the top level's", async () => {
  const profiles = { payments: { apiKey, appKey }, shop: { apiKey: orgs.shop.apiKey } };
  const provider = newProvider({
    ...configOf(fake),
    [`${namespace}:profiles`]: JSON.stringify(profiles),
  });

  const message = await messageOf(provider.create({ ...inputs, profile: "shop" }));

  expect(message).toContain('Missing Datadog credentials of the profile "shop"');
  expect(fake.requests).toEqual([]);
});

it("each profile calls with its namespace keys", async () => {
  const profiles = {
    payments: { apiKey, appKey },
    shop: { apiKey: orgs.shop.apiKey, appKey: orgs.shop.appKey },
  };
  const provider = newProvider(profilesConfig(fake, profiles));

  await Promise.all([
    provider.create({ ...inputs, profile: "payments" }),
    provider.create({ ...inputs, profile: "shop" }),
  ]);

  expect(fake.connections.map(({ sourceOrgId }) => sourceOrgId).sort()).toEqual(
    [orgs.payments.id, orgs.shop.id].sort(),
  );
});
