import { describe, expect, it } from "vitest";
import { profileNames } from "../../../provider/settings/setting-sources.ts";
import { resolveSettings } from "../../../provider/settings/settings.ts";
import { namespace, problemOf } from "../fixture.ts";

type Values = Record<string, string>;

const sourcesOf = (profiles: unknown, environment: Values = {}, config: Values = {}) => ({
  config: new Map(
    Object.entries({ [`${namespace}:profiles`]: JSON.stringify(profiles), ...config }),
  ),
  environment,
});

const keys = { apiKey: "a", appKey: "b" };

describe("the credentials of a profile", () => {
  it.each<[string, object, Values, object]>([
    ["from the stack's configuration", { shop: keys }, {}, keys],
    ["from the environment", {}, { DD_API_KEY_SHOP: "a", DD_APP_KEY_SHOP: "b" }, keys],
    ["from the long names", {}, { DATADOG_API_KEY_SHOP: "a", DATADOG_APP_KEY_SHOP: "b" }, keys],
    ["from both", { shop: { apiKey: "a" } }, { DD_APP_KEY_SHOP: "b" }, keys],
    ["a token", {}, { DD_BEARER_TOKEN_SHOP: "t" }, { bearerToken: "t" }],
    [
      "a token before keys of the environment, whichever of its two names each has",
      {},
      { DD_API_KEY_SHOP: "a", DD_APP_KEY_SHOP: "b", DATADOG_BEARER_TOKEN_SHOP: "t" },
      { bearerToken: "t" },
    ],
    ["keys before a token of the environment", { shop: keys }, { DD_BEARER_TOKEN_SHOP: "t" }, keys],
  ])("%s", (_what, profiles, environment, credentials) => {
    expect(resolveSettings(sourcesOf(profiles, environment), "shop").credentials).toEqual(
      credentials,
    );
  });

  it("of a name with hyphens and small letters have variables in capitals with underscores", () => {
    const environment = { DD_API_KEY_DATA_LAKE: "a", DD_APP_KEY_DATA_LAKE: "b" };
    expect(resolveSettings(sourcesOf({}, environment), "data-lake").credentials).toEqual(keys);
  });

  it("are found without any configuration, by a name of any spelling", () => {
    const sources = { config: new Map(), environment: { DD_BEARER_TOKEN_DATA_LAKE: "t" } };
    expect(resolveSettings(sources, "Data_Lake").credentials).toEqual({ bearerToken: "t" });
  });

  it("of the configuration are found by a name of any spelling", () => {
    const sources = sourcesOf({ "Data-Lake": { ...keys, site: "datadoghq.eu" } });
    expect(resolveSettings(sources, "data_lake")).toMatchObject({
      credentials: keys,
      baseUrl: "https://api.datadoghq.eu",
    });
  });

  it("of the configuration are those of the exact name, if there are several of one spelling", () => {
    const others = { apiKey: "c", appKey: "d" };
    const sources = sourcesOf({ "data-lake": keys, data_lake: others });
    expect(resolveSettings(sources, "data_lake").credentials).toEqual(others);
    expect(problemOf(() => resolveSettings(sources, "Data Lake"))).toContain("Missing Datadog");
  });

  it("of the configuration are never those of a name in other letters", () => {
    const sources = sourcesOf({ 東京: keys });
    expect(problemOf(() => resolveSettings(sources, "検索"))).toContain("Missing Datadog");
  });

  it("are never those of the top level, which are another org's", () => {
    const environment = { DD_API_KEY: "top", DD_APP_KEY: "top", DD_APP_KEY_SHOP: "b" };
    expect(problemOf(() => resolveSettings(sourcesOf({}, environment), "shop"))).toBe(
      'Missing Datadog credentials of the profile "shop": DD_APP_KEY_SHOP is set, but the API key ' +
        "isn't. Set an API key (datadog-org-connections:profiles.shop.apiKey, DD_API_KEY_SHOP or " +
        "DATADOG_API_KEY_SHOP) and an application key (datadog-org-connections:profiles.shop.appKey, " +
        "DD_APP_KEY_SHOP or DATADOG_APP_KEY_SHOP), or a bearer token (datadog-org-connections:profiles.shop." +
        "bearerToken, DD_BEARER_TOKEN_SHOP or DATADOG_BEARER_TOKEN_SHOP). Names with a colon are set " +
        "with `pulumi config set --secret` and `--path`, the others in the environment.",
    );
  });
});

describe("the address of a profile", () => {
  it.each<[object, Values, Values, string]>([
    [
      { ...keys, site: "datadoghq.eu" },
      { DD_SITE: "ap1.datadoghq.com" },
      {},
      "https://api.datadoghq.eu",
    ],
    [{ ...keys, apiUrl: "https://a.example" }, {}, {}, "https://a.example"],
    [keys, { DD_SITE_SHOP: "us5.datadoghq.com" }, {}, "https://api.us5.datadoghq.com"],
    [keys, { DD_HOST_SHOP: "https://b.example" }, {}, "https://b.example"],
    [keys, { DD_SITE: "datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
    [keys, {}, { [`${namespace}:apiUrl`]: "https://c.example" }, "https://c.example"],
    [keys, {}, {}, "https://api.datadoghq.com"],
  ])("%j with %j and %j is %s", (profile, environment, config, url) => {
    const sources = sourcesOf({ shop: profile }, environment, config);
    expect(resolveSettings(sources, "shop").baseUrl).toBe(url);
  });

  it("is refused with the name by which it was set", () => {
    const sources = sourcesOf({ shop: { ...keys, site: "datadoghq.co" } });
    expect(problemOf(() => resolveSettings(sources, "shop"))).toContain(
      'Invalid configuration: datadog-org-connections:profiles.shop.site is "datadoghq.co", which isn\'t a known Datadog site.',
    );
  });
});

describe("the map of profiles", () => {
  const parts = "apiKey, appKey, bearerToken, site, apiUrl, orgId";

  it.each<[unknown, string]>([
    ["ssw0rd", `${namespace}:profiles isn't a map of profiles. `],
    [["ssw0rd"], `${namespace}:profiles.0 isn't a map of settings. `],
    [{ shop: "ssw0rd" }, `${namespace}:profiles.shop isn't a map of settings. `],
    [
      { shop: { apikey: "ssw0rd" } },
      `${namespace}:profiles.shop.apikey isn't a setting of a profile. `,
    ],
    [
      { shop: { apiKey: 77 } },
      `${namespace}:profiles.shop.apiKey isn't a string; put it in quotes. `,
    ],
  ])("is refused as %j, without its values", (profiles, where) => {
    const problem = problemOf(() => resolveSettings(sourcesOf(profiles), "shop"));
    expect(problem).toContain(`Invalid configuration: ${where}`);
    expect(problem).not.toMatch(/ssw0rd|77/);
    expect(problem).toContain(`Map each profile to an object with any of ${parts}.`);
  });

  it("lists its profiles with those of the environment", () => {
    const environment = {
      DD_API_KEY_SHOP: "a",
      DD_APP_KEY_SHOP: "b",
      DD_APP_KEY_DATA_LAKE: "b",
      DATADOG_BEARER_TOKEN_SECURITY: "t",
      DD_APP_KEY_EMPTY: "",
      DD_APP_KEY_Mixed: "b",
      MY_DD_APP_KEY_OTHER: "b",
      DD_API_KEY: "top",
      DD_APP_KEY: "top",
    };
    expect(profileNames(sourcesOf({ payments: keys, shop: {} }, environment))).toEqual([
      "data-lake",
      "payments",
      "security",
      "shop",
    ]);
  });

  it("an unknown profile is refused with how to set one, where there are none", () => {
    expect(problemOf(() => resolveSettings(sourcesOf({}), "shop"))).toBe(
      'there is no credential profile "shop". Set datadog-org-connections:profiles.shop.apiKey and .appKey ' +
        "with `pulumi config set --path --secret`, or DD_API_KEY_SHOP and DD_APP_KEY_SHOP in the environment.",
    );
  });
});
