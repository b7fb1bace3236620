/**
 * A connection of a program: the arguments, as a program may (wrongly) give them, and its options.
 * An argument that is `${name.property}` is an output of a connection that is declared before it; an
 * option that is `${name}` is that connection.
 */
export type Resource = Readonly<Record<string, unknown>> & {
  readonly options?: Readonly<Record<string, unknown>>;
  /** Reads the connection with this id, and doesn't manage it. */
  readonly get?: string;
};

/** The connections of a program by their names. */
export type Declared = Readonly<Record<string, Resource>>;

/** A way to have a program's connections managed. */
export interface Way {
  readonly name: "dynamic provider" | "plugin";
  /** The type of a connection in the state. */
  readonly type: string;
  /** The resource at which the engine shows the provider's messages about a connection. */
  readonly showsAt: (name: string) => string;
  /** The files of a program that declares these connections. */
  readonly program: (declared: Declared) => Readonly<Record<string, string>>;
}

/** A program in TypeScript, whose connections are dynamic resources. */
export const dynamicProvider: Way = {
  name: "dynamic provider",
  type: "pulumi-nodejs:dynamic/datadog:OrgConnection",
  showsAt: () => "test-test",
  program: (declared) => ({ "index.ts": programOf(declared) }),
};

/**
 * A program in TypeScript that declares these connections.
 *
 * @param more Statements at the end, which can use `Connection` and what is `made`.
 */
export function programOf(
  declared: Declared,
  way: Way["name"] = "dynamic provider",
  more = "",
): string {
  return `import * as pulumi from "@pulumi/pulumi";
    import { getOrgConnectionsOutput, OrgConnection } from "pulumi-datadog-org-connections";
    class PluginConnection extends pulumi.CustomResource {
      constructor(name, args, options) {
        super("${plugin.type}", name, args, options);
      }
      static get(name, id, options) {
        return new PluginConnection(name, {}, { ...options, id });
      }
    }
    const Connection = ${way === "plugin" ? "PluginConnection" : "OrgConnection"};
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
        ? Connection.get(name, get, valuesOf(options))
        : new Connection(name, valuesOf(args), valuesOf(options));
    }
    ${more}`;
}

/** A program in YAML, whose connections are resources of the plugin. */
export const plugin: Way = {
  name: "plugin",
  type: "datadog-org-connections:index:OrgConnection",
  showsAt: (name) => name,
  program: (declared) => yamlProgram(declared),
};

/** The ways that every connection can be managed in. */
export const ways: readonly Way[] = [dynamicProvider, plugin];

/**
 * A program in YAML, as JSON, which is YAML too.
 *
 * @param providers The settings of explicit providers.
 */
export function yamlProgram(
  declared: Declared,
  providers: Readonly<Record<string, object>> = {},
): Readonly<Record<string, string>> {
  const connections = Object.entries(declared).map(([name, resource]) => [
    name,
    yamlResource(resource),
  ]);
  const explicit = Object.entries(providers).map(([name, properties]) => [
    name,
    { type: "pulumi:providers:datadog-org-connections", properties },
  ]);
  const resources = Object.fromEntries([...explicit, ...connections]);
  return { "Pulumi.yaml": JSON.stringify({ name: "test", runtime: "yaml", resources }) };
}

function yamlResource({ get, options, ...properties }: Resource): object {
  return {
    type: "datadog-org-connections:OrgConnection",
    ...(get ? { get: { id: get, state: properties } } : { properties }),
    ...(options && { options }),
  };
}
