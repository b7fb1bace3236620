import { expect, it } from "vitest";
import { canonicalProfile } from "../../provider/profile-names.ts";
import { problemOf } from "./fixture.ts";

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
