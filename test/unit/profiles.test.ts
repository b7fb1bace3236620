import { describe, expect, it } from "vitest";
import { canonicalProfile } from "../../provider/profiles.ts";
import { Settings } from "../../provider/settings.ts";
import { namespace, newSettings, problemOf, type Values } from "./fixture.ts";

const keys = { apiKey: "a", appKey: "b" };

const of = (profiles: unknown, environment: Values = {}, config: Values = {}) =>
  newSettings({ [`${namespace}:profiles`]: JSON.stringify(profiles), ...config }, environment);

const nameRule =
  "isn't a valid name of a credential profile. Use the letters a to z, digits, - and _, " +
  "beginning with a letter.";

describe("the name of a profile", () => {
  it.each([
    ["shop", "shop"],
    ["Data_Lake", "data-lake"],
    ["a--b_", "a--b-"],
    ["x1", "x1"],
    ["constructor", "constructor"],
    ["prototype", "prototype"],
    ["secure", "secure"],
  ])("%s is %s", (name, canonical) => {
    expect(canonicalProfile(name)).toBe(canonical);
  });

  it.each([
    ["", '""'],
    ["1x", '"1x"'],
    ["_x", '"_x"'],
    ["__proto__", '"__proto__"'],
    ["data lake", '"data lake"'],
    ["shop\n", '"shop\\n"'],
    ["東京", '"東京"'],
    ["\u212aitchen", '"\u212aitchen"'], // the sign for kelvin, which is k in lower case
    [`${"0".repeat(31)}x`, "(a text of 32 characters)"],
  ])("isn't %j", (name, shown) => {
    expect(problemOf(() => canonicalProfile(name))).toBe(`${shown} ${nameRule}`);
  });
});

describe("the credentials of a profile", () => {
  it.each<[string, object, Values, object]>([
    ["from the stack's configuration", { shop: keys }, {}, keys],
    ["from the environment", {}, { DD_API_KEY_SHOP: "a", DD_APP_KEY_SHOP: "b" }, keys],
    ["from the long names", {}, { DATADOG_API_KEY_SHOP: "a", DATADOG_APP_KEY_SHOP: "b" }, keys],
    ["from a short and a long name", {}, { DD_API_KEY_SHOP: "a", DATADOG_APP_KEY_SHOP: "b" }, keys],
    ["a token", {}, { DD_BEARER_TOKEN_SHOP: "t" }, { bearerToken: "t" }],
    [
      "a token before keys of the environment, whichever of its two names each has",
      {},
      { DD_API_KEY_SHOP: "a", DD_APP_KEY_SHOP: "b", DATADOG_BEARER_TOKEN_SHOP: "t" },
      { bearerToken: "t" },
    ],
    [
      "a token before half a pair",
      { shop: { bearerToken: "t", apiKey: "a" } },
      {},
      { bearerToken: "t" },
    ],
    ["keys before a token of the environment", { shop: keys }, { DD_BEARER_TOKEN_SHOP: "t" }, keys],
    [
      "from the environment, if the configuration has only an orgId, or null",
      { shop: { orgId: "0a51f3c8-00cc-11ea-a77b-570c9d03c6c5", apiKey: null, appKey: "" } },
      { DD_API_KEY_SHOP: "a", DD_APP_KEY_SHOP: "b" },
      keys,
    ],
    ["keys, if the token is null", { shop: { ...keys, bearerToken: null } }, {}, keys],
    [
      "from the environment, if the profile is null",
      { shop: null },
      { DD_API_KEY_SHOP: "a", DD_APP_KEY_SHOP: "b" },
      keys,
    ],
  ])("%s", (_what, profiles, environment, credentials) => {
    expect(of(profiles, environment).of("shop").credentials).toEqual(credentials);
  });

  it.each([
    ["data-lake", { DD_BEARER_TOKEN_DATA_LAKE: "t" }],
    ["DATA_LAKE", { DD_BEARER_TOKEN_DATA_LAKE: "t" }],
    ["constructor", { DD_BEARER_TOKEN_CONSTRUCTOR: "t" }],
  ])("of the environment are found as %s", (profile, environment) => {
    expect(of({}, environment).of(profile).credentials).toEqual({ bearerToken: "t" });
  });

  it.each(["constructor", "prototype", "secure", "data_lake", "Data-Lake"])(
    "of the configuration are found as %s",
    (profile) => {
      const settings = of({ constructor: keys, prototype: keys, secure: keys, "DATA-lake": keys });
      expect(settings.of(profile).credentials).toEqual(keys);
    },
  );

  it.each<[object, Values, string]>([
    [
      { shop: { apiKey: "a" } },
      { DD_API_KEY_SHOP: "c", DD_APP_KEY_SHOP: "d" },
      "datadog-org-connections:profiles.shop.apiKey is set, but datadog-org-connections:profiles.shop.appKey " +
        "isn't. Run `pulumi config set --path --secret datadog-org-connections:profiles.shop.appKey`: both keys " +
        "must be in the same place.",
    ],
    [
      {},
      { DD_API_KEY: "top", DD_APP_KEY: "top", DD_APP_KEY_SHOP: "b" },
      "DD_APP_KEY_SHOP is set, but DD_API_KEY_SHOP isn't. Set it: both keys must be in the same place.",
    ],
    [
      {},
      { DATADOG_API_KEY_SHOP: "a" },
      "DATADOG_API_KEY_SHOP is set, but DD_APP_KEY_SHOP isn't. Set it: both keys must be in the same place.",
    ],
    [
      { Shop: {} },
      { DD_API_KEY: "top", DD_APP_KEY: "top" },
      "neither a pair of keys nor a bearer token is set. Set DD_API_KEY_SHOP and DD_APP_KEY_SHOP in the " +
        "environment, or run `pulumi config set --path --secret datadog-org-connections:profiles.Shop.apiKey` " +
        "and the same for appKey. A bearer token (DD_BEARER_TOKEN_SHOP) works too.",
    ],
  ])("never mix places: %j with %j", (profiles, environment, problem) => {
    const message = problemOf(() => of(profiles, environment).of("shop"));
    expect(message).toBe(`Missing Datadog credentials of the profile "shop": ${problem}`);
    expect(message.length).toBeLessThanOrEqual(330);
  });
});

describe("a profile that isn't there", () => {
  const remedy =
    "Set DD_API_KEY_SHOP and DD_APP_KEY_SHOP in the environment, or run `pulumi config set --path " +
    "--secret datadog-org-connections:profiles.shop.apiKey` and the same for appKey.";
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`team-${index}`, {}]),
  );

  it.each([
    [{}, ""],
    [{ payments: keys, Data_Lake: keys }, "Profiles: data-lake, payments. "],
    [
      many,
      "Profiles: team-0, team-1, team-10, team-100, team-101, team-102, team-103, team-104, team-105, " +
        "team-106 and 990 others. ",
    ],
  ])("is refused with how to set it, and with those that exist", (profiles, existing) => {
    expect(problemOf(() => of(profiles).of("shop"))).toBe(
      `there is no credential profile "shop". ${existing}${remedy}`,
    );
  });

  it("isn't shown if its name may be a key", () => {
    const key = "abcdef0123456789abcdef0123456789";
    const message = problemOf(() => of({}).of(key));
    expect(message).toBe(
      "there is no credential profile (a text of 32 characters). Set it to the name of a profile, not to a key.",
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
    expect(of({ shop: profile }, environment, config).of("shop").baseUrl).toBe(url);
  });
});

describe("the map of profiles", () => {
  const mapHint =
    "Map each profile to an object with any of apiKey, appKey, bearerToken, site, apiUrl, orgId.";

  it.each<[unknown, string]>([
    ["ssw0rd", `:profiles isn't a map of profiles. ${mapHint}`],
    [["ssw0rd"], `:profiles isn't a map of profiles. ${mapHint}`],
    [{ shop: "ssw0rd" }, `:profiles.shop isn't a map of settings. ${mapHint}`],
    [{ shop: ["ssw0rd"] }, `:profiles.shop isn't a map of settings. ${mapHint}`],
    [
      { abcdef0123456789abcdef0123456789: "ssw0rd" },
      `:profiles.(a text of 32 characters) isn't a map of settings. ${mapHint}`,
    ],
    [
      { shop: { apikey: "ssw0rd" } },
      `:profiles.shop.apikey isn't a setting of a profile. ${mapHint}`,
    ],
    [
      { shop: { apiKey: 77 } },
      `:profiles.shop.apiKey isn't a string; put it in quotes. ${mapHint}`,
    ],
    [{ "1x": { apiKey: "ssw0rd" } }, `:profiles: "1x" ${nameRule}`],
    [JSON.parse('{ "__proto__": { "apiKey": "ssw0rd" } }'), `:profiles: "__proto__" ${nameRule}`],
    [{ 東京: keys }, `:profiles: "東京" ${nameRule}`],
    [
      { "a-b": keys, A_b: keys },
      ":profiles.a-b and datadog-org-connections:profiles.A_b are one profile: case makes no difference, " +
        "and _ is the same as -. Remove one of them.",
    ],
  ])("is refused as %j, without its values", (profiles, problem) => {
    for (const profile of ["shop", "other"]) {
      expect(problemOf(() => of(profiles).of(profile))).toBe(
        `Invalid configuration: datadog-org-connections${problem}`,
      );
    }
  });

  it.each([null, {}])("may be %j", (profiles) => {
    expect(of(profiles).profileNames).toEqual([]);
  });

  it("lists its profiles with those of the environment", () => {
    const environment = {
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
      DD_API_KEY: "top",
      DD_APP_KEY: "top",
    };
    const profiles = { payments: keys, SHOP: {}, prototype: {}, secure: keys, none: null };
    expect(of(profiles, environment).profileNames).toEqual([
      "constructor",
      "data-lake",
      "payments",
      "prototype",
      "secure",
      "security",
      "shop",
    ]);
  });
});

describe("readProfile", () => {
  it.each<[Values, Values, string | undefined]>([
    [{}, {}, undefined],
    [{ [`${namespace}:readProfile`]: "Hub_Org" }, { DD_READ_PROFILE: "other" }, "hub-org"],
    [{ [`${namespace}:readProfile`]: "" }, { DD_READ_PROFILE: "HUB" }, "hub"],
    [{}, { DATADOG_READ_PROFILE: "hub" }, "hub"],
  ])("of %j with %j is %s", (config, environment, profile) => {
    expect(newSettings(config, environment).readProfile).toBe(profile);
  });

  it("is refused if it isn't a name", () => {
    const settings = newSettings({}, { DD_READ_PROFILE: "my hub" });
    expect(problemOf(() => settings.readProfile)).toBe(
      `Invalid configuration: DD_READ_PROFILE: "my hub" ${nameRule}`,
    );
  });
});

describe("the number of reads", () => {
  function reads(profiles: number) {
    const counts = { config: 0, environment: 0, scans: 0 };
    const names = Array.from({ length: profiles }, (_, index) => `team-${index}`);
    const inStack = names.filter((_, index) => index % 2 === 0);
    const stack = Object.fromEntries(inStack.map((name) => [name, keys]));
    const variables = Object.fromEntries(
      names
        .filter((_, index) => index % 2 === 1)
        .map((name) => [`DD_BEARER_TOKEN_${name.toUpperCase().replace("-", "_")}`, "t"]),
    );
    const values = new Map([[`${namespace}:profiles`, JSON.stringify(stack)]]);
    const get = (key: string) => {
      counts.config += 1;
      return values.get(key);
    };
    const environment = new Proxy<Values>(variables, {
      ownKeys(target) {
        counts.scans += 1;
        return Reflect.ownKeys(target);
      },
      get(target, key, receiver) {
        counts.environment += 1;
        return Reflect.get(target, key, receiver);
      },
    });
    return { counts, names, sources: { config: { get }, environment } };
  }

  it.each([1, 10, 3000])(
    "is one scan and one read of each variable, with %i profiles and several uses",
    (profiles) => {
      const { counts, names, sources } = reads(profiles);
      const settings = new Settings(sources);
      expect(counts).toEqual({ config: 0, environment: 0, scans: 0 });
      for (let use = 0; use < 3; use += 1) {
        for (const name of names) settings.of(name);
        settings.check();
        expect(settings.profileNames).toHaveLength(profiles);
        expect(problemOf(() => settings.of("nobody"))).toMatch(/^there is no credential profile/);
      }
      expect(counts).toMatchObject({ environment: Math.floor(profiles / 2), scans: 1 });
      expect(counts.config).toBeLessThan(40);
    },
  );

  it("is one, also of a map that is refused", () => {
    const { counts, sources } = reads(0);
    const config = {
      get: (key: string) => {
        counts.config += 1;
        return key === `${namespace}:profiles` ? "[]" : undefined;
      },
    };
    const settings = new Settings({ ...sources, config });
    for (let use = 0; use < 3; use += 1) {
      expect(problemOf(() => settings.of("shop"))).toContain("isn't a map of profiles");
    }
    expect(counts.config).toBe(1);
  });
});
