import type { Connection, Party } from "./api/connection";
import { ApiFault } from "./api/fault";
import { canonicalTypes, type OrgConnectionInputs } from "./inputs";

/** What the state records of a connection. What Datadog left out is missing. */
export interface OrgConnectionOutputs extends OrgConnectionInputs {
  readonly sinkOrgName?: string;
  readonly sourceOrgId?: string;
  readonly sourceOrgName?: string;
  readonly createdAt?: string;
  /** Id of the user. */
  readonly createdBy?: string;
  readonly createdByName?: string;
}

/**
 * The outputs of a connection as Datadog shows it. What its answer leaves out is taken from what
 * was `known`: the inputs of a new connection, or what the state records.
 *
 * @throws ApiFault where neither names the sink org.
 */
export function outputsOf(
  { connectionTypes, createdAt, sinkOrg, sourceOrg, createdBy }: Connection,
  known: Partial<OrgConnectionOutputs>,
): OrgConnectionOutputs {
  const sinkOrgId = sinkOrg?.id.toLowerCase() ?? known.sinkOrgId;
  if (sinkOrgId === undefined) {
    throw new ApiFault("wrongShape", "Datadog's answer doesn't name the sink org");
  }
  return {
    ...known,
    sinkOrgId,
    ...named(sinkOrg, (sinkOrgName) => ({ sinkOrgName })),
    ...(sourceOrg && { sourceOrgId: sourceOrg.id }),
    ...named(sourceOrg, (sourceOrgName) => ({ sourceOrgName })),
    connectionTypes: canonicalTypes(connectionTypes),
    createdAt,
    ...(createdBy && { createdBy: createdBy.id }),
    ...named(createdBy, (createdByName) => ({ createdByName })),
  };
}

function named<T>(party: Party | undefined, property: (name: string) => T): T | undefined {
  return party?.name === undefined ? undefined : property(party.name);
}
