import * as pulumi from "@pulumi/pulumi";
import { type ConnectionType, OrgConnection } from "pulumi-datadog-org-connections";

export interface HubAndSpokeArgs {
  /** UUID of the org that sees the data of all others. */
  hubOrgId: pulumi.Input<string>;
  /** What each source org lets the hub see, by the org's credential profile. */
  spokes: Record<string, ConnectionType[]>;
}

/** Connects many source orgs with one hub. */
export class HubAndSpoke extends pulumi.ComponentResource {
  /** Id of each connection, by the credential profile of its source org. */
  public readonly connectionIds: pulumi.Output<Record<string, string>>;

  constructor(
    name: string,
    { hubOrgId, spokes }: HubAndSpokeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("examples:datadog:HubAndSpoke", name, {}, opts);
    const ids = Object.entries(spokes).map(([profile, connectionTypes]) => {
      const connection = new OrgConnection(
        `${name}-${profile}`,
        { profile, sinkOrgId: hubOrgId, connectionTypes },
        { parent: this },
      );
      return [profile, connection.id] as const;
    });
    this.connectionIds = pulumi.output(Object.fromEntries(ids));
    this.registerOutputs({ connectionIds: this.connectionIds });
  }
}
