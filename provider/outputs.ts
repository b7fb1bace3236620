import type { Connection } from "./api/connection";
import { ApiError } from "./api/errors";
import type { OrgConnectionInputs } from "./inputs";

/** The properties of a connection that the state records, besides its id. */
export interface OrgConnectionOutputs extends Omit<Connection, "id" | "createdAt"> {
  readonly sinkOrgId: string;
  readonly createdAt?: string;
  readonly profile?: string;
}

/**
 * The outputs of a connection: those of the answer, completed with what was already known (the
 * inputs of a new connection, or the recorded outputs).
 *
 * @throws ApiError if neither has the sink org.
 */
export function outputsOf(
  { id, ...answered }: Connection,
  { adoptExisting, importId, ...known }: Partial<OrgConnectionInputs & OrgConnectionOutputs>,
): OrgConnectionOutputs {
  const outputs = { ...known, ...answered };
  const { sinkOrgId } = outputs;
  if (sinkOrgId !== undefined) return { ...outputs, sinkOrgId };
  throw new ApiError("unexpectedResponse", "Datadog's answer doesn't name the sink org");
}

/** The inputs with which a program would declare a connection as it is. */
export function inputsOf(outputs: OrgConnectionOutputs): OrgConnectionInputs {
  const { sinkOrgId, connectionTypes, profile } = outputs;
  return { sinkOrgId, connectionTypes, ...(profile !== undefined && { profile }) };
}
