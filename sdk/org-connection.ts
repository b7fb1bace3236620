import * as pulumi from "@pulumi/pulumi";
import { assertProviderResolvable } from "./assert-provider-resolvable";
import { providerText } from "./provider-text";
import { resourceType } from "./resource-type";

/**
 * A kind of data that a connection shares. These three are in Datadog's API reference as of
 * November 2026. Datadog may add kinds: another string is sent unchanged, with a warning.
 */
export type ConnectionType = "logs" | "metrics" | "audit" | (string & {});

/** The arguments of an {@link OrgConnection}. */
export interface OrgConnectionArgs {
  /**
   * UUID of the org that will see the data, in upper or lower case. Another sink replaces the
   * connection: the new one is created before the old one is deleted.
   */
  sinkOrgId: pulumi.Input<string>;
  /**
   * Types of data that the sink sees, at least one. Order and duplicates make no difference. Other
   * types are updated in place.
   */
  connectionTypes: pulumi.Input<pulumi.Input<ConnectionType>[]>;
  /**
   * Name of the credential profile of the source org. By default, the top-level credentials are
   * used. Another source org replaces the connection.
   */
  profile?: pulumi.Input<string | undefined>;
  /**
   * If the two orgs are already connected, takes over that connection and gives it these types. By
   * default `false`: the creation fails, with a message that contains the id of the existing
   * connection. Has no effect after the resource is created.
   */
  adoptExisting?: pulumi.Input<boolean | undefined>;
}

/** Options of {@link OrgConnection.get}. */
export interface GetOrgConnectionOptions extends pulumi.CustomResourceOptions {
  /** Name of the credential profile of an org that takes part in the connection. */
  profile?: pulumi.Input<string | undefined>;
}

/**
 * A Datadog org connection: it lets the sink org see data of the source org, which is the org
 * that owns the credentials. Its `id` is the UUID that Datadog assigned.
 *
 * @remarks
 * The constructor sends nothing. It throws only if the engine can't load the provider from the
 * program's folder. Invalid arguments or configuration fail the preview, and requests that Datadog
 * refuses fail the update, each with a message that says what to do.
 *
 * @example One connection
 * ```ts
 * import { OrgConnection } from "pulumi-datadog-org-connections";
 *
 * new OrgConnection("to-hub", {
 *   sinkOrgId: "5d0b6d1e-7f97-11f0-8de1-1ecf66f1aa85",
 *   connectionTypes: ["logs", "metrics"],
 * });
 * ```
 *
 * @example Types from the stack's configuration, and outputs
 * ```ts
 * const config = new pulumi.Config();
 * const toHub = new OrgConnection("to-hub", {
 *   sinkOrgId: config.require("hubOrgId"),
 *   connectionTypes: config.requireObject<string[]>("types"),
 * });
 * export const sharedBy = pulumi.interpolate`${toHub.sourceOrgName} shares with ${toHub.sinkOrgName}`;
 * ```
 *
 * @example Source orgs of credential profiles, such as with keys in DD_API_KEY_SHOP and DD_APP_KEY_SHOP
 * ```ts
 * for (const profile of ["payments", "shop"]) {
 *   new OrgConnection(`${profile}-to-hub`, { profile, sinkOrgId, connectionTypes: ["logs"] });
 * }
 * ```
 *
 * @example Taking over a connection that exists
 * ```ts
 * new OrgConnection("to-hub", args, { import: "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10" });
 * ```
 */
export class OrgConnection extends pulumi.CustomResource {
  /** UUID, in lower case, of the org that sees the data. */
  declare public readonly sinkOrgId: pulumi.Output<string>;
  /** Name of the sink org when it was last read; not set if Datadog doesn't return it. */
  declare public readonly sinkOrgName: pulumi.Output<string | undefined>;
  /** Name of the credential profile; not set if the top-level credentials are used. */
  declare public readonly profile: pulumi.Output<string | undefined>;
  /** UUID, in lower case, of the org that shares its data. */
  declare public readonly sourceOrgId: pulumi.Output<string | undefined>;
  /** Name of the source org when it was last read; not set if Datadog doesn't return it. */
  declare public readonly sourceOrgName: pulumi.Output<string | undefined>;
  /** Types of data that the sink sees, in alphabetical order, each once. */
  declare public readonly connectionTypes: pulumi.Output<ConnectionType[]>;
  /** When it was created: an RFC 3339 date-time, as Datadog returns it. */
  declare public readonly createdAt: pulumi.Output<string>;
  /** Id of the user who created the connection. */
  declare public readonly createdBy: pulumi.Output<string | undefined>;
  /** Name of the user who created the connection, when it was last read. */
  declare public readonly createdByName: pulumi.Output<string | undefined>;

  /**
   * Declares a connection.
   *
   * @param name Name of the resource within the program.
   * @param args If one is missing, the update fails with a message that names it.
   * @param opts With `import`, takes over the connection with that id; it must exist and match
   *   `args`.
   */
  constructor(name: string, args: OrgConnectionArgs, opts?: pulumi.CustomResourceOptions);
  /** @internal Used by {@link OrgConnection.get}. */
  constructor(name: string, args: Partial<OrgConnectionArgs>, opts: pulumi.CustomResourceOptions);
  constructor(
    name: string,
    args?: Partial<OrgConnectionArgs>,
    { import: importId, ...opts }: pulumi.CustomResourceOptions = {},
  ) {
    assertProviderResolvable();
    // The engine can't import a dynamic resource: it has no provider yet. So create adopts it.
    super(
      resourceType,
      name,
      { ...outputPlaceholders, __provider: providerText, ...args, importId },
      opts,
    );
  }

  /**
   * Reads an existing connection without managing it.
   *
   * @param name Name of the resource within the program.
   * @param id Id of the connection. The update fails if the credentials can't see it.
   * @param options Resource options, and the credential profile that can see the connection.
   * @returns The resource, with every output as Datadog returns it.
   *
   * @example A connection that another program manages, read with the keys of a profile
   * ```ts
   * const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
   * const toHub = OrgConnection.get("to-hub", id, { profile: "payments" });
   * export const types = toHub.connectionTypes;
   * ```
   */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    options: GetOrgConnectionOptions = {},
  ): OrgConnection {
    const { profile, ...opts } = options;
    return new OrgConnection(name, { profile }, { ...opts, id });
  }

  /**
   * Whether a value is an `OrgConnection`, also one from another copy of this package.
   *
   * @param value Anything.
   */
  public static override isInstance(value: unknown): value is OrgConnection {
    return pulumi.CustomResource.isInstance(value) && Object(value).__pulumiType === resourceType;
  }
}

/** The engine sets an output only if the constructor names it. */
const outputPlaceholders = Object.fromEntries(
  ["sinkOrgId", "sinkOrgName", "profile", "sourceOrgId", "sourceOrgName", "connectionTypes"]
    .concat("createdAt", "createdBy", "createdByName")
    .map((name) => [name, undefined]),
);
