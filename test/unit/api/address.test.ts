import { expect, it } from "vitest";
import { namespace, settingsOf, settingsProblem, type Values } from "../fixture.ts";

const keys = { DD_API_KEY: "api", DD_APP_KEY: "app" };

it.each<[Values, Values, string]>([
  [{}, {}, "https://api.datadoghq.com"],
  [{ [`${namespace}:site`]: "datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
  [{ [`${namespace}:site`]: "app.datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
  [{ [`${namespace}:site`]: "https://app.datadoghq.eu/" }, {}, "https://api.datadoghq.eu"],
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
  "constructor",
  "http://datadoghq.eu",
  "datadoghq.https://eu",
  "us5.app.datadoghq.com",
  "datadoghq.eu/x",
  "datadog/hq.eu",
])("the site %s isn't known", (site) => {
  expect(settingsProblem({}, { ...keys, DD_SITE: site })).toContain(
    "which isn't a known Datadog site",
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

it("the message lists the known sites for one that is misspelt", () => {
  expect(settingsProblem({}, { ...keys, DD_SITE: "datadoghq.co" })).toBe(
    'Invalid configuration: DD_SITE is "datadoghq.co", which isn\'t a known Datadog site. Known sites: ' +
      "datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, " +
      "uk1.datadoghq.com, datadoghq.eu, ddog-gov.com or us2.ddog-gov.com. " +
      "Any other address can be set as datadog-org-connections:apiUrl.",
  );
});

const notHttps = "it must begin with https:// (http:// is only allowed for loopback addresses)";

it.each([
  [
    "api.datadoghq.eu",
    'is "api.datadoghq.eu", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
  [
    "localhost:8080",
    'is "localhost:8080", which isn\'t a valid address such as https://api.datadoghq.com',
  ],
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
