import { expect, it } from "vitest";
import { packageSchema } from "./package-schema.ts";

it.each([
  ["string", { type: "string" }],
  ["boolean", { type: "boolean" }],
  ["number", { type: "integer" }],
  ["pulumi.Input<string>", { type: "string" }],
  ["Output<(boolean)>", { type: "boolean" }],
  ["string[]", { type: "array", items: { type: "string" } }],
  ["pulumi.Input<pulumi.Input<Kind>[]>", { type: "array", items: { type: "string" } }],
  ["Record<string, number>", { type: "object", additionalProperties: { type: "integer" } }],
  ["Part[]", { type: "array", items: { $ref: "#/types/datadog-org-connections:index:Part" } }],
])("%s becomes %j", (type, expected) => {
  expect(settingOfType(`setting: ${type}`)).toMatchObject(expected);
});

it("an object type that a property names is in the schema once, with its docblock", () => {
  expect(schemaWith("one: Part;\n/** Others. */ more: Record<string, Part>").types).toEqual({
    "datadog-org-connections:index:Part": {
      description: "A part.",
      type: "object",
      properties: {
        size: { type: "integer", description: "Its size." },
        name: { type: "string", description: "Its name." },
      },
      required: ["size"],
    },
  });
});

it.each([
  ["Date"],
  ["any"],
  ["string | number"],
  ['"logs" | "metrics"'],
  ["Record<number, string>"],
  ["(string | undefined)[]"],
  ["() => void"],
])("the type %s, which a schema hasn't, is refused with its place", (type) => {
  expect(() => settingOfType(`setting: ${type}`)).toThrow(
    /^args\.ts:2: ProviderArgs\.setting has the type .*, for which the schema has no equivalent\. /,
  );
});

it("a property without a type is refused", () => {
  expect(() => settingOfType("setting")).toThrow("args.ts:2: ProviderArgs.setting has no type.");
});

function settingOfType(setting: string) {
  return schemaWith(setting).config.variables["setting"];
}

/** The schema of a package with this setting. */
function schemaWith(setting: string) {
  const empty = [
    "OrgConnection",
    "OrgConnectionArgs",
    "GetOrgConnectionOptions",
    "GetOrgConnectionsArgs",
    "GetOrgConnectionsResult",
  ].map((name) => `/** Empty. */ interface ${name} {}`);
  const args = `/** Settings. */ interface ProviderArgs {
    /** The setting. */ ${setting};
  }
  type Kind = "logs" | "metrics" | (string & {});
  /** A part. */ interface Part {
    /** Its size. */ size: number;
    /** Its name. */ name?: string;
  }`;
  const rest = [...empty, "/** Lists. */ function getOrgConnections() {}"].join("\n");
  const manifest = { version: "1.2.3", description: "Connections.", license: "Apache-2.0" };
  return packageSchema({ "args.ts": args, "rest.ts": rest }, manifest);
}
