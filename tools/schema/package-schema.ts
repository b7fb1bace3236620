import { Declarations, type Member } from "./declarations.ts";
import type { ObjectType, PackageSchema, SchemaProperty, SchemaType } from "./format.ts";
import { type MappedType, mapType } from "./types.ts";

/** What the schema takes from package.json. */
export interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly repository?: { readonly url: string };
}

const packageName = "datadog-org-connections";

/**
 * The Pulumi schema of the plugin: the same types and texts as programs in TypeScript have.
 *
 * @param sources The modules of `sdk`, and the one that declares `ProviderArgs`, by their paths.
 * @throws Error that says where, if a type can't be in a schema, or if a docblock is missing.
 */
export function packageSchema(
  sources: Readonly<Record<string, string>>,
  manifest: Manifest,
): PackageSchema {
  const declarations = new Declarations(sources);
  const types = new Map<string, ObjectType>();
  const settings = objectType("ProviderArgs").properties;
  const outputs = objectType("OrgConnection");
  // After a `get`, generated SDKs have the outputs that it could be given, and no others.
  const ofGet = objectType("GetOrgConnectionOptions").properties;
  const inputs = objectType("OrgConnectionArgs", { replacedWith: "sinkOrgId" });
  return {
    name: packageName,
    displayName: "Datadog Org Connections",
    ...originOf(manifest),
    keywords: ["pulumi", "datadog", "org-connections", "category/monitoring", "kind/native"],
    meta: { supportPack: true },
    language,
    config: { variables: settings },
    provider: { description: declarations.description("ProviderArgs"), inputProperties: settings },
    resources: {
      [tokenOf("OrgConnection")]: {
        description: declarations.description("OrgConnection"),
        properties: outputs.properties,
        ...(outputs.required && { required: outputs.required }),
        inputProperties: inputs.properties,
        ...(inputs.required && { requiredInputs: inputs.required }),
        stateInputs: { type: "object", properties: { ...outputs.properties, ...ofGet } },
      },
    },
    functions: {
      [tokenOf("getOrgConnections")]: {
        description: declarations.description("getOrgConnections"),
        inputs: objectType("GetOrgConnectionsArgs"),
        outputs: objectType("GetOrgConnectionsResult"),
      },
    },
    types: Object.fromEntries(types),
  };

  function objectType(name: string, { replacedWith }: { replacedWith?: string } = {}): ObjectType {
    const members = declarations.members(name).map((member) => {
      const mapped = mapType(member, declarations, refer);
      return {
        name: member.name,
        isOptional: member.isOptional || mapped.isOptional,
        property: propertyOf(member, mapped, replacedWith),
      };
    });
    const required = members.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
    return {
      type: "object",
      properties: Object.fromEntries(members.map(({ name, property }) => [name, property])),
      ...(required.length > 0 && { required }),
    };
  }

  function refer(name: string): SchemaType {
    const token = tokenOf(name);
    if (!types.has(token)) {
      const description = declarations.description(name);
      types.set(token, { description, ...objectType(name) });
    }
    return { $ref: `#/types/${token}` };
  }
}

function propertyOf(
  { name, description, isSecret }: Member,
  { type, knownValues }: MappedType,
  replacedWith: string | undefined,
): SchemaProperty {
  return {
    ...type,
    description: [description, ...sentenceOf(knownValues)].join(" "),
    ...(isSecret && { secret: true }),
    // Unlike replaceOnChanges this only informs: the provider decides.
    ...(name === replacedWith && { willReplaceOnChanges: true }),
  };
}

function sentenceOf(knownValues: readonly string[]): string[] {
  if (knownValues.length === 0) return [];
  const values = knownValues.map((value) => `\`${value}\``);
  return [`Known values: ${values.join(", ")}; others are possible.`];
}

function tokenOf(name: string): string {
  return `${packageName}:index:${name}`;
}

/**
 * Generated SDKs have the version of the plugin, and start no other. For Python they have classes
 * alone: the keys of a dictionary within a provider's settings would arrive in snake case.
 */
const language = {
  nodejs: { respectSchemaVersion: true },
  python: { respectSchemaVersion: true, pyproject: { enabled: true }, inputTypes: "classes" },
  go: { respectSchemaVersion: true },
  csharp: { respectSchemaVersion: true },
};

/** The release sets the repository, and so the place that the Pulumi CLI downloads the plugin from. */
function originOf({ version, description, license, repository }: Manifest) {
  const url = repository?.url.replace(/^git\+/, "").replace(/\.git$/, "");
  const [, owner, name] = /^https:\/\/github\.com\/([^/]+)\/([^/]+)$/.exec(url ?? "") ?? [];
  return {
    version,
    description,
    license,
    ...(url && { homepage: url, repository: url }),
    ...(owner && {
      publisher: owner,
      pluginDownloadURL: `github://api.github.com/${owner}/${name}`,
    }),
  };
}
