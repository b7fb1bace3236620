import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { describe, expect, it } from "vitest";
import { diffOrgConnection } from "../../provider/diff.ts";
import type { OrgConnectionInputs } from "../../provider/inputs.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { configOf, keys, namespace, newProvider, profilesConfig } from "./fixture.ts";

const { hub, payments, shop } = orgs;
const olds = { sinkOrgId: hub.id, connectionTypes: ["logs", "metrics"], sourceOrgId: payments.id };
const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const datadog = { url: "https://datadog.invalid" }; // a diff sends nothing
const config = configOf(datadog);

const none = { updates: [], replaces: [] };
const update = { updates: ["connectionTypes"], replaces: [] };
const replaced = (...replaces: string[]) => ({ updates: [], replaces });

it.each<[string, object, object]>([
  ["the same", {}, none],
  ["types in another order", { connectionTypes: ["metrics", "logs"] }, none],
  ["a type twice", { connectionTypes: ["logs", "metrics", "logs"] }, none],
  ["how it was adopted", { adoptExisting: true, importId: id }, none],
  ["a type more", { connectionTypes: ["audit", "logs", "metrics"] }, update],
  ["a type less", { connectionTypes: ["logs"] }, update],
  ["another type", { connectionTypes: ["audit", "logs"] }, update],
  ["types not known yet", { connectionTypes: unknownValue }, update],
  ["a type not known yet", { connectionTypes: ["logs", unknownValue] }, update],
  ["another sink", { sinkOrgId: shop.id }, replaced("sinkOrgId")],
  ["a sink not known yet", { sinkOrgId: unknownValue }, replaced("sinkOrgId")],
  ["a profile not known yet", { profile: unknownValue }, replaced("profile")],
  [
    "another sink and type",
    { sinkOrgId: shop.id, connectionTypes: ["logs"] },
    { updates: ["connectionTypes"], replaces: ["sinkOrgId"] },
  ],
])("%s", (_what, changes, expected) => {
  const news = { ...olds, ...changes } as OrgConnectionInputs;
  expect(diffOrgConnection(olds, news, undefined)).toEqual(expected);
});

it("a state without types is a change, but not if the program has none either", () => {
  const { sinkOrgId } = olds;
  expect(diffOrgConnection({ sinkOrgId }, olds, undefined)).toEqual(update);
  expect(diffOrgConnection({ sinkOrgId }, { sinkOrgId }, undefined)).toEqual(none);
});

describe("whose connection it is:", () => {
  const profiles = {
    payments: { ...keys, orgId: payments.id.toUpperCase() },
    same: { ...keys, orgId: payments.id },
    other: { ...keys, orgId: shop.id },
    silent: keys,
    broken: { ...keys, orgId: "shop" },
  };
  const recorded = { ...olds, profile: "payments" };
  const { sourceOrgId: _, ...unrecorded } = recorded;
  const updated = { updates: ["profile"], replaces: [] };

  it.each<[string, Partial<OrgConnectionInputs>, string | undefined, object]>([
    ["the same profile", recorded, "payments", none],
    ["another spelling of the same profile", recorded, "Payments", updated],
    ["another spelling, though no source is recorded", unrecorded, "PAYMENTS", updated],
    ["another profile of the same org", recorded, "same", updated],
    ["a profile of another org", recorded, "other", replaced("profile")],
    ["a profile without an orgId", recorded, "silent", replaced("profile")],
    ["a profile that can't be used", recorded, "broken", replaced("profile")],
    ["a profile that isn't there", recorded, "nowhere", replaced("profile")],
    ["no profile any more", recorded, undefined, replaced("profile")],
    ["another profile, though no source is recorded", unrecorded, "silent", replaced("profile")],
    [
      "a source that isn't the profile's orgId",
      { ...recorded, sourceOrgId: shop.id },
      "payments",
      replaced("sourceOrgId"),
    ],
    ["no recorded source to compare the orgId with", unrecorded, "payments", none],
  ])("%s", async (_what, state, profile, expected) => {
    const provider = newProvider(profilesConfig(datadog, profiles));
    const { sinkOrgId, connectionTypes } = olds;
    const news = { sinkOrgId, connectionTypes, ...(profile !== undefined && { profile }) };
    expect(await provider.diff(id, state, news)).toEqual(expected);
  });
});

it("a resource that moves to credentials with another orgId is replaced", async () => {
  const orgId = { [`${namespace}:orgId`]: shop.id };
  expect(await newProvider({ ...config, ...orgId }).diff(id, olds, olds)).toEqual(
    replaced("sourceOrgId"),
  );
  expect(await newProvider(orgId).diff(id, olds, olds)).toEqual(none); // `check` reports the missing keys
});

it("a sink, a source or an id that another provider recorded in capitals is no change", async () => {
  const provider = newProvider({ ...config, [`${namespace}:orgId`]: payments.id });
  const capitals = {
    ...olds,
    sinkOrgId: hub.id.toUpperCase(),
    sourceOrgId: payments.id.toUpperCase(),
  };
  expect(await provider.diff(id.toUpperCase(), capitals, olds)).toEqual(none);
});
