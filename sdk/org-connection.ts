import * as pulumi from "@pulumi/pulumi";
import { providerText } from "./provider-text";

const type = "pulumi-nodejs:dynamic/datadog:OrgConnection";

/** A kind of data that a connection shares. Datadog adds kinds; any string is passed on. */
export type ConnectionType = "logs" | "metrics" | "audit" | (string & {});

/** What a program says of a connection. */
export interface OrgConnectionArgs {
  /** UUID of the org that is to see the data. Another sink replaces the connection. */
  sinkOrgId: pulumi.Input<string>;
  /** What the sink sees, at least one type. Order and repetition make no difference. */
  connectionTypes: pulumi.Input<pulumi.Input<ConnectionType>[]>;
}

/**
 * A Datadog org connection: it lets the sink org see data of the source org, which is the org
 * that owns the credentials.
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
 * @example A connection that another program manages
 * ```ts
 * const toHub = OrgConnection.get("to-hub", "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10");
 * export const types = toHub.connectionTypes;
 * ```
 */
export class OrgConnection extends pulumi.CustomResource {
  declare public readonly sinkOrgId: pulumi.Output<string>;
  declare public readonly sinkOrgName: pulumi.Output<string | undefined>;
  declare public readonly sourceOrgId: pulumi.Output<string | undefined>;
  declare public readonly sourceOrgName: pulumi.Output<string | undefined>;
  /** In alphabetical order, each once. */
  declare public readonly connectionTypes: pulumi.Output<ConnectionType[]>;
  /** Date-time of RFC 3339. */
  declare public readonly createdAt: pulumi.Output<string>;
  /** Id of the user who created the connection. */
  declare public readonly createdBy: pulumi.Output<string | undefined>;
  declare public readonly createdByName: pulumi.Output<string | undefined>;

  constructor(name: string, args: OrgConnectionArgs, opts?: pulumi.CustomResourceOptions);
  /** @internal what {@link OrgConnection.get} calls */
  constructor(name: string, args: undefined, opts: pulumi.CustomResourceOptions);
  constructor(name: string, args?: OrgConnectionArgs, opts?: pulumi.CustomResourceOptions) {
    const inputs = {
      __provider: providerText,
      sinkOrgId: args?.sinkOrgId,
      connectionTypes: args?.connectionTypes,
    };
    super(type, name, { ...inputs, ...outputsToCome }, opts);
  }

  /**
   * Reads a connection that exists, without managing it.
   *
   * @param name Name of the resource within the program.
   * @param id Id of the connection. The update fails where the org has no such connection.
   */
  public static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    opts?: pulumi.CustomResourceOptions,
  ): OrgConnection {
    return new OrgConnection(name, undefined, { ...opts, id });
  }

  /** Whether a value is an `OrgConnection`, also one of another copy of this package. */
  public static override isInstance(value: unknown): value is OrgConnection {
    return (
      typeof value === "object" &&
      value !== null &&
      "__pulumiType" in value &&
      value.__pulumiType === type
    );
  }
}

/** The engine fills in an output only where the constructor names it. */
const outputsToCome = {
  sinkOrgName: undefined,
  sourceOrgId: undefined,
  sourceOrgName: undefined,
  createdAt: undefined,
  createdBy: undefined,
  createdByName: undefined,
};
