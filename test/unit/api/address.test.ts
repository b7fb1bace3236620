import { expect, it } from "vitest";
import { namespace, settingsOf, settingsProblem, type Values } from "../fixture.ts";

const keys = { DD_API_KEY: "api", DD_APP_KEY: "app" };

it.each<[Values, Values, string]>([
  [{}, {}, "https://api.datadoghq.com"],
  [{ [`${namespace}:site`]: "datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
  [{ [`${namespace}:site`]: "app.datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
  [{ [`${namespace}:site`]: "https://app.datadoghq.eu/" }, {}, "https://api.datadoghq.eu"],
  [{ [`${namespace}:site`]: "https://api.datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
  [{ [`${namespace}:site`]: "api.us3.datadoghq.com" }, {}, "https://api.us3.datadoghq.com"],
  [{}, { DD_HOST: "api.datadoghq.eu" }, "https://api.datadoghq.eu"],
  [{}, { DD_HOST: "https://app.datadoghq.eu/" }, "https://api.datadoghq.eu"],
  [{ [`${namespace}:site`]: "US5.datadoghq.com" }, {}, "https://api.us5.datadoghq.com"],
  [{ [`${namespace}:site`]: "us2.ddog-gov.com" }, {}, "https://api.us2.ddog-gov.com"],
  [
    { [`${namespace}:apiUrl`]: "https://gate.example/datadog/" },
    {},
    "https://gate.example/datadog",
  ],
  [{ [`${namespace}:apiUrl`]: "http://127.0.0.1:80/" }, {}, "http://127.0.0.1"],
  [{ [`${namespace}:apiUrl`]: "http://[::1]:9" }, {}, "http://[::1]:9"],
  [{ [`${namespace}:apiUrl`]: "http://localhost:9" }, {}, "http://localhost:9"],
  [{ [`${namespace}:apiUrl`]: "http://127.10.200.3" }, {}, "http://127.10.200.3"],
  [{ [`${namespace}:apiUrl`]: "https://a.example/b//" }, {}, "https://a.example/b"],
  [
    { [`${namespace}:apiUrl`]: "https://a.example", [`${namespace}:site`]: "datadoghq.eu" },
    {},
    "https://a.example",
  ],
  [
    { [`${namespace}:site`]: "datadoghq.eu", "datadog:apiUrl": "https://a.example" },
    {},
    "https://api.datadoghq.eu",
  ],
  [
    { "datadog:apiUrl": "https://a.example" },
    { DD_HOST: "https://b.example" },
    "https://a.example",
  ],
  [{}, { DD_HOST: "https://b.example", DD_SITE: "datadoghq.eu" }, "https://b.example"],
  [
    {},
    { DD_SITE: "ap1.datadoghq.com", DATADOG_SITE: "datadoghq.eu" },
    "https://api.ap1.datadoghq.com",
  ],
  [{}, { DATADOG_SITE: "ap2.datadoghq.com" }, "https://api.ap2.datadoghq.com"],
])("the address of %j with %j is %s", (config, environment, url) => {
  expect(settingsOf(config, { ...keys, ...environment }).baseUrl).toBe(url);
});

it.each([
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "uk1.datadoghq.com",
  "datadoghq.eu",
  "ddog-gov.com",
  "us2.ddog-gov.com",
])("the site %s has an address of its own", (site) => {
  expect(settingsOf({}, { ...keys, DD_SITE: site }).baseUrl).toBe(`https://api.${site}`);
});

it.each([
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
])("the short name %s is the site %s", (code, site) => {
  expect(settingsOf({}, { ...keys, DD_SITE: code }).baseUrl).toBe(`https://api.${site}`);
});

it.each([
  "constructor",
  "us2",
  "us",
  "http://datadoghq.eu",
  "datadoghq.https://eu",
  "us5.app.datadoghq.com",
  "datadoghq.eu/x",
  "datadog/hq.eu",
])("the site %s isn't known", (site) => {
  expect(settingsProblem({}, { ...keys, DD_SITE: site })).toContain(
    "isn't a known Datadog site. Known sites: ",
  );
});

it.each([
  "https://user:p@ssw0rd@datadoghq.eu",
  "user:p@ssw0rd@datadoghq.eu",
  "user:p\nssw0rd@datadoghq.eu",
  "datadoghq.eu?key=ssw0rd",
  "https://ssw0rd@datadoghq.eu#ssw0rd",
])("the site %j is refused without what may be secret in it", (site) => {
  const message = settingsProblem({}, { ...keys, DD_SITE: site });
  expect(message).toMatch(
    /DD_SITE is "(https:\/\/)?datadoghq\.eu", which isn't a known Datadog site/,
  );
  expect(message).not.toContain("ssw0rd");
});

const siteProblem =
  "isn't a known Datadog site. Known sites: datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, " +
  "ap1.datadoghq.com, ap2.datadoghq.com, uk1.datadoghq.com, datadoghq.eu, ddog-gov.com or us2.ddog-gov.com. " +
  "Set one of them as datadog-org-connections:site or DD_SITE, and any other address as " +
  "datadog-org-connections:apiUrl or DD_HOST.";

it("the message lists the known sites for one that is misspelt", () => {
  expect(settingsProblem({}, { ...keys, DD_SITE: "datadoghq.co" })).toBe(
    `Invalid configuration: DD_SITE is "datadoghq.co", which ${siteProblem}`,
  );
});

const secrets = [
  "0123456789abcdef0123456789abcdef",
  "ddpat_0123456789abcdefghijkl_0123456789abcdef",
  "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.NHVaYe26MbtOYhSKkoKYdFVomg",
  "https://0123456789abcdef0123456789abcdef@",
  "datadoghq.moon/0123456789abcdef0123456789abcdef",
];

it.each(secrets)("a key that was set as the site isn't shown: %s", (secret) => {
  expect(settingsProblem({}, { ...keys, DD_SITE: secret })).toBe(
    `Invalid configuration: DD_SITE ${siteProblem}`,
  );
});

const addressHint = "Set it to the base address of Datadog's API.";

it.each(secrets.slice(0, 3))("a key that was set as the address isn't shown: %s", (secret) => {
  expect(settingsProblem({}, { ...keys, DD_HOST: secret })).toBe(
    `Invalid configuration: DD_HOST isn't a valid address such as https://api.datadoghq.com. ${addressHint}`,
  );
});

const notHttps = "it must begin with https:// (http:// is only allowed for loopback addresses)";

it.each([
  [
    "api.datadoghq.moon",
    'is "api.datadoghq.moon", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  ["localhost:8080", "isn't a valid address such as https://api.datadoghq.com"],
  ["datadog", "isn't a valid address such as https://api.datadoghq.com"],
  [
    "user:secret@a.example",
    'is "a.example", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  ["http://api.datadoghq.eu", `is "http://api.datadoghq.eu", but ${notHttps}`],
  ["http://127.0.0.1.example", `is "http://127.0.0.1.example", but ${notHttps}`],
  ["https://user:secret@a.example", "must not contain credentials"],
  ["https://user@a.example", "must not contain credentials"],
  ["https://:secret@a.example", "must not contain credentials"],
  ["https://a.example?x=1", "must not contain a query or a fragment"],
  ["https://a.example#x", "must not contain a query or a fragment"],
  [
    "ftp://user:secret@a.example",
    'is "ftp://a.example", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  [
    "user:p\nss@word@a.example?key=secret",
    'is "a.example", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  [
    "ftp://user:p@ss/wo@rd@a.example/x#secret",
    'is "ftp://a.example/x", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  [
    "httpss://a.example",
    'is "httpss://a.example", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  [
    "http://1127.0.0.1",
    'is "http://1127.0.0.1", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  [
    "shttp://127.0.0.1",
    'is "shttp://127.0.0.1", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  ["http://128.0.0.1", `is "http://128.0.0.1", but ${notHttps}`],
  ["http://x.127.0.0.1.example", `is "http://x.127.0.0.1.example", but ${notHttps}`],
])("the address %s is refused", (address, problem) => {
  expect(settingsProblem({ [`${namespace}:apiUrl`]: address }, keys)).toBe(
    `Invalid configuration: datadog-org-connections:apiUrl ${problem}. Set it to the base address of Datadog's API.`,
  );
});
