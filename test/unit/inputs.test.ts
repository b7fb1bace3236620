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

  const missing = (hint: string) => ` is missing. ${hint}`;
  const notSink = ` isn't a UUID. ${sinkHint}`;
  const notList = ` isn't a list. ${typesHint}`;
  const notType = (index: number) => `[${index}] isn't a connection type. ${typesHint}`;
  const notName = " isn't a name. Set it to the name of a credential profile.";
  const notBoolean = " isn't a boolean. Set it to true or false.";
  const notId = " isn't a UUID. Set the option import to the id of the connection.";

  it.each<[string, unknown, string, "may be secret"?]>([
    ["sinkOrgId", undefined, missing(sinkHint)],
    ["sinkOrgId", null, missing(sinkHint)],
    ["sinkOrgId", "", notSink],
    ["sinkOrgId", 7, notSink],
    ["sinkOrgId", `${sinkOrgId}\n`, notSink],
    ["sinkOrgId", sinkOrgId.slice(1, -1), notSink],
    ["sinkOrgId", "ssw0rd", notSink, "may be secret"],
    ["sinkOrgId", ["ssw0rd"], notSink, "may be secret"],
    ["sinkOrgId", { key: "ssw0rd" }, notSink, "may be secret"],
    ["sinkOrgId", "0123456789abcdef0123456789abcdef", notSink, "may be secret"],
    ["connectionTypes", undefined, missing(typesHint)],
    ["connectionTypes", "logs", notList],
    ["connectionTypes", "logs, metrics", notList],
    ["connectionTypes", "ssw0rd", notList, "may be secret"],
    ["connectionTypes", [], ` is an empty list. ${typesHint}`],
    ["connectionTypes", ["logs", ""], notType(1)],
    ["connectionTypes", ["logs", "  "], notType(1)],
    ["connectionTypes", ["logs", 7], notType(1)],
    ["connectionTypes", ["logs", null], notType(1)],
    ["connectionTypes", ["ssw0rd", 7], notType(1), "may be secret"],
    ["connectionTypes", ["p ss"], notType(0), "may be secret"],
    ["connectionTypes", ["p\u200b"], notType(0), "may be secret"],
    ["profile", "", notName],
    ["profile", 7, notName],
    ["profile", ["ssw0rd"], notName, "may be secret"],
    ["adoptExisting", "yes", notBoolean],
    ["adoptExisting", "ssw0rd", notBoolean, "may be secret"],
    ["importId", 7, notId],
    ["importId", "ssw0rd", notId, "may be secret"],
    ["sinkOrgID", "ssw0rd", `: no such property exists. ${known}`, "may be secret"],
  ])("refuses %s %j", (property, value, problem, maybeSecret) => {
    const news = { sinkOrgId, connectionTypes: ["logs"], [property]: value };
    expect(checkInputs(news).failures).toEqual([
      // The engine shows the value of a property that a failure names.
      { property: maybeSecret ? "" : property, reason: property + problem },
    ]);
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
