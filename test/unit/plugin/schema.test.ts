import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, it } from "vitest";
import schema from "../../../plugin/schema.json" with { type: "json" };
import { Settings } from "../../../provider/settings.ts";
import { problemOf } from "../fixture.ts";

const namespace = "datadog-org-connections";
const resource = schema.resources[`${namespace}:index:OrgConnection`];
const listing = schema.functions[`${namespace}:index:getOrgConnections`];
const listed = schema.types[`${namespace}:index:GetOrgConnectionsConnection`];
const profile = schema.types[`${namespace}:index:Profile`];
const settings = schema.config.variables;

/** A part of the schema: what it says of an object's properties. */
interface ObjectType {
  readonly properties: Readonly<Record<string, { readonly description: string }>>;
  readonly required?: readonly string[];
}

const statements = ["sdk/org-connection.ts", "sdk/get-org-connections.ts"].flatMap((path) => {
  const text = readFileSync(path, "utf8");
  return [...ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true).statements];
});

it.each<[string, ObjectType]>([
  [
    "OrgConnectionArgs",
    { properties: resource.inputProperties, required: resource.requiredInputs },
  ],
  ["OrgConnection", resource],
  ["GetOrgConnectionsArgs", listing.inputs],
  ["GetOrgConnectionsResult", listing.outputs],
  ["GetOrgConnectionsConnection", listed],
])("%s has the same properties in the schema as in the sdk", (name, { properties, required }) => {
  expect(propertiesOf(name)).toEqual(
    Object.entries(properties).map(([property, { description }]) => ({
      name: property,
      isOptional: !required?.includes(property),
      description: description.replace(/ Known values: .*; others are possible\.$/, ""),
    })),
  );
});

it("`get` takes the profile as in the sdk, and returns all properties", () => {
  const { properties } = resource.stateInputs;
  expect(propertiesOf("GetOrgConnectionOptions")).toEqual([
    { name: "profile", isOptional: true, description: properties.profile.description },
  ]);
  expect(properties).toEqual({ ...resource.properties, profile: properties.profile });
});

it.each([
  ["OrgConnection", resource],
  ["getOrgConnections", listing],
  ["GetOrgConnectionsConnection", listed],
])("%s has the same description in the schema as in the sdk", (name, { description }) => {
  expect(descriptionOf(declaration(name))).toBe(description);
});

it.each([
  resource.properties,
  resource.inputProperties,
  resource.stateInputs.properties,
  listed.properties,
])("the description of connectionTypes names the types that the sdk knows", (properties) => {
  const { type } = Object(declaration("ConnectionType"));
  const known = type.types.filter(ts.isLiteralTypeNode).map((node: ts.Node) => node.getText());
  const values = known.join(", ").replaceAll('"', "`");
  expect(properties.connectionTypes.description).toContain(` Known values: ${values}; others`);
});

it("the provider and the stack's configuration have the settings that the provider reads", () => {
  const read = new Set<string>();
  const get = (key: string) => void read.add(key);
  new Settings({ config: { get }, environment: {} }).check();
  expect(problemOf(() => new Settings({ config: { get }, environment: {} }).of(undefined))).toMatch(
    /^Missing Datadog credentials/,
  );
  const own = [...read].filter((key) => key.startsWith(`${namespace}:`));
  const known = Object.keys(settings).map((name) => `${namespace}:${name}`);
  expect(known.sort()).toEqual(own.sort());
  expect(schema.provider.inputProperties).toEqual(settings);
});

it("a profile has the settings that the provider reads", () => {
  const profiles = JSON.stringify({ shop: { none: "" } });
  const config = new Map([[`${namespace}:profiles`, profiles]]);
  const problem = problemOf(() => new Settings({ config, environment: {} }).check());
  const known = /any of ([\w, ]+)\.$/.exec(problem)?.[1]?.split(", ");
  expect(known?.sort()).toEqual(Object.keys(profile.properties).sort());
});

it("credentials are secrets, and so are the profiles, which contain credentials", () => {
  const credentials = ["apiKey", "appKey", "bearerToken"];
  expect(secretsOf(settings)).toEqual([...credentials, "profiles"]);
  expect(secretsOf(profile.properties)).toEqual(credentials);
});

it("the settings' descriptions name the environment variables that replace them", () => {
  const described = JSON.stringify(settings);
  const names = ["API_KEY", "APP_KEY", "BEARER_TOKEN", "HOST", "SITE", "READ_PROFILE"];
  const variables = names.flatMap((name) => [`DD_${name}`, `DATADOG_${name}`]);
  expect(variables.filter((name) => !described.includes(`\`${name}\``))).toEqual([]);
});

it("no generated SDK has a name of Pulumi's own packages", () => {
  const names = JSON.stringify(schema.language);
  expect(names).not.toMatch(/"(@pulumi\/|github\.com\/pulumi\/|Pulumi"|com\.pulumi)/);
});

function declaration(name: string): ts.Statement {
  const found = statements.find((statement) => Object(statement).name?.text === name);
  if (found === undefined) throw new Error(`sdk declares no ${name}`);
  return found;
}

function propertiesOf(name: string): object[] {
  const node = declaration(name);
  if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) {
    throw new Error(`${name} must be an interface or a class`);
  }
  return node.members
    .filter((member) => ts.isPropertySignature(member) || ts.isPropertyDeclaration(member))
    .map((member) => ({
      name: member.name.getText(),
      isOptional:
        member.questionToken !== undefined || member.type?.getText().includes("| undefined>"),
      description: descriptionOf(member),
    }));
}

/** A docblock up to its first tag, without the line breaks of the source. */
function descriptionOf(node: ts.Node): string | undefined {
  const docblock = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc);
  return ts.getTextOfJSDocComment(docblock?.comment)?.replaceAll(/\s*\n\s*/g, " ");
}

function secretsOf(properties: object): string[] {
  return Object.entries(properties).flatMap(([name, { secret }]) => (secret ? name : []));
}
