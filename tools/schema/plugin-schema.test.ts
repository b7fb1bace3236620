import { beforeAll, expect, it } from "vitest";
import { profileSources, topLevelSources } from "../../provider/settings/setting-sources.ts";
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
  const sources = topLevelSources({ config: new Map(), environment: {} });
  const read = [...namesOf(sources, `${namespace}:`), "profiles"];
  expect(Object.keys(schema.config.variables).sort()).toEqual(read.sort());
});

it("a profile has the settings that the provider reads, and no others", () => {
  const config = new Map([[profiles, JSON.stringify({ shop: {} })]]);
  const read = namesOf(profileSources({ config, environment: {} }, "shop"), `${profiles}.shop.`);
  expect(Object.keys(typeOf("Profile").properties).sort()).toEqual(read.sort());
});

it("credentials are secrets, and so are the profiles, which hold some", () => {
  const credentials = ["apiKey", "appKey", "bearerToken"];
  expect(secretsOf(schema.config.variables)).toEqual([...credentials, "profiles"]);
  expect(secretsOf(typeOf("Profile").properties)).toEqual(credentials);
});

it("a setting is described with the environment variables that replace it", () => {
  const environment = topLevelSources({ config: new Map(), environment: {} });
  const described = Object.values(schema.config.variables).map(({ description }) => description);
  const variables = Object.values(environment)
    .flat()
    .flatMap(({ name }) => (name.includes(":") ? [] : name));
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

/** What the names of a setting's sources that begin so end in. */
function namesOf(sources: object, prefix: string): string[] {
  const names = Object.values(sources)
    .flat()
    .map(({ name }: { name: string }) => name);
  const own = names.filter((name) => name.startsWith(prefix));
  return [...new Set(own.map((name) => name.slice(prefix.length)))];
}
