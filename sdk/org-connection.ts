import * as pulumi from "@pulumi/pulumi";
import { assertProviderResolvable } from "./assert-provider-resolvable";
import { providerText } from "./provider-text";
import { resourceType } from "./resource-type";

/**
 * A kind of data that a connection shares. These three are those of Datadog's API reference in
 * November 2026. Datadog adds kinds: any other string is passed on, with a warning.
 */
export type ConnectionType = "logs" | "metrics" | "audit" | (string & {});

/** What a program says of a connection. */
export interface OrgConnectionArgs {
  /**
   * UUID of the org that is to see the data, in any case. Another sink replaces the connection: the
   * new one is created before the old one is deleted.
   */
  sinkOrgId: pulumi.Input<string>;
  /**
   * What the sink sees, at least one type. Order and repetition make no difference. Other types are
   * an update in place.
   */
  connectionTypes: pulumi.Input<pulumi.Input<ConnectionType>[]>;
  /**
   * Name of the credential profile of the source org; without one, the top-level credentials
   * serve. Another source org replaces the connection.
   *
   * @example Keys in DD_API_KEY_PAYMENTS and DD_APP_KEY_PAYMENTS
   * ```ts
   * new OrgConnection("to-hub", { profile: "payments", sinkOrgId, connectionTypes: ["logs"] });
   * ```
   */
  profile?: pulumi.Input<string | undefined>;
  /**
   * Takes over the connection between the same two orgs where there is one, and gives it these
   * types. Otherwise such a connection fails the creation, with a message that holds its id. By
   * default `false`; once the resource is created it has no effect.
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
 * that owns the credentials. Its `id` is the UUID that Datadog gave it.
 *
 * The constructor sends nothing. It throws only where the engine couldn't load the provider from
 * the program's folder. What is wrong with the arguments or with the configuration fails the
 * preview, and what Datadog refuses fails the update, each with a message that says what to do.
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
 * @example The source org of a credential profile
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
 *
 * @example A connection that another program manages
 * ```ts
 * const toHub = OrgConnection.get("to-hub", "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10");
 * export const types = toHub.connectionTypes;
 * ```
 */
export class OrgConnection extends pulumi.CustomResource {
  /** UUID, in lower case, of the org that sees the data. */
  declare public readonly sinkOrgId: pulumi.Output<string>;
  /** Name of the sink org when it was last read; `undefined` where Datadog doesn't tell it. */
  declare public readonly sinkOrgName: pulumi.Output<string | undefined>;
  /** Name of the credential profile; `undefined` where the top-level credentials serve. */
  declare public readonly profile: pulumi.Output<string | undefined>;
  /** UUID, in lower case, of the org whose data is seen. */
  declare public readonly sourceOrgId: pulumi.Output<string | undefined>;
  /** Name of the source org when it was last read; `undefined` where Datadog doesn't tell it. */
  declare public readonly sourceOrgName: pulumi.Output<string | undefined>;
  /** What the sink sees, in alphabetical order, each type once. */
  declare public readonly connectionTypes: pulumi.Output<ConnectionType[]>;
  /** When it was created: date-time of RFC 3339, as Datadog gave it. */
  declare public readonly createdAt: pulumi.Output<string>;
  /** Id of the user who created the connection. */
  declare public readonly createdBy: pulumi.Output<string | undefined>;
  /** Name of that user when it was last read. */
  declare public readonly createdByName: pulumi.Output<string | undefined>;

  /**
   * Declares a connection.
   *
   * @param name Name of the resource within the program.
   * @param args Without them the update fails with a message that names what is missing.
   * @param opts With `import`, the connection of that id is taken over; it must exist and be as
   *   `args` say.
   */
  constructor(name: string, args: OrgConnectionArgs, opts?: pulumi.CustomResourceOptions);
  /** @internal what {@link OrgConnection.get} calls */
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
   * Reads a connection that exists, without managing it.
   *
   * @param name Name of the resource within the program.
   * @param id Id of the connection. The update fails where the org takes part in no such one.
   * @param options Those of every resource, and the credential profile that may see the connection.
   * @returns The resource, with every output as Datadog tells it.
   *
   * @example With the keys of a profile
   * ```ts
   * const toHub = OrgConnection.get("to-hub", id, { profile: "payments" });
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
   * Whether a value is an `OrgConnection`, also one of another copy of this package.
   *
   * @param value Anything.
   */
  public static override isInstance(value: unknown): value is OrgConnection {
    return (
      typeof value === "object" &&
      value !== null &&
      "__pulumiType" in value &&
      value.__pulumiType === resourceType
    );
  }
}

/** The engine fills in an output only where the constructor names it. */
const outputPlaceholders = {
  sinkOrgId: undefined,
  sinkOrgName: undefined,
  profile: undefined,
  sourceOrgId: undefined,
  sourceOrgName: undefined,
  connectionTypes: undefined,
  createdAt: undefined,
  createdBy: undefined,
  createdByName: undefined,
};
