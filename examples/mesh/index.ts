import * as pulumi from "@pulumi/pulumi";
import {
  type ConnectionType,
  getOrgConnectionsOutput,
  OrgConnection,
} from "pulumi-datadog-org-connections";

/** What each source org lets each sink org see. The sources are credential profiles. */
const mesh: Record<string, Record<string, ConnectionType[]>> = {
  payments: { data: ["logs", "metrics"], security: ["audit", "logs"] },
  shop: { data: ["metrics"], security: ["audit"] },
  data: { security: ["audit"] },
};

const config = new pulumi.Config();

/** UUID of each sink org, by its name in the mesh. */
const orgIds = config.requireObject<Record<string, string>>("orgIds");

function orgId(org: string): string {
  const id = orgIds[org];
  if (id === undefined) throw new Error(`orgIds.${org} isn't configured`);
  return id;
}

/** Creates what a source shares, then asks Datadog for all that it shares. */
function share(profile: string, sinks: Record<string, ConnectionType[]>) {
  const connections = Object.entries(sinks).map(
    ([sink, connectionTypes]) =>
      new OrgConnection(`${profile}-${sink}`, {
        profile,
        sinkOrgId: orgId(sink),
        connectionTypes,
      }),
  );
  const all = getOrgConnectionsOutput(
    { profile, sourceOrgId: orgId(profile) },
    { dependsOn: connections },
  );
  return all.connections.apply((list) =>
    list.map(({ sinkOrgName, connectionTypes }) => `${sinkOrgName}: ${connectionTypes.join(", ")}`),
  );
}

/** What each sink sees of each source, including connections that this program doesn't manage. */
export const seenBy = Object.fromEntries(
  Object.entries(mesh).map(([profile, sinks]) => [profile, share(profile, sinks)]),
);
