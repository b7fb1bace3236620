import type { Connection } from "./api/connection";
import { ApiFault } from "./api/fault";
import { canonicalTypes, type OrgConnectionInputs } from "./inputs";

/** What Datadog tells of a connection. What an answer leaves out is missing. */
export interface ConnectionDetails {
  readonly sinkOrgId?: string;
  readonly sinkOrgName?: string;
  readonly sourceOrgId?: string;
  readonly sourceOrgName?: string;
  /** Sorted, each type once. */
  readonly connectionTypes: readonly string[];
  /** Date-time of RFC 3339. */
  readonly createdAt?: string;
  /** Id of the user. */
  readonly createdBy?: string;
  readonly createdByName?: string;
}

/** What the state records of a connection. */
export interface OrgConnectionOutputs extends ConnectionDetails {
  readonly sinkOrgId: string;
  readonly sourceOrg?: string;
}

/** What an answer tells of a connection; ids are in lower case. */
export function detailsOf(connection: Connection): ConnectionDetails {
  const { connectionTypes, createdAt, sinkOrg, sourceOrg, createdBy } = connection;
  return {
    ...(sinkOrg && { sinkOrgId: sinkOrg.id.toLowerCase() }),
    ...(sinkOrg?.name !== undefined && { sinkOrgName: sinkOrg.name }),
    ...(sourceOrg && { sourceOrgId: sourceOrg.id.toLowerCase() }),
    ...(sourceOrg?.name !== undefined && { sourceOrgName: sourceOrg.name }),
    connectionTypes: canonicalTypes(connectionTypes),
    createdAt,
    ...(createdBy && { createdBy: createdBy.id }),
    ...(createdBy?.name !== undefined && { createdByName: createdBy.name }),
  };
}

/**
 * The outputs of a connection: what an answer tells, and where it leaves something out what was
 * known, which is the inputs of a new connection or what the state records.
 *
 * @throws ApiFault where neither names the sink org.
 */
export function outputsOf(
  connection: Connection,
  { adoptExisting, importId, ...known }: Partial<OrgConnectionInputs & OrgConnectionOutputs>,
): OrgConnectionOutputs {
  const outputs = { ...known, ...detailsOf(connection) };
  const { sinkOrgId } = outputs;
  if (sinkOrgId !== undefined) return { ...outputs, sinkOrgId };
  throw new ApiFault("wrongShape", "Datadog's answer doesn't name the sink org");
}

/** The inputs with which a program would declare a connection as it is. */
export function inputsOf(outputs: OrgConnectionOutputs): OrgConnectionInputs {
  const { sinkOrgId, connectionTypes, sourceOrg } = outputs;
  return { sinkOrgId, connectionTypes, ...(sourceOrg !== undefined && { sourceOrg }) };
}
