import { describe, expect, it } from "vitest";
import { canonicalProfile, readProfiles } from "../../provider/profiles.ts";
import { problemOf } from "./fixture.ts";

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
    [`${"0".repeat(23)} x`, `"${"0".repeat(23)} x"`],
    [`${"0".repeat(24)} x`, "(a text of 26 characters)"],
    ["- ".repeat(30), `"${"- ".repeat(30)}"`],
    [`${"- ".repeat(30)}-`, "(a text of 61 characters)"],
  ])("isn't %j", (name, shown) => {
    expect(problemOf(() => canonicalProfile(name))).toBe(`${shown} ${nameRule}`);
  });
});

describe("the map of profiles", () => {
  it.each<[string, object]>([
    ["", {}],
    ["null", {}],
    ["{}", {}],
    ['{ "none": null, "Shop": {} }', { shop: { name: "Shop", values: {} } }],
    [
      '{ "data_Lake": { "apiKey": "a", "appKey": null, "orgId": "" } }',
      { "data-lake": { name: "data_Lake", values: { apiKey: "a", orgId: "" } } },
    ],
    [
      '{ "constructor": { "bearerToken": "t", "site": "s", "apiUrl": "u" } }',
      {
        constructor: { name: "constructor", values: { bearerToken: "t", site: "s", apiUrl: "u" } },
      },
    ],
  ])("is read from %j", (json, expected) => {
    const profiles = [...readProfiles(json)].map(([canonical, { name, values }]) => [
      canonical,
      { name, values: Object.fromEntries(values) },
    ]);
    expect(Object.fromEntries(profiles)).toEqual(expected);
  });

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
    expect(problemOf(() => readProfiles(json))).toBe(
      `Invalid configuration: datadog-org-connections${problem}`,
    );
  });
});
