import * as pulumi from "@pulumi/pulumi";
import { type ConnectionType, OrgConnection } from "pulumi-datadog-org-connections";

/** A source org. */
interface Spoke {
  /** Part of the resource's name, so another name is another connection. */
  name: string;
  /** The credential profile that has the keys of this org. */
  profile: string;
  /** What this org shares, if not the same as the others. */
  types?: ConnectionType[];
}

export interface HubAndSpokeArgs {
  /** UUID of the org that sees the data of all others. */
  hubOrgId: pulumi.Input<string>;
  /** What each source org shares. */
  types: ConnectionType[];
  spokes: Spoke[];
}

/** Connects many source orgs with one hub. */
export class HubAndSpoke extends pulumi.ComponentResource {
  /** Id of each connection, by the name of its source org. */
  public readonly connectionIds: pulumi.Output<Record<string, string>>;

  constructor(
    name: string,
    { hubOrgId, types, spokes }: HubAndSpokeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("examples:datadog:HubAndSpoke", name, {}, opts);
    const ids = spokes.map((spoke) => {
      const { profile, types: connectionTypes = types } = spoke;
      const connection = new OrgConnection(
        `${name}-${spoke.name}`,
        { profile, sinkOrgId: hubOrgId, connectionTypes },
        { parent: this },
      );
      return [spoke.name, connection.id] as const;
    });
    this.connectionIds = pulumi.output(Object.fromEntries(ids));
    this.registerOutputs({ connectionIds: this.connectionIds });
  }
}
