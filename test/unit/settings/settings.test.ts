import { describe, expect, it } from "vitest";
import { namespace, settingsOf, settingsProblem, type Values } from "../fixture.ts";

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
      "each key from its own place",
      { [`${namespace}:apiKey`]: "a" },
      keys,
      { apiKey: "a", appKey: "app" },
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
      "a token of a less specific place than half a pair of keys",
      { [`${namespace}:apiKey`]: "a" },
      { DD_BEARER_TOKEN: "t" },
      { bearerToken: "t" },
    ],
    [
      "own keys before the environment's token",
      { [`${namespace}:apiKey`]: "a", [`${namespace}:appKey`]: "b" },
      { DD_BEARER_TOKEN: "t" },
      { apiKey: "a", appKey: "b" },
    ],
    [
      "keys of which one is in a more specific place than the token",
      { [`${namespace}:apiKey`]: "a", "datadog:bearerToken": "t" },
      keys,
      { apiKey: "a", appKey: "app" },
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

  const remedy =
    "Set an API key (datadog-org-connections:apiKey, datadog:apiKey, DD_API_KEY or DATADOG_API_KEY) " +
    "and an application key (datadog-org-connections:appKey, datadog:appKey, DD_APP_KEY or DATADOG_APP_KEY), " +
    "or a bearer token (datadog-org-connections:bearerToken, datadog:bearerToken, DD_BEARER_TOKEN or DATADOG_BEARER_TOKEN). " +
    "Names with a colon are set with `pulumi config set --secret`, the others in the environment.";

  it("lists every place where credentials can be set", () => {
    expect(settingsProblem({})).toBe(
      `Missing Datadog credentials: neither a pair of keys nor a bearer token is set. ${remedy}`,
    );
  });

  it.each<[Values, string]>([
    [{ DD_API_KEY: "a" }, "DD_API_KEY is set, but the application key isn't"],
    [{ DATADOG_APP_KEY: "a" }, "DATADOG_APP_KEY is set, but the API key isn't"],
  ])("says which key of a pair is missing: %j", (environment, missing) => {
    expect(settingsProblem({}, environment)).toBe(
      `Missing Datadog credentials: ${missing}. ${remedy}`,
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
      `Invalid configuration: datadog-org-connections:${name} is "${value}". Set it to a whole number ${range}.`,
    );
  });
});
