import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { describe, expect, it } from "vitest";
import { diffOrgConnection } from "../../../provider/diff.ts";

const sinkOrgId = "5d0b6d1e-7f97-11f0-8de1-1ecf66f1aa85";
const other = "0a51f3c8-00cc-11ea-a77b-570c9d03c6c5";
const olds = { sinkOrgId, connectionTypes: ["logs", "metrics"] };

const none = { updates: [], replaces: [] };
const update = { updates: ["connectionTypes"], replaces: [] };
const replaced = (property: string) => ({ updates: [], replaces: [property] });

const otherSource = () => false;

describe("diff", () => {
  it.each([
    ["the same", { ...olds }, none],
    ["types in another order", { ...olds, connectionTypes: ["metrics", "logs"] }, none],
    ["a type twice", { ...olds, connectionTypes: ["logs", "metrics", "logs"] }, none],
    ["how it was adopted", { ...olds, adoptExisting: true, importId: "1" }, none],
    ["a type more", { ...olds, connectionTypes: ["audit", "logs", "metrics"] }, update],
    ["a type less", { ...olds, connectionTypes: ["logs"] }, update],
    ["another type", { ...olds, connectionTypes: ["audit", "logs"] }, update],
    ["another sink", { ...olds, sinkOrgId: other }, replaced("sinkOrgId")],
    [
      "another sink and type",
      { sinkOrgId: other, connectionTypes: ["logs"] },
      { updates: ["connectionTypes"], replaces: ["sinkOrgId"] },
    ],
    ["another source", { ...olds, profile: "shop" }, replaced("profile")],
    ["types not known yet", { ...olds, connectionTypes: unknownValue as never }, update],
    ["a type not known yet", { ...olds, connectionTypes: ["logs", unknownValue] }, update],
    ["a sink not known yet", { ...olds, sinkOrgId: unknownValue }, replaced("sinkOrgId")],
    ["a source not known yet", { ...olds, profile: unknownValue }, replaced("profile")],
  ])("%s", (_what, news, expected) => {
    expect(diffOrgConnection(olds, news, otherSource)).toEqual(expected);
  });

  it("takes a state without types as changed", () => {
    expect(diffOrgConnection({ sinkOrgId }, olds, otherSource)).toEqual(update);
  });

  it("takes no types on either side as the same", () => {
    expect(diffOrgConnection({ sinkOrgId }, { sinkOrgId }, otherSource)).toEqual(none);
  });

  it("takes another profile of the same org as an update: only the name is recorded", () => {
    const news = { ...olds, profile: "payments" };
    expect(diffOrgConnection(olds, news, (profile) => profile === "payments")).toEqual({
      updates: ["profile"],
      replaces: [],
    });
  });

  it("takes leaving out the profile as another source", () => {
    const recorded = { ...olds, profile: "payments" };
    expect(diffOrgConnection(recorded, olds, otherSource)).toEqual(replaced("profile"));
  });
});
