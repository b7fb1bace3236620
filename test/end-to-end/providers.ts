/**
 * A connection of a program: the arguments, as a program may (wrongly) give them, and its options.
 * An argument that is `${name.property}` is an output of a connection that is declared before it; an
 * option that is `${name}` is that connection.
 */
export type Resource = Readonly<Record<string, unknown>> & {
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * Reads the connection with this id, and doesn't manage it. The arguments are what is known of it: the
   * plugin can't tell a `get` without any from an import.
   */
  readonly get?: string;
};

/** The arguments of a connection to a sink. */
export const argsTo = (sink: { readonly id: string }, connectionTypes = ["logs"]) => ({
  sinkOrgId: sink.id,
  connectionTypes,
});

/** The connections of a program by their names. */
export type Declared = Readonly<Record<string, Resource>>;

/** What manages the connections of a program. */
export interface Provider {
  readonly name: "dynamic provider" | "plugin";
  /** The type of a connection in the state. */
  readonly type: string;
  /** The class of a connection in a program. */
  readonly className: string;
}

export const dynamicProvider: Provider = {
  name: "dynamic provider",
  type: "pulumi-nodejs:dynamic/datadog:OrgConnection",
  className: "OrgConnection",
};

export const plugin: Provider = {
  name: "plugin",
  type: "datadog-org-connections:index:OrgConnection",
  className: "PluginConnection",
};

export const providers = [dynamicProvider, plugin] as const;

/**
 * A program in TypeScript that declares these connections.
 *
 * @param more Statements at the end, which can use the classes of both providers.
 */
export function programOf(
  declared: Declared,
  { className }: Provider = dynamicProvider,
  more = "",
): string {
  return `import * as pulumi from "@pulumi/pulumi";
    import { getOrgConnectionsOutput, OrgConnection } from "pulumi-datadog-org-connections";
    class PluginConnection extends pulumi.CustomResource {
      constructor(name, args, options) {
        const outputs = { sourceOrgId: undefined, createdByName: undefined };
        super("${plugin.type}", name, { ...outputs, ...args }, options);
      }
      static get(name, id, options, args = {}) {
        return new PluginConnection(name, args, { ...options, id });
      }
    }
    const made = {};
    const valueOf = (value) => {
      if (Array.isArray(value)) return value.map(valueOf);
      const [, name, property] = /^\\$\\{(\\w+)(?:\\.(.+))?\\}$/.exec(value) ?? [];
      if (name === undefined) return value;
      return property === undefined ? made[name] : made[name][property];
    };
    const valuesOf = (args) =>
      Object.fromEntries(Object.entries(args).map(([name, value]) => [name, valueOf(value)]));
    for (const [name, { get, options = {}, ...args }] of Object.entries(${JSON.stringify(declared)})) {
      made[name] = get
        ? ${className}.get(name, get, valuesOf(options), valuesOf(args))
        : new ${className}(name, valuesOf(args), valuesOf(options));
    }
    ${more}`;
}

/**
 * A program in YAML for the plugin, as JSON, which is YAML too.
 *
 * @param explicit The settings of explicit providers.
 */
export function yamlProgram(
  declared: Declared,
  explicit: Readonly<Record<string, object>> = {},
): Readonly<Record<string, string>> {
  const explicitProviders = Object.entries(explicit).map(([name, properties]) => [
    name,
    { type: "pulumi:providers:datadog-org-connections", properties },
  ]);
  const connections = Object.entries(declared).map(([name, { options, ...properties }]) => [
    name,
    { type: "datadog-org-connections:OrgConnection", properties, ...(options && { options }) },
  ]);
  const resources = Object.fromEntries([...explicitProviders, ...connections]);
  return { "Pulumi.yaml": JSON.stringify({ name: "test", runtime: "yaml", resources }) };
}
