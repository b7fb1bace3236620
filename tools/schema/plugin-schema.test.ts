import { beforeAll, expect, it } from "vitest";
import { Settings } from "../../provider/settings.ts";
import { problemOf } from "../../test/unit/fixture.ts";
import type { ObjectType, PackageSchema } from "./format.ts";
import { pluginSchema } from "./plugin-schema.ts";

const namespace = "datadog-org-connections";
const profiles = `${namespace}:profiles`;

let schema: PackageSchema;
let texts: string[];

beforeAll(async () => {
  schema = await pluginSchema();
  texts = [...JSON.stringify(schema).matchAll(/"description":("(?:[^"\\]|\\.)*")/g)].map(
    ([, text = ""]) => JSON.parse(text),
  );
});

it("the schema has the settings that the provider reads, and no others", () => {
  const read = new Set<string>();
  const get = (key: string) => void read.add(key);
  new Settings({ config: { get }, environment: {} }).check();
  expect(problemOf(() => new Settings({ config: { get }, environment: {} }).of(undefined))).toMatch(
    /^Missing Datadog credentials/,
  );
  const own = [...read].filter((key) => key.startsWith(`${namespace}:`));
  const known = Object.keys(schema.config.variables).map((name) => `${namespace}:${name}`);
  expect(known.sort()).toEqual(own.sort());
});

it("a profile has the settings that the provider reads, and no others", () => {
  const config = new Map([[profiles, JSON.stringify({ shop: { none: "" } })]]);
  const names = Object.keys(typeOf("Profile").properties);
  expect(problemOf(() => new Settings({ config, environment: {} }).check())).toMatch(
    new RegExp(
      `any of ${["apiKey", "appKey", "bearerToken", "site", "apiUrl", "orgId"].join(", ")}\\.$`,
    ),
  );
  expect(names.sort()).toEqual(["apiKey", "apiUrl", "appKey", "bearerToken", "orgId", "site"]);
});

it("credentials are secrets, and so are the profiles, which hold some", () => {
  const credentials = ["apiKey", "appKey", "bearerToken"];
  expect(secretsOf(schema.config.variables)).toEqual([...credentials, "profiles"]);
  expect(secretsOf(typeOf("Profile").properties)).toEqual(credentials);
});

it("a setting is described with the environment variables that replace it", () => {
  const described = Object.values(schema.config.variables).map(({ description }) => description);
  const names = ["API_KEY", "APP_KEY", "BEARER_TOKEN", "HOST", "SITE", "READ_PROFILE"];
  const variables = names.flatMap((name) => [`DD_${name}`, `DATADOG_${name}`]);
  expect(variables.filter((name) => !described.join().includes(`\`${name}\``))).toEqual([]);
});

it("a connection takes and returns what the class has", () => {
  const connection = schema.resources[`${namespace}:index:OrgConnection`];
  expect(connection?.requiredInputs).toEqual(["sinkOrgId", "connectionTypes"]);
  expect(Object.keys(connection?.inputProperties ?? {})).toEqual([
    "sinkOrgId",
    "connectionTypes",
    "profile",
    "adoptExisting",
  ]);
  expect(connection?.required).toEqual(["sinkOrgId", "connectionTypes", "createdAt"]);
  expect(Object.keys(connection?.stateInputs.properties ?? {})).toEqual(
    Object.keys(connection?.properties ?? {}),
  );
});

it("the function lists connections as the sdk does", () => {
  const listing = schema.functions[`${namespace}:index:getOrgConnections`];
  expect(listing?.inputs.required).toBeUndefined();
  expect(listing?.outputs.properties["connections"]).toMatchObject({
    items: { $ref: `#/types/${namespace}:index:GetOrgConnectionsConnection` },
  });
  expect(typeOf("GetOrgConnectionsConnection").required).toEqual(["id", "connectionTypes"]);
});

it("no text speaks of TypeScript or of the dynamic provider", () => {
  expect(texts.length).toBeGreaterThan(40);
  const specific = /undefined|constructor|import|throw|interface|\{@|dynamic|args/i;
  expect(texts.filter((text) => specific.test(text))).toEqual([]);
});

function typeOf(name: string): ObjectType {
  const type = schema.types[`${namespace}:index:${name}`];
  if (type === undefined) throw new Error(`the schema has no type ${name}`);
  return type;
}

function secretsOf(properties: ObjectType["properties"]): string[] {
  return Object.entries(properties).flatMap(([name, { secret }]) => (secret ? name : []));
}
