import { describe, expect, it } from "vitest";
import {
  addressBaseUrl,
  headerValue,
  key,
  orgId,
  siteBaseUrl,
  wholeNumber,
} from "../../provider/setting-values.ts";
import { problemOf } from "./fixture.ts";

const name = "SETTING";
const siteOf = (value: string) => siteBaseUrl({ name, value });
const addressOf = (value: string) => addressBaseUrl({ name, value });
const invalid = (problem: string) => `Invalid configuration: SETTING ${problem}`;

/** What a user may set in a wrong place. */
const keys = [
  "0123456789abcdef0123456789abcdef",
  "ddpat_0123456789abcdefghijkl_0123456789abcdef",
  "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.NHVaYe26MbtOYhSKkoKYdFVomg",
  "https://0123456789abcdef0123456789abcdef@",
  "datadoghq.moon/0123456789abcdef0123456789abcdef",
];
const withSecrets = [
  "https://user:p@ssw0rd@datadoghq.eu",
  "user:p\nssw0rd@datadoghq.eu",
  "datadoghq.eu?key=ssw0rd",
  "https://ssw0rd@datadoghq.eu#ssw0rd",
];

const sites = [
  ...["datadoghq.com", "us3.datadoghq.com", "us5.datadoghq.com", "ap1.datadoghq.com"],
  ...["ap2.datadoghq.com", "uk1.datadoghq.com", "datadoghq.eu", "ddog-gov.com", "us2.ddog-gov.com"],
];

describe("a site", () => {
  it.each<readonly [string, string]>([
    ...sites.map((site) => [site, site] as const),
    ["US1", "datadoghq.com"],
    ["US3", "us3.datadoghq.com"],
    ["us5", "us5.datadoghq.com"],
    ["EU1", "datadoghq.eu"],
    ["eu", "datadoghq.eu"],
    ["AP1", "ap1.datadoghq.com"],
    ["AP2", "ap2.datadoghq.com"],
    ["UK1", "uk1.datadoghq.com"],
    ["US1-FED", "ddog-gov.com"],
    ["US2-FED", "us2.ddog-gov.com"],
    ["US5.datadoghq.com", "us5.datadoghq.com"],
    ["app.datadoghq.eu", "datadoghq.eu"],
    ["https://app.datadoghq.eu/", "datadoghq.eu"],
    ["https://api.datadoghq.eu", "datadoghq.eu"],
    ["api.us3.datadoghq.com", "us3.datadoghq.com"],
  ])("%s is %s, also as an address", (value, site) => {
    expect([siteOf(value), addressOf(value)]).toEqual(Array(2).fill(`https://api.${site}`));
  });

  const notKnown =
    `isn't a known Datadog site. Known sites: ${sites.slice(0, -1).join(", ")} or us2.ddog-gov.com. ` +
    "Set one of them as datadog-org-connections:site or DD_SITE, and any other address as " +
    "datadog-org-connections:apiUrl or DD_HOST.";

  it.each([
    "datadoghq.co",
    "http://datadoghq.eu",
    "us5.app.datadoghq.com",
    "datadoghq.eu/x",
    "datadog.hq:443",
  ])("%s isn't known", (value) => {
    expect(problemOf(() => siteOf(value))).toBe(invalid(`is "${value}", which ${notKnown}`));
  });

  it.each([
    ...["constructor", "us2", "us", "datadoghq.https://eu", "datadog/hq.eu"],
    ...keys,
    ...withSecrets,
  ])("%j isn't known, nor shown: it may be secret", (value) => {
    expect(problemOf(() => siteOf(value))).toBe(invalid(notKnown));
  });
});

describe("an address", () => {
  it.each([
    ["https://gate.example/datadog/", "https://gate.example/datadog"],
    ["https://a.example/b//", "https://a.example/b"],
    ["http://127.0.0.1:80/", "http://127.0.0.1"],
    ["http://127.10.200.3", "http://127.10.200.3"],
    ["http://[::1]:9", "http://[::1]:9"],
    ["http://localhost:9", "http://localhost:9"],
  ])("%s is %s", (value, url) => {
    expect(addressOf(value)).toBe(url);
  });

  const notValid = "isn't a valid address such as https://api.datadoghq.com";
  const notHttps = "must begin with https:// (http:// is only allowed for loopback addresses)";

  it.each<readonly [string, string]>([
    ["api.datadoghq.moon", `is "api.datadoghq.moon", which ${notValid}`],
    ["ftp://a.example/x", `is "ftp://a.example/x", which ${notValid}`],
    ["httpss://a.example", `is "httpss://a.example", which ${notValid}`],
    ["shttp://127.0.0.1", `is "shttp://127.0.0.1", which ${notValid}`],
    ["http://1127.0.0.1", `is "http://1127.0.0.1", which ${notValid}`],
    ...[
      "localhost:8080",
      "datadog",
      "user:secret@a.example",
      "ftp://user:p@ss/wo@rd@a.example",
    ].map((value) => [value, notValid] as const),
    ...keys.slice(0, 3).map((value) => [value, notValid] as const),
    ["http://api.datadoghq.eu", notHttps],
    ["http://127.0.0.1.example", notHttps],
    ["http://x.127.0.0.1.example", notHttps],
    ["http://128.0.0.1", notHttps],
    ["http://localhost.example", notHttps],
    ["https://user:secret@a.example", "must not contain credentials"],
    ["https://user@a.example", "must not contain credentials"],
    ["https://:secret@a.example", "must not contain credentials"],
    ["https://a.example?x=1", "must not contain a query or a fragment"],
    ["https://a.example#x", "must not contain a query or a fragment"],
  ])("can't be %s", (value, problem) => {
    const hint = "Set it to the base address of Datadog's API.";
    expect(problemOf(() => addressOf(value))).toBe(invalid(`${problem}. ${hint}`));
  });
});

describe("a key", () => {
  it("may hold every visible character of ASCII", () => {
    expect([key({ name, value: "!~" }), headerValue({ name, value: "~!" })]).toEqual(["!~", "~!"]);
  });

  it.each(["line\nbreak", "sp ace", "naïve", "end ", "\tstart", "\x7f"])("can't be %j", (value) => {
    for (const check of [key, headerValue]) {
      expect(problemOf(() => check({ name, value }))).toBe(
        invalid(
          "contains a space, a line break or another character that keys don't have. Set only the key.",
        ),
      );
    }
  });

  it("can't be the id of a key", () => {
    const value = "0A51f3c8-00cc-11ea-a77b-570c9d03c6c5";
    expect(problemOf(() => key({ name, value }))).toBe(
      invalid(
        "has the form of a UUID: it is the id of a key, not the key. Set the key itself, which Datadog " +
          "shows when the key is created.",
      ),
    );
  });
});

it("the id of an org is put in lower case, and isn't shown if it is another text", () => {
  const value = "0A51F3C8-00cc-11ea-a77b-570c9d03c6c5";
  expect(orgId({ name, value })).toBe(value.toLowerCase());
  expect(orgId({ name, value: "" })).toBeUndefined();
  expect(problemOf(() => orgId({ name, value: "ssw0rd" }))).toBe(
    invalid("isn't a UUID. Set it to the org's UUID."),
  );
});

describe("a whole number", () => {
  const numberOf = (value: string) => wholeNumber({ name, value }, 4, { from: 1, to: 20 });

  it.each([
    ["1", 1],
    ["20", 20],
    ["", 4],
  ])("%j is %d", (value, number) => {
    expect(numberOf(value)).toBe(number);
  });

  it.each(["21", "0", "-1", "many", "3x", " 3", "1.5"])("can't be %j", (value) => {
    expect(problemOf(() => numberOf(value))).toBe(invalid("isn't a whole number from 1 to 20."));
  });
});
