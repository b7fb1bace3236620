import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { describe, expect, it } from "vitest";
import { checkInputs, unrecognizedTypes } from "../../provider/inputs.ts";

const sinkOrgId = "5d0b6d1e-7f97-11f0-8de1-1ecf66f1aa85";
const sinkHint = "Set it to the receiving org's UUID.";
const typesHint =
  'Set it to a list of at least one connection type, such as "audit", "logs", "metrics".';
const known = "Known properties: sinkOrgId, connectionTypes, profile, adoptExisting.";

describe("check", () => {
  it("brings good inputs into canonical form, and adds nothing", () => {
    const news = {
      sinkOrgId: sinkOrgId.toUpperCase(),
      connectionTypes: ["metrics", "logs", "logs"],
    };
    expect(checkInputs(news)).toStrictEqual({
      inputs: { sinkOrgId, connectionTypes: ["logs", "metrics"] },
      failures: [],
    });
  });

  it.each([
    "0a51f3c8-00cc-11ea-a77b-570c9d03c6c5",
    "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10",
    "0192f0c1-2b3c-7d4e-8f50-617283940a1b",
    "00000000-0000-0000-0000-000000000000",
  ])("takes a UUID of any version: %s", (uuid) => {
    expect(checkInputs({ sinkOrgId: uuid, connectionTypes: ["logs"] }).failures).toEqual([]);
  });

  it("passes on a type that it doesn't know", () => {
    const { inputs, failures } = checkInputs({ sinkOrgId, connectionTypes: ["spans", "logs"] });
    expect(failures).toEqual([]);
    expect(inputs.connectionTypes).toEqual(["logs", "spans"]);
    expect(unrecognizedTypes(inputs.connectionTypes)).toEqual(["spans"]);
  });

  it.each([
    ["sinkOrgId", undefined, `it is missing. ${sinkHint}`],
    ["sinkOrgId", "hub", `"hub" isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", "", `"" isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", 7, `7 isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", `${sinkOrgId}\n`, `"${sinkOrgId}\\n" isn't a UUID. ${sinkHint}`],
    ["connectionTypes", undefined, `it is missing. ${typesHint}`],
    ["connectionTypes", "logs", `"logs" isn't a list. ${typesHint}`],
    ["connectionTypes", [], `[] is an empty list. ${typesHint}`],
    ["connectionTypes", ["logs", ""], `"" isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["logs", "  "], `"  " isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["logs", 7], `7 isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["logs", null], `null isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["lo gs"], `"lo gs" isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["logs\u200b"], `"logs\u200b" isn't a connection type. ${typesHint}`],
    ["profile", "", `"" isn't a name. Set it to the name of a credential profile.`],
    ["profile", 7, "7 isn't a name. Set it to the name of a credential profile."],
    ["adoptExisting", "yes", `"yes" isn't a boolean. Set it to true or false.`],
    ["importId", "7", `"7" isn't a UUID. Set the option import to the id of the connection.`],
    ["sinkOrgID", sinkOrgId, `no such property exists. ${known}`],
  ])("refuses %s %j", (property, value, reason) => {
    const news = { sinkOrgId, connectionTypes: ["logs"], [property]: value };
    expect(checkInputs(news).failures).toEqual([{ property, reason }]);
  });

  it("takes every property, and leaves alone what the engine adds", () => {
    const others = { profile: "shop", adoptExisting: true, __provider: "text" };
    const news = { sinkOrgId, connectionTypes: ["logs"], ...others };
    expect(checkInputs({ ...news, importId: sinkOrgId.toUpperCase() })).toEqual({
      inputs: { ...news, importId: sinkOrgId },
      failures: [],
    });
  });

  it("names every bad property at once", () => {
    const { failures = [] } = checkInputs({});
    expect(failures.map(({ property }) => property)).toEqual(["sinkOrgId", "connectionTypes"]);
  });

  it("quotes at most 100 characters of a value", () => {
    const { failures = [] } = checkInputs({
      sinkOrgId: "x".repeat(9999),
      connectionTypes: ["logs"],
    });
    expect(failures[0]?.reason).toBe(`"${"x".repeat(99)} isn't a UUID. ${sinkHint}`);
  });

  it.each([
    { sinkOrgId: unknownValue, connectionTypes: ["logs"] },
    { sinkOrgId, connectionTypes: unknownValue },
    { sinkOrgId, connectionTypes: ["metrics", unknownValue, "logs"] },
  ])("passes what isn't known yet untouched: %j", (news) => {
    expect(checkInputs(news)).toEqual({ inputs: news, failures: [] });
    expect(unrecognizedTypes(news.connectionTypes)).toEqual([]);
  });
});
