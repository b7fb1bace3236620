import { describe, expect, it } from "vitest";
import { Settings } from "../../provider/settings.ts";
import { namespace, settingsOf, settingsProblem, type Values } from "./fixture.ts";

const keys = { DD_API_KEY: "api", DD_APP_KEY: "app" };

describe("the credentials", () => {
  it.each<[string, Values, Values, object]>([
    [
      "own keys",
      { [`${namespace}:apiKey`]: "a", [`${namespace}:appKey`]: "b" },
      keys,
      { apiKey: "a", appKey: "b" },
    ],
    [
      "keys shared with @pulumi/datadog",
      { "datadog:apiKey": "a", "datadog:appKey": "b" },
      keys,
      { apiKey: "a", appKey: "b" },
    ],
    ["DD_…", {}, { ...keys, DATADOG_API_KEY: "x" }, { apiKey: "api", appKey: "app" }],
    ["DATADOG_…", {}, { DATADOG_API_KEY: "a", DATADOG_APP_KEY: "b" }, { apiKey: "a", appKey: "b" }],
    [
      "a short and a long name",
      {},
      { DD_API_KEY: "a", DATADOG_APP_KEY: "b" },
      { apiKey: "a", appKey: "b" },
    ],
    [
      "own token before shared keys",
      { [`${namespace}:bearerToken`]: "t", "datadog:apiKey": "a" },
      keys,
      { bearerToken: "t" },
    ],
    ["shared token", { "datadog:bearerToken": "t" }, keys, { bearerToken: "t" }],
    [
      "token before keys of the same place",
      {},
      { ...keys, DD_BEARER_TOKEN: "t" },
      { bearerToken: "t" },
    ],
    [
      "token before keys of the same place, whichever of its two names each has",
      {},
      { ...keys, DATADOG_BEARER_TOKEN: "t" },
      { bearerToken: "t" },
    ],
    [
      "shared keys before the environment's token",
      { "datadog:apiKey": "a", "datadog:appKey": "b" },
      { DD_BEARER_TOKEN: "t" },
      { apiKey: "a", appKey: "b" },
    ],
    [
      "own keys before the environment's token",
      { [`${namespace}:apiKey`]: "a", [`${namespace}:appKey`]: "b" },
      { DD_BEARER_TOKEN: "t" },
      { apiKey: "a", appKey: "b" },
    ],
    [
      "token before half a pair of keys of the same place",
      { [`${namespace}:apiKey`]: "a", [`${namespace}:bearerToken`]: "t" },
      keys,
      { bearerToken: "t" },
    ],
    [
      "an empty value counts as not set",
      { [`${namespace}:apiKey`]: "" },
      keys,
      { apiKey: "api", appKey: "app" },
    ],
  ])("%s", (_what, config, environment, credentials) => {
    expect(settingsOf(config, environment).credentials).toEqual(credentials);
  });

  it("says the two ways to set keys, and that a token works too", () => {
    const message = settingsProblem({});
    expect(message).toBe(
      "Missing Datadog credentials: neither a pair of keys nor a bearer token is set. Set DD_API_KEY and " +
        "DD_APP_KEY in the environment, or run `pulumi config set --secret datadog-org-connections:apiKey` " +
        "and the same for appKey. A bearer token (DD_BEARER_TOKEN) works too.",
    );
    expect(message.length).toBeLessThanOrEqual(330);
  });

  it.each<[Values, Values, string]>([
    [
      {},
      { DD_API_KEY: "a" },
      "DD_API_KEY is set, but DD_APP_KEY isn't. Set it: both keys must be in the same place.",
    ],
    [
      {},
      { DATADOG_APP_KEY: "a" },
      "DATADOG_APP_KEY is set, but DD_API_KEY isn't. Set it: both keys must be in the same place.",
    ],
    [
      { [`${namespace}:appKey`]: "a", "datadog:apiKey": "a", "datadog:appKey": "b" },
      keys,
      "datadog-org-connections:appKey is set, but datadog-org-connections:apiKey isn't. Run `pulumi config " +
        "set --secret datadog-org-connections:apiKey`: both keys must be in the same place.",
    ],
    [
      { "datadog:apiKey": "a" },
      { ...keys, DD_BEARER_TOKEN: "t" },
      "datadog:apiKey is set, but datadog:appKey isn't. Run `pulumi config set --secret datadog:appKey`: " +
        "both keys must be in the same place.",
    ],
  ])("never mix places: %j with %j", (config, environment, problem) => {
    expect(settingsProblem(config, environment)).toBe(`Missing Datadog credentials: ${problem}`);
  });

  it("skip a place whose values can't be read", () => {
    const config = new Map([[`${namespace}:apiKey`, "a"]]);
    const unreadable = [`${namespace}:appKey`];
    const settings = new Settings({ config, environment: keys, unreadable });
    expect(settings.of(undefined).credentials).toEqual({ apiKey: "api", appKey: "app" });
  });

  it.each(["DD_API_KEY", "DD_APP_KEY"])("refuses the id of a key as %s", (name) => {
    const id = "0A51f3c8-00cc-11ea-a77b-570c9d03c6c5";
    expect(settingsProblem({}, { ...keys, [name]: id })).toBe(
      `Invalid configuration: ${name} has the form of a UUID: it is the id of a key, not the key. Set the key ` +
        "itself, which Datadog shows when the key is created.",
    );
  });

  it.each(["line\nbreak", "sp ace", "naïve", "end ", "\tstart", "\x7f"])(
    "refuses a key that is no header: %j",
    (key) => {
      const message = settingsProblem({}, { ...keys, DD_APP_KEY: key });
      expect(message).toBe(
        "Invalid configuration: DD_APP_KEY contains a space, a line break or another character that keys don't have. Set only the key.",
      );
    },
  );
});

describe("retries and timeout", () => {
  it.each([
    ["maxRetries", 20],
    ["timeoutSeconds", 1],
  ])("take the limit of %s", (name, value) => {
    expect(settingsOf({ [`${namespace}:${name}`]: `${value}` }, keys)).toHaveProperty(name, value);
  });

  it("have defaults", () => {
    expect(settingsOf({}, keys)).toMatchObject({ maxRetries: 4, timeoutSeconds: 30 });
  });

  it("are read from the stack's configuration", () => {
    const config = { [`${namespace}:maxRetries`]: "0", [`${namespace}:timeoutSeconds`]: "600" };
    expect(settingsOf(config, keys)).toMatchObject({ maxRetries: 0, timeoutSeconds: 600 });
  });

  it.each([
    ["maxRetries", "21", "from 0 to 20"],
    ["maxRetries", "-1", "from 0 to 20"],
    ["maxRetries", "many", "from 0 to 20"],
    ["maxRetries", "3x", "from 0 to 20"],
    ["maxRetries", " 3", "from 0 to 20"],
    ["timeoutSeconds", "601", "from 1 to 600"],
    ["timeoutSeconds", "0", "from 1 to 600"],
    ["timeoutSeconds", "1.5", "from 1 to 600"],
  ])("refuses %s %s", (name, value, range) => {
    expect(settingsProblem({ [`${namespace}:${name}`]: value }, keys)).toBe(
      `Invalid configuration: datadog-org-connections:${name} isn't a whole number ${range}.`,
    );
  });
});

describe("orgId", () => {
  const orgId = "0A51F3C8-00cc-11ea-a77b-570c9d03c6c5";

  it("is the own one, in lower case", () => {
    const config = { [`${namespace}:orgId`]: orgId, "datadog:orgId": "x" };
    expect(settingsOf(config, { ...keys, DD_ORG_ID: "x" }).orgId).toBe(orgId.toLowerCase());
    expect(settingsOf({ "datadog:orgId": orgId }, keys).orgId).toBeUndefined();
  });

  it("is refused without its value, which may be a key", () => {
    expect(settingsProblem({ [`${namespace}:orgId`]: "ssw0rd" }, keys)).toBe(
      "Invalid configuration: datadog-org-connections:orgId isn't a UUID. Set it to the org's UUID.",
    );
  });
});
