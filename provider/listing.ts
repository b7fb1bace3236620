import type { Connection, Orgs } from "./api/connection";
import { UserError, withUserErrors } from "./errors";
import { isUuid } from "./inputs";
import type { OrgPool } from "./org";
import { recordedOf } from "./outputs";

/** Which connections to list: those of this profile's org that have this sink and this source. */
export interface ListFilter extends Orgs {
  readonly profile?: string | undefined;
}

/** Lists the connections of an org, as source or sink, in the order of Datadog's list. */
export function listConnections(orgs: OrgPool, filter: ListFilter = {}): Promise<Connection[]> {
  return withUserErrors("list", "Cannot list the org connections", async () => {
    const { profile, sinkOrgId, sourceOrgId } = recordedOf(filter);
    assertUuid("sinkOrgId", sinkOrgId);
    assertUuid("sourceOrgId", sourceOrgId);
    const list = await orgs.get(profile).listBetween({ sinkOrgId, sourceOrgId });
    return [...list.values()];
  });
}

/** An id in another form would list nothing, as if there were no connection. */
function assertUuid(name: string, id: string | undefined): void {
  if (id === undefined || isUuid(id)) return;
  throw new UserError(`${name} isn't a UUID. Set it to the org's UUID.`);
}
