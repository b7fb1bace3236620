import type { Connection } from "./api/connection";
import { withUserErrors } from "./errors";
import { OrgPool, type OrgsOptions } from "./org";
import type { Settings } from "./settings";

/** Which connections to list: those of this profile's org that have this sink and this source. */
export interface ListFilter {
  readonly profile?: string | undefined;
  readonly sinkOrgId?: string | undefined;
  readonly sourceOrgId?: string | undefined;
}

/**
 * Lists the connections of an org, as source or sink, in the order of Datadog's list.
 *
 * @throws UserError if the profile or the credentials are unusable, or if Datadog refuses.
 */
export function listConnections(
  settings: Settings,
  { profile, sinkOrgId, sourceOrgId }: ListFilter = {},
  options: OrgsOptions = {},
): Promise<Connection[]> {
  return withUserErrors("list", "Cannot list the org connections", async () => {
    const list = await new OrgPool(settings, options).get(profile).list();
    return [...list.values()].filter(
      (one) => matches(one.sinkOrgId, sinkOrgId) && matches(one.sourceOrgId, sourceOrgId),
    );
  });
}

function matches(orgId: string | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || orgId === wanted.toLowerCase();
}
