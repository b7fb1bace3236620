import { describe, expect, it } from "vitest";
import { assertExpected } from "../../provider/identity.ts";
import { Ownership } from "../../provider/ownership.ts";
import { canonicalProfile } from "../../provider/profile-names.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { namespace, newSettings, problemOf } from "./fixture.ts";

const nameRule =
  "isn't a valid name of a credential profile. Use the letters a to z, digits, - and _, " +
  "beginning with a letter.";

it.each([
  ["shop", "shop"],
  ["Data_Lake", "data-lake"],
  ["a--b_", "a--b-"],
  ["x1", "x1"],
  ["constructor", "constructor"],
])("the name %s is %s", (name, canonical) => {
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
])("the name of a profile isn't %j", (name, shown) => {
  expect(problemOf(() => canonicalProfile(name))).toBe(`${shown} ${nameRule}`);
});

describe("a key that was pasted as the name of a profile isn't shown", () => {
  const key = "abcdef0123456789abcdef0123456789";
  const inEnvironment = { [`DD_APP_KEY_${key.toUpperCase()}`]: "b" };
  const inStack = (values: object) =>
    newSettings({ [`${namespace}:profiles`]: JSON.stringify({ [key]: values }) });
  const [expectedOrgId, orgId] = [orgs.shop.id, orgs.hub.id];
  const declareTwice = () => {
    const ownership = new Ownership();
    const declared = { profile: key, sinkOrgId: orgs.hub.id };
    for (const urn of ["urn:a", "urn:b"]) ownership.announce({ urn, recorded: {}, declared });
  };

  it.each<[string, () => unknown, string?]>([
    [
      "that isn't there",
      () => newSettings({}).of(key),
      "Set it to the name of a profile, not to a key.",
    ],
    ["among the other profiles", () => inStack({}).of("shop")],
    ["without credentials", () => inStack({}).of(key)],
    ["with half a pair of keys", () => inStack({ apiKey: "a" }).of(key)],
    ["with half a pair in the environment", () => newSettings({}, inEnvironment).of(key)],
    ["with an invalid setting", () => inStack({ orgId: "x" }).check()],
    ["of another org", () => assertExpected({ orgId, expectedOrgId, profile: key })],
    ["of two resources", declareTwice],
  ])("%s", (_what, run, remedy = "") => {
    const message = problemOf(run);
    expect(message).toContain(`(a text of 32 characters)${remedy && `. ${remedy}`}`);
    expect(message.toLowerCase()).not.toContain(key);
  });
});
