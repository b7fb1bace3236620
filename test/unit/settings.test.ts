import { describe, expect, it, vi } from "vitest";
import { Settings } from "../../provider/settings.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { namespace, newSettings, problemOf, type Values } from "./fixture.ts";

const keys = { apiKey: "a", appKey: "b" };
const token = { bearerToken: "t" };
const variables = { DD_API_KEY: "a", DD_APP_KEY: "b" };
const variablesOfShop = { DD_API_KEY_SHOP: "a", DD_APP_KEY_SHOP: "b" };

/** Settings of this package, and of profiles. */
const own = (values: Values, profiles: object = {}): Values => ({
  ...Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${namespace}:${key}`, value]),
  ),
  [`${namespace}:profiles`]: JSON.stringify(profiles),
});
const ofProfiles = (profiles: object) => own({}, profiles);
const ofShop = (shop: object | null) => own({}, { shop });

describe("the credentials", () => {
  it.each<[string, Values, Values, object, "shop"?]>([
    ["own keys", own(keys), { DD_BEARER_TOKEN: "t" }, keys],
    [
      "keys shared with @pulumi/datadog",
      { "datadog:apiKey": "a", "datadog:appKey": "b" },
      {},
      keys,
    ],
    ["DD_…", {}, { ...variables, DATADOG_API_KEY: "x" }, keys],
    ["DATADOG_…", {}, { DATADOG_API_KEY: "a", DATADOG_APP_KEY: "b" }, keys],
    ["a short and a long name", {}, { DD_API_KEY: "a", DATADOG_APP_KEY: "b" }, keys],
    ["own token before shared keys", { ...own(token), "datadog:apiKey": "a" }, {}, token],
    ["shared token before the environment", { "datadog:bearerToken": "t" }, variables, token],
    ["token before keys of the same place", {}, { ...variables, DD_BEARER_TOKEN: "t" }, token],
    [
      "token before keys of the same place, whichever of its two names each has",
      {},
      { ...variables, DATADOG_BEARER_TOKEN: "t" },
      token,
    ],
    ["token before half a pair of keys", own({ apiKey: "a", ...token }), {}, token],
    ["an empty value counts as not set", own({ apiKey: "" }), variables, keys],
    ["of a profile", ofShop(keys), { DD_BEARER_TOKEN_SHOP: "t" }, keys, "shop"],
    ["of a profile in the environment", {}, variablesOfShop, keys, "shop"],
    [
      "of a profile: token before half a pair",
      ofShop({ ...token, apiKey: "a" }),
      {},
      token,
      "shop",
    ],
    [
      "of a profile with only an orgId, null and an empty value",
      ofShop({ orgId: orgs.shop.id, apiKey: null, appKey: "" }),
      variablesOfShop,
      keys,
      "shop",
    ],
    ["of a profile whose token is null", ofShop({ ...keys, bearerToken: null }), {}, keys, "shop"],
    ["of a profile that is null", ofShop(null), variablesOfShop, keys, "shop"],
  ])("%s", (_what, config, environment, credentials, profile) => {
    expect(newSettings(config, environment).of(profile).credentials).toEqual(credentials);
  });

  it("skip a place whose values can't be read", () => {
    const config = new Map(Object.entries(own({ apiKey: "x" })));
    const encrypted = { file: "Pulumi.dev.yaml", names: new Set([`${namespace}:appKey`]) };
    const settings = new Settings({ config, environment: variables, encrypted });
    expect(settings.of(undefined).credentials).toEqual(keys);
  });

  it.each(["constructor", "prototype", "secure", "data_lake", "Data-Lake"])(
    "of a profile are found as %s, in the configuration and in the environment",
    (profile) => {
      const profiles = { constructor: keys, prototype: keys, secure: keys, "DATA-lake": keys };
      const variable = `DD_BEARER_TOKEN_${profile.toUpperCase().replace("-", "_")}`;
      expect(newSettings(ofProfiles(profiles)).of(profile).credentials).toEqual(keys);
      expect(newSettings({}, { [variable]: "t" }).of(profile).credentials).toEqual(token);
    },
  );
});

describe("missing credentials", () => {
  const missing = (config: Values, environment: Values, profile?: string) =>
    problemOf(() => newSettings(config, environment).of(profile));

  const ofShopInConfig = `${namespace}:profiles.shop`;

  it.each<[Values, Values, string, string, "shop"?]>([
    [{}, { DD_API_KEY: "a" }, "DD_API_KEY", "DD_APP_KEY"],
    [{}, { DATADOG_APP_KEY: "a" }, "DATADOG_APP_KEY", "DD_API_KEY"],
    [own({ appKey: "a" }), variables, `${namespace}:appKey`, `${namespace}:apiKey`],
    [{ "datadog:apiKey": "a" }, variables, "datadog:apiKey", "datadog:appKey"],
    [
      { "datadog:apiKey": "a" },
      { ...variables, DD_APP_KEY_SHOP: "b" },
      "DD_APP_KEY_SHOP",
      "DD_API_KEY_SHOP",
      "shop",
    ],
    [
      ofShop({ apiKey: "a" }),
      variablesOfShop,
      `${ofShopInConfig}.apiKey`,
      `${ofShopInConfig}.appKey`,
      "shop",
    ],
  ])("never come from another place: %j with %j", (config, environment, half, other, profile) => {
    const flags = profile ? "--path --secret" : "--secret";
    const remedy = other.startsWith("DD")
      ? "Set it"
      : `Run \`pulumi config set ${flags} ${other}\``;
    expect(missing(config, environment, profile)).toBe(
      `Missing Datadog credentials${profile ? ' of the profile "shop"' : ""}: ${half} is set, but ${other} ` +
        `isn't. ${remedy}: both keys must be in the same place.`,
    );
  });

  it.each<[string | undefined, string, string, string]>([
    [undefined, "", "", "--secret datadog-org-connections:apiKey"],
    [
      "shop",
      ' of the profile "shop"',
      "_SHOP",
      "--path --secret datadog-org-connections:profiles.Shop.apiKey",
    ],
  ])("are explained in 330 characters: %s", (profile, whose, suffix, setting) => {
    const message = missing(ofProfiles({ Shop: {} }), {}, profile);
    expect(message).toBe(
      `Missing Datadog credentials${whose}: neither a pair of keys nor a bearer token is set. Set ` +
        `DD_API_KEY${suffix} and DD_APP_KEY${suffix} in the environment, or run \`pulumi config set ` +
        `${setting}\` and the same for appKey. A bearer token (DD_BEARER_TOKEN${suffix}) works too.`,
    );
    expect(message.length).toBeLessThanOrEqual(330);
  });

  const names = (count: number) => Array.from({ length: count }, (_, index) => `team-${index}`);

  it.each([
    [[], ""],
    [["team_b", "Team-A"], "Profiles: team-a, team-b. "],
    [names(10), `Profiles: ${names(10).join(", ")}. `],
    [names(12), `Profiles: ${names(12).sort().slice(0, 10).join(", ")} and 2 more. `],
  ])("of a profile that isn't there, beside %j", (others, existing) => {
    const profiles = Object.fromEntries(others.map((name) => [name, {}]));
    expect(missing(ofProfiles(profiles), variables, "shop")).toBe(
      `there is no credential profile "shop". ${existing}Set DD_API_KEY_SHOP and DD_APP_KEY_SHOP in the ` +
        "environment, or run `pulumi config set --path --secret datadog-org-connections:profiles.shop.apiKey` " +
        "and the same for appKey.",
    );
  });
});

describe("the address", () => {
  it.each<[Values, Values, string, "shop"?]>([
    [{}, {}, "https://api.datadoghq.com"],
    [own({ site: "datadoghq.eu" }), {}, "https://api.datadoghq.eu"],
    [own({ apiUrl: "https://a.example", site: "datadoghq.eu" }), {}, "https://a.example"],
    [
      { ...own({ site: "datadoghq.eu" }), "datadog:apiUrl": "https://a.example" },
      {},
      "https://api.datadoghq.eu",
    ],
    [
      { "datadog:apiUrl": "https://a.example", "datadog:site": "datadoghq.eu" },
      { DD_HOST: "https://b.example" },
      "https://a.example",
    ],
    [{}, { DD_HOST: "https://b.example", DD_SITE: "datadoghq.eu" }, "https://b.example"],
    [
      { "datadog:site": "x" },
      { DD_SITE: "ap1", DATADOG_SITE: "eu" },
      "https://api.ap1.datadoghq.com",
    ],
    [{}, { DATADOG_SITE: "ap2.datadoghq.com" }, "https://api.ap2.datadoghq.com"],
    [
      ofShop({ ...keys, site: "datadoghq.eu" }),
      { DD_SITE: "ap1" },
      "https://api.datadoghq.eu",
      "shop",
    ],
    [ofShop({ ...keys, apiUrl: "https://a.example" }), {}, "https://a.example", "shop"],
    [ofShop(keys), { DD_SITE_SHOP: "us5" }, "https://api.us5.datadoghq.com", "shop"],
    [ofShop(keys), { DD_HOST_SHOP: "https://b.example" }, "https://b.example", "shop"],
    [ofShop(keys), { DD_SITE: "datadoghq.eu" }, "https://api.datadoghq.eu", "shop"],
    [own({ apiUrl: "https://c.example" }, { shop: keys }), {}, "https://c.example", "shop"],
    [ofShop(keys), {}, "https://api.datadoghq.com", "shop"],
  ])("of %j with %j is %s", (config, environment, url, profile) => {
    expect(newSettings(config, { ...variables, ...environment }).of(profile).baseUrl).toBe(url);
  });
});

describe("the other settings", () => {
  it.each<[Values, object]>([
    [{}, { maxRetries: 4, timeoutSeconds: 30, orgId: undefined }],
    [
      { maxRetries: "0", timeoutSeconds: "600" },
      { maxRetries: 0, timeoutSeconds: 600 },
    ],
    [
      { maxRetries: "20", timeoutSeconds: "1" },
      { maxRetries: 20, timeoutSeconds: 1 },
    ],
    [{ orgId: orgs.hub.id }, { orgId: orgs.hub.id }],
  ])("of %j are %j", (values, expected) => {
    const config = { ...own(values), "datadog:orgId": orgs.shop.id };
    const environment = { ...variables, DD_ORG_ID: orgs.shop.id };
    expect(newSettings(config, environment).of(undefined)).toMatchObject(expected);
  });

  it.each([
    ["maxRetries", "21", "isn't a whole number from 0 to 20."],
    ["timeoutSeconds", "0", "isn't a whole number from 1 to 600."],
    ["timeoutSeconds", "601", "isn't a whole number from 1 to 600."],
  ])("can't be %s %s", (name, value, problem) => {
    expect(problemOf(() => newSettings(own({ [name]: value })).check())).toBe(
      `Invalid configuration: datadog-org-connections:${name} ${problem}`,
    );
  });
});

it.each<[string, Values, readonly string[]]>([
  ["", {}, []],
  ["null", {}, []],
  ['{ "none": null, "Shop": {}, "data_Lake": { "apiKey": null } }', {}, ["data-lake", "shop"]],
  [
    '{ "payments": {}, "SHOP": {}, "prototype": {} }',
    {
      DD_API_KEY_SHOP: "a",
      DD_APP_KEY_SHOP: "b",
      DD_APP_KEY_DATA_LAKE: "b",
      DATADOG_BEARER_TOKEN_SECURITY: "t",
      DD_APP_KEY_CONSTRUCTOR: "b",
      DD_APP_KEY_EMPTY: "",
      DD_APP_KEY_Mixed: "b",
      DD_APP_KEY_1X: "b",
      DD_APP_KEY__X: "b",
      DD_API_KEY_ALONE: "a",
      MY_DD_APP_KEY_OTHER: "b",
      ...variables,
    },
    ["constructor", "data-lake", "payments", "prototype", "security", "shop"],
  ],
])("the profiles of the map %j and the environment %j are %j", (json, environment, names) => {
  const settings = newSettings({ [`${namespace}:profiles`]: json }, environment);
  expect(settings.profileNames).toEqual(names);
});

describe("readProfile", () => {
  it.each<[Values, Values, string | undefined]>([
    [{}, {}, undefined],
    [{ readProfile: "Hub_Org" }, { DD_READ_PROFILE: "other" }, "hub-org"],
    [{ readProfile: "" }, { DD_READ_PROFILE: "HUB" }, "hub"],
    [{}, { DATADOG_READ_PROFILE: "hub" }, "hub"],
  ])("of %j with %j is %s", (values, environment, profile) => {
    expect(newSettings(own(values), environment).readProfile).toBe(profile);
  });

  it("is refused if it isn't a name, also by a check", () => {
    const settings = newSettings({}, { DD_READ_PROFILE: "my hub" });
    for (const use of [() => settings.readProfile, () => settings.check()]) {
      expect(problemOf(use)).toMatch(
        /^Invalid configuration: DD_READ_PROFILE: "my hub" isn't a valid/,
      );
    }
  });
});

describe("the number of reads", () => {
  it("is one scan and one read of each variable, with 3,000 profiles and several uses", () => {
    const names = Array.from({ length: 3000 }, (_, index) => `team-${index}`);
    const inStack = names.slice(0, 1500).map((name) => [name, keys]);
    const inEnvironment = names
      .slice(1500)
      .map((name) => [`DD_BEARER_TOKEN_${name.toUpperCase().replace("-", "_")}`, "t"]);
    const config = new Map(Object.entries(ofProfiles(Object.fromEntries(inStack))));
    const read = vi.spyOn(config, "get");
    const traps = { ownKeys: vi.fn(Reflect.ownKeys), get: vi.fn(Reflect.get) };
    const environment = new Proxy<Values>(Object.fromEntries(inEnvironment), traps);
    const settings = new Settings({ config, environment });
    for (const spy of [read, traps.ownKeys, traps.get]) expect(spy).not.toHaveBeenCalled();
    for (let use = 0; use < 3; use += 1) {
      for (const name of names) settings.of(name);
      settings.check();
      expect(settings.profileNames).toHaveLength(3000);
      expect(problemOf(() => settings.of("nobody"))).toMatch(/^there is no credential profile/);
    }
    expect(traps.ownKeys).toHaveBeenCalledTimes(1);
    expect(traps.get).toHaveBeenCalledTimes(1500);
    expect(read.mock.calls.length).toBeLessThan(40);
  });

  it("is one, also of a map that is refused", () => {
    const config = new Map([[`${namespace}:profiles`, "[]"]]);
    const read = vi.spyOn(config, "get");
    const settings = new Settings({ config, environment: {} });
    for (let use = 0; use < 3; use += 1) {
      expect(problemOf(() => settings.of("shop"))).toContain("isn't a map of profiles");
    }
    expect(read).toHaveBeenCalledTimes(1);
  });
});

describe("the map of profiles", () => {
  const nameRule =
    "isn't a valid name of a credential profile. Use the letters a to z, digits, - and _, " +
    "beginning with a letter.";
  const mapHint =
    "Map each profile to an object with any of apiKey, appKey, bearerToken, site, apiUrl, orgId.";

  it.each([
    ["ssw0rd", `:profiles isn't a map of profiles. ${mapHint}`],
    ['["ssw0rd"]', `:profiles isn't a map of profiles. ${mapHint}`],
    ['{ "shop": "ssw0rd" }', `:profiles.shop isn't a map of settings. ${mapHint}`],
    ['{ "shop": ["ssw0rd"] }', `:profiles.shop isn't a map of settings. ${mapHint}`],
    [
      '{ "abcdef0123456789abcdef0123456789": "ssw0rd" }',
      `:profiles.(a text of 32 characters) isn't a map of settings. ${mapHint}`,
    ],
    [
      '{ "shop": { "apikey": "ssw0rd" } }',
      `:profiles.shop.apikey isn't a setting of a profile. ${mapHint}`,
    ],
    [
      '{ "shop": { "constructor": "ssw0rd" } }',
      `:profiles.shop.constructor isn't a setting of a profile. ${mapHint}`,
    ],
    [
      '{ "shop": { "apiKey": 77 } }',
      `:profiles.shop.apiKey isn't a string; put it in quotes. ${mapHint}`,
    ],
    ['{ "1x": { "apiKey": "ssw0rd" } }', `:profiles: "1x" ${nameRule}`],
    ['{ "__proto__": { "apiKey": "ssw0rd" } }', `:profiles: "__proto__" ${nameRule}`],
    [
      '{ "a-b": {}, "A_b": { "apiKey": "ssw0rd" } }',
      ":profiles.a-b and datadog-org-connections:profiles.A_b are one profile: case makes no difference, " +
        "and _ is the same as -. Remove one of them.",
    ],
  ])("can't be %j, of which no value is shown", (json, problem) => {
    expect(problemOf(() => newSettings({ [`${namespace}:profiles`]: json }).profileNames)).toBe(
      `Invalid configuration: datadog-org-connections${problem}`,
    );
  });
});
