import type { Connection } from "./api/connection";
import { ApiError } from "./api/errors";
import { UserError } from "./errors";
import { isUuid, type OrgConnectionInputs, withoutNulls } from "./inputs";

/** The properties of a connection that the state records, besides its id. */
export interface OrgConnectionOutputs extends Omit<Connection, "id" | "createdAt"> {
  readonly sinkOrgId: string;
  readonly createdAt?: string;
  readonly profile?: string;
}

/** What the state records of a connection; less if it is read for the first time. */
export type Recorded = Partial<OrgConnectionOutputs>;

/** What the state records or a program asks for, with ids in lower case and without `null`. */
export function recordedOf<Properties extends { sinkOrgId?: unknown; sourceOrgId?: unknown }>(
  recorded: Properties,
): Properties {
  const lower = (id: unknown) => (typeof id === "string" ? id.toLowerCase() : id);
  const given = withoutNulls(recorded);
  return {
    ...given,
    ...("sinkOrgId" in given && { sinkOrgId: lower(given.sinkOrgId) }),
    ...("sourceOrgId" in given && { sourceOrgId: lower(given.sourceOrgId) }),
  };
}

/** @throws UserError if the id isn't a UUID: it becomes a part of an address. */
export function connectionIdOf(id: string): string {
  if (isUuid(id)) return id.toLowerCase();
  throw new UserError(
    "the id isn't a UUID. Correct the id, or remove the resource from the state with `pulumi state delete`.",
  );
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
