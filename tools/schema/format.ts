/** The parts of Pulumi's schema format that this package uses. */

export type SchemaType =
  | { readonly type: "string" | "boolean" | "integer" }
  | { readonly type: "array"; readonly items: SchemaType }
  | { readonly type: "object"; readonly additionalProperties: SchemaType }
  | { readonly $ref: string };

export type SchemaProperty = SchemaType & {
  readonly description: string;
  readonly secret?: true;
  readonly willReplaceOnChanges?: true;
};

type SchemaProperties = Readonly<Record<string, SchemaProperty>>;

export interface ObjectType {
  readonly description?: string;
  readonly type: "object";
  readonly properties: SchemaProperties;
  readonly required?: readonly string[];
}

export interface PackageSchema {
  readonly name: string;
  readonly displayName: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly publisher?: string;
  readonly homepage?: string;
  readonly repository?: string;
  readonly pluginDownloadURL?: string;
  readonly meta: { readonly supportPack: true };
  readonly language: Readonly<Record<string, object>>;
  readonly config: { readonly variables: SchemaProperties };
  readonly provider: {
    readonly description: string;
    readonly inputProperties: SchemaProperties;
  };
  readonly types: Readonly<Record<string, ObjectType>>;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly functions: Readonly<Record<string, SchemaFunction>>;
}

interface Resource {
  readonly description: string;
  readonly properties: SchemaProperties;
  readonly required?: readonly string[];
  readonly inputProperties: SchemaProperties;
  readonly requiredInputs?: readonly string[];
  /** What `get` takes beside the id, and what it returns. */
  readonly stateInputs: ObjectType;
}

interface SchemaFunction {
  readonly description: string;
  readonly inputs: ObjectType;
  readonly outputs: ObjectType;
}
