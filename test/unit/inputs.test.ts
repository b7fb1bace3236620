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
    ["sinkOrgId", undefined, `is missing. ${sinkHint}`],
    ["sinkOrgId", null, `is missing. ${sinkHint}`],
    ["sinkOrgId", "", `isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", 7, `isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", `${sinkOrgId}\n`, `isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", sinkOrgId.slice(1, -1), `isn't a UUID. ${sinkHint}`],
    ["connectionTypes", undefined, `is missing. ${typesHint}`],
    ["connectionTypes", "logs", `isn't a list. ${typesHint}`],
    ["connectionTypes", "logs, metrics", `isn't a list. ${typesHint}`],
    ["connectionTypes", [], `is an empty list. ${typesHint}`],
    ["connectionTypes", ["logs", ""], `[1] isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["logs", "  "], `[1] isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["logs", 7], `[1] isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["logs", null], `[1] isn't a connection type. ${typesHint}`],
    ["profile", "", "isn't a name. Set it to the name of a credential profile."],
    ["profile", 7, "isn't a name. Set it to the name of a credential profile."],
    ["adoptExisting", "yes", "isn't a boolean. Set it to true or false."],
    ["importId", 7, "isn't a UUID. Set the option import to the id of the connection."],
  ])("refuses %s %j", (property, value, problem) => {
    const news = { sinkOrgId, connectionTypes: ["logs"], [property]: value };
    const reason = `${property}${problem.startsWith("[") ? "" : " "}${problem}`;
    expect(checkInputs(news).failures).toEqual([{ property, reason }]);
  });

  it.each([
    ["sinkOrgId", "ssw0rd", `sinkOrgId isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", ["ssw0rd"], `sinkOrgId isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", { key: "ssw0rd" }, `sinkOrgId isn't a UUID. ${sinkHint}`],
    ["sinkOrgId", "0123456789abcdef0123456789abcdef", `sinkOrgId isn't a UUID. ${sinkHint}`],
    ["connectionTypes", "ssw0rd", `connectionTypes isn't a list. ${typesHint}`],
    ["connectionTypes", ["p ss"], `connectionTypes[0] isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["ssw0rd", 7], `connectionTypes[1] isn't a connection type. ${typesHint}`],
    ["connectionTypes", ["p\u200b"], `connectionTypes[0] isn't a connection type. ${typesHint}`],
    ["profile", ["ssw0rd"], "profile isn't a name. Set it to the name of a credential profile."],
    ["adoptExisting", "ssw0rd", "adoptExisting isn't a boolean. Set it to true or false."],
    [
      "importId",
      "ssw0rd",
      "importId isn't a UUID. Set the option import to the id of the connection.",
    ],
    ["sinkOrgID", "ssw0rd", `sinkOrgID: no such property exists. ${known}`],
  ])("lets nobody show what may be a secret: %s %j", (property, value, reason) => {
    const news = { sinkOrgId, connectionTypes: ["logs"], [property]: value };
    expect(checkInputs(news).failures).toEqual([{ property: "", reason }]);
  });

  it("takes null as not set", () => {
    const nulls = { profile: null, adoptExisting: null, importId: null, none: null };
    const news = { sinkOrgId, connectionTypes: ["logs"] };
    expect(checkInputs({ ...news, ...nulls })).toStrictEqual({ inputs: news, failures: [] });
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

  it.each([
    { sinkOrgId: unknownValue, connectionTypes: ["logs"] },
    { sinkOrgId, connectionTypes: unknownValue },
    { sinkOrgId, connectionTypes: ["metrics", unknownValue, "logs"] },
  ])("passes what isn't known yet untouched: %j", (news) => {
    expect(checkInputs(news)).toEqual({ inputs: news, failures: [] });
    expect(unrecognizedTypes(news.connectionTypes)).toEqual([]);
  });
});
