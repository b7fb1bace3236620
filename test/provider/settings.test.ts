import { describe, expect, it } from "vitest";
import { resolveSettings } from "../../provider/settings.ts";

type Values = Record<string, string>;

function resolve(config: Values, environment: Values = {}) {
  return resolveSettings({ config: new Map(Object.entries(config)), environment });
}

function messageOf(config: Values, environment: Values = {}): string {
  try {
    resolve(config, environment);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "nothing was thrown";
}

const keys = { DD_API_KEY: "api", DD_APP_KEY: "app" };
const own = "datadog-org-connections";

describe("the credentials", () => {
  it.each<[string, Values, Values, object]>([
    [
      "own keys",
      { [`${own}:apiKey`]: "a", [`${own}:appKey`]: "b" },
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
      { [`${own}:apiKey`]: "a" },
      keys,
      { apiKey: "a", appKey: "app" },
    ],
    [
      "own token before shared keys",
      { [`${own}:bearerToken`]: "t", "datadog:apiKey": "a" },
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
      "a token of a less specific place than half a pair of keys",
      { [`${own}:apiKey`]: "a" },
      { DD_BEARER_TOKEN: "t" },
      { bearerToken: "t" },
    ],
    [
      "own keys before the environment's token",
      { [`${own}:apiKey`]: "a", [`${own}:appKey`]: "b" },
      { DD_BEARER_TOKEN: "t" },
      { apiKey: "a", appKey: "b" },
    ],
    [
      "an empty value counts as not set",
      { [`${own}:apiKey`]: "" },
      keys,
      { apiKey: "api", appKey: "app" },
    ],
  ])("%s", (_what, config, environment, credentials) => {
    expect(resolve(config, environment).credentials).toEqual(credentials);
  });

  const remedy =
    "Set an API key (datadog-org-connections:apiKey, datadog:apiKey, DD_API_KEY or DATADOG_API_KEY) " +
    "and an application key (datadog-org-connections:appKey, datadog:appKey, DD_APP_KEY or DATADOG_APP_KEY), " +
    "or a bearer token (datadog-org-connections:bearerToken, datadog:bearerToken, DD_BEARER_TOKEN or DATADOG_BEARER_TOKEN). " +
    "Names with a colon are set with `pulumi config set --secret`, the others in the environment.";

  it("lists every place where credentials can be set", () => {
    expect(messageOf({})).toBe(
      `Missing Datadog credentials: neither a pair of keys nor a bearer token is set. ${remedy}`,
    );
  });

  it.each<[Values, string]>([
    [{ DD_API_KEY: "a" }, "DD_API_KEY is set, but the application key isn't"],
    [{ DATADOG_APP_KEY: "a" }, "DATADOG_APP_KEY is set, but the API key isn't"],
  ])("says which key of a pair is missing: %j", (environment, missing) => {
    expect(messageOf({}, environment)).toBe(`Missing Datadog credentials: ${missing}. ${remedy}`);
  });

  it.each(["line\nbreak", "sp ace", "naïve"])("refuses a key that is no header: %j", (key) => {
    const message = messageOf({}, { ...keys, DD_APP_KEY: key });
    expect(message).toBe(
      "Invalid configuration: DD_APP_KEY holds a space, a line break or another character that no key has. Set the key alone.",
    );
  });
});

describe("the address", () => {
  it.each<[Values, Values, string]>([
    [{}, {}, "https://api.datadoghq.com"],
    [{ [`${own}:site`]: "datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
    [{ [`${own}:site`]: "app.datadoghq.eu" }, {}, "https://api.datadoghq.eu"],
    [{ [`${own}:site`]: "https://app.datadoghq.eu/" }, {}, "https://api.datadoghq.eu"],
    [{ [`${own}:site`]: "US5.datadoghq.com" }, {}, "https://api.us5.datadoghq.com"],
    [{ [`${own}:site`]: "us2.ddog-gov.com" }, {}, "https://api.us2.ddog-gov.com"],
    [{ [`${own}:apiUrl`]: "https://gate.example/datadog/" }, {}, "https://gate.example/datadog"],
    [{ [`${own}:apiUrl`]: "http://127.0.0.1:80/" }, {}, "http://127.0.0.1"],
    [{ [`${own}:apiUrl`]: "http://[::1]:9" }, {}, "http://[::1]:9"],
    [
      { [`${own}:apiUrl`]: "https://a.example", [`${own}:site`]: "datadoghq.eu" },
      {},
      "https://a.example",
    ],
    [
      { [`${own}:site`]: "datadoghq.eu", "datadog:apiUrl": "https://a.example" },
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
  ])("%j with %j is %s", (config, environment, url) => {
    expect(resolve(config, { ...keys, ...environment }).baseUrl).toBe(url);
  });

  it("lists the known sites for one that is misspelt", () => {
    expect(messageOf({}, { ...keys, DD_SITE: "datadoghq.co" })).toBe(
      'Invalid configuration: DD_SITE is "datadoghq.co", which is no Datadog site. Known sites: ' +
        "datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, ap1.datadoghq.com, ap2.datadoghq.com, " +
        "uk1.datadoghq.com, datadoghq.eu, ddog-gov.com or us2.ddog-gov.com. " +
        "Any other address can be set as datadog-org-connections:apiUrl.",
    );
  });

  const notHttps = "must begin with https:// (http:// serves only loopback addresses)";

  it.each([
    [
      "api.datadoghq.eu",
      'is "api.datadoghq.eu", which is no address such as https://api.datadoghq.com',
    ],
    [
      "localhost:8080",
      'is "localhost:8080", which is no address such as https://api.datadoghq.com',
    ],
    [
      "user:secret@a.example",
      'is "a.example", which is no address such as https://api.datadoghq.com',
    ],
    ["http://api.datadoghq.eu", `is "http://api.datadoghq.eu", but ${notHttps}`],
    ["http://127.0.0.1.example", `is "http://127.0.0.1.example", but ${notHttps}`],
    ["https://user:secret@a.example", "must not contain credentials"],
    ["https://a.example?x=1", "must not contain a query or a fragment"],
  ])("refuses %s", (address, problem) => {
    expect(messageOf({ [`${own}:apiUrl`]: address }, keys)).toBe(
      `Invalid configuration: datadog-org-connections:apiUrl ${problem}. Set it to the base address of Datadog's API.`,
    );
  });
});

describe("retries and timeout", () => {
  it("have defaults", () => {
    expect(resolve({}, keys)).toMatchObject({ maxRetries: 4, timeoutSeconds: 30 });
  });

  it("are read from the stack's configuration", () => {
    const config = { [`${own}:maxRetries`]: "0", [`${own}:timeoutSeconds`]: "600" };
    expect(resolve(config, keys)).toMatchObject({ maxRetries: 0, timeoutSeconds: 600 });
  });

  it.each([
    ["maxRetries", "21", "from 0 to 20"],
    ["maxRetries", "-1", "from 0 to 20"],
    ["maxRetries", "many", "from 0 to 20"],
    ["timeoutSeconds", "0", "from 1 to 600"],
    ["timeoutSeconds", "1.5", "from 1 to 600"],
  ])("refuses %s %s", (name, value, range) => {
    expect(messageOf({ [`${own}:${name}`]: value }, keys)).toBe(
      `Invalid configuration: datadog-org-connections:${name} is "${value}". Set it to a whole number ${range}.`,
    );
  });
});
