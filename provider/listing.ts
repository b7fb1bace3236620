import type { Connection } from "./api/connection";
import { explained } from "./errors";
import { type ConnectionDetails, detailsOf } from "./outputs";
import type { SettingsSources } from "./places";
import { SourceOrgs, type SourceOrgsOptions } from "./source-orgs";

/** A connection as a list shows it. */
export interface ListedConnection extends ConnectionDetails {
  readonly id: string;
}

/** Which connections to list: those of this profile's org that have this sink and this source. */
export interface ListFilter {
  readonly sourceOrg?: string | undefined;
  readonly sinkOrgId?: string | undefined;
  readonly sourceOrgId?: string | undefined;
}

/**
 * Lists the connections in which an org takes part, as source or sink, in the order of Datadog's list.
 *
 * @throws UserError where the profile or the credentials are unusable, or Datadog refuses.
 */
export function listConnections(
  sources: SettingsSources,
  { sourceOrg, sinkOrgId, sourceOrgId }: ListFilter = {},
  options: SourceOrgsOptions = {},
): Promise<ListedConnection[]> {
  return explained("list", "Cannot list the org connections", async () => {
    const list = await new SourceOrgs(sources, options).get(sourceOrg).list();
    return [...list.values()]
      .map(listed)
      .filter((one) => matches(one.sinkOrgId, sinkOrgId))
      .filter((one) => matches(one.sourceOrgId, sourceOrgId));
  });
}

/** A connection with its id, as a list shows it. */
export function listed(connection: Connection): ListedConnection {
  return { id: connection.id, ...detailsOf(connection) };
}

function matches(orgId: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || orgId === wanted.toLowerCase();
}
