import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { describe, expect, it, vi } from "vitest";
import { orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { namespace, newProvider } from "../fixture.ts";

const { apiKey, appKey, id: orgId } = orgs.payments;
const profiles = {
  payments: { apiKey, appKey, orgId: orgId.toUpperCase() },
  same: { apiKey, appKey, orgId },
  other: { apiKey, appKey, orgId: orgs.shop.id },
  silent: { apiKey, appKey },
  broken: { apiKey, appKey, orgId: "shop" },
};
const provider = () => newProvider({ [`${namespace}:profiles`]: JSON.stringify(profiles) });
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };

const running = useFakeDatadog();

describe("check", () => {
  const failuresOf = async (profile: unknown, changes = {}) =>
    (await provider().check({}, { ...inputs, profile, ...changes })).failures;

  it("takes a profile that can be used", async () => {
    expect(await failuresOf("payments")).toEqual([]);
  });

  it("names a profile that isn't there", async () => {
    expect(await failuresOf("paymants")).toEqual([
      {
        property: "",
        reason:
          'there is no credential profile "paymants". Profiles: broken, other, payments, same, silent. ' +
          "Set DD_API_KEY_PAYMANTS and DD_APP_KEY_PAYMANTS in the environment, or run `pulumi config set " +
          "--path --secret datadog-org-connections:profiles.paymants.apiKey` and the same for appKey.",
      },
    ]);
  });

  it("names the setting for a profile that can't be used", async () => {
    expect(await failuresOf("broken")).toEqual([
      {
        property: "",
        reason: expect.stringMatching(/^Invalid configuration: .*profiles\.broken\.orgId/),
      },
    ]);
  });

  it("tells it together with what else is wrong", async () => {
    expect(await failuresOf("broken", { sinkOrgId: "hub" })).toMatchObject([
      { reason: expect.stringMatching(/^sinkOrgId isn't/) },
      { reason: expect.stringMatching(/^Invalid configuration/) },
    ]);
  });

  it("doesn't judge a profile that isn't known yet", async () => {
    expect(await failuresOf(unknownValue)).toEqual([]);
  });

  it("takes the credentials of the environment where nothing is configured", async () => {
    vi.stubEnv("DD_API_KEY", apiKey);
    vi.stubEnv("DD_APP_KEY", appKey);
    const { failures } = await newProvider({}).check({}, inputs);
    vi.unstubAllEnvs();
    expect(failures).toEqual([]);
  });

  it.each([7, ""])("tells once of a profile that isn't a name: %j", async (profile) => {
    expect(await failuresOf(profile)).toEqual([
      {
        property: "profile",
        reason: "profile isn't a name. Set it to the name of a credential profile.",
      },
    ]);
  });

  it("judges the credentials of the top level where there is no profile", async () => {
    const { failures } = await newProvider({}).check({}, inputs);
    expect(failures).toMatchObject([
      { property: "", reason: expect.stringMatching(/^Missing Datadog credentials: /) },
    ]);
  });
});

describe("diff", () => {
  const recorded = { ...inputs, profile: "payments", sourceOrgId: orgId };
  const unrecorded = { ...inputs, profile: "payments" };
  const none = { updates: [], replaces: [] };
  const update = { updates: ["profile"], replaces: [] };
  const replaced = { updates: [], replaces: ["profile"] };

  it.each([
    ["the same profile", recorded, "payments", none],
    ["another spelling of the same profile", recorded, "Payments", update],
    ["another spelling of it, though no org is recorded", unrecorded, "PAYMENTS", update],
    ["another profile of the same org", recorded, "same", update],
    ["a profile of another org", recorded, "other", replaced],
    ["a profile that doesn't tell its org", recorded, "silent", replaced],
    ["a profile that can't be used", recorded, "broken", replaced],
    ["a profile that isn't there", recorded, "nowhere", replaced],
    ["another profile where no org is recorded", unrecorded, "silent", replaced],
  ])("of %s", async (_what, olds, profile, expected) => {
    expect(await provider().diff("1", olds, { ...inputs, profile })).toEqual(expected);
  });
});

it("read keeps the profile, in the outputs and for the program", async () => {
  const fake = running();
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  const config = {
    [`${namespace}:profiles`]: JSON.stringify(profiles),
    [`${namespace}:apiUrl`]: fake.url,
  };
  const read = newProvider(config).read(id, { ...inputs, profile: "payments" });
  expect(await read).toMatchObject({
    outputs: { profile: "payments", sourceOrgId: orgId },
    inputs: { ...inputs, profile: "payments" },
  });
});
