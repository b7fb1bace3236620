import type { Connection } from "./api/connection";
import { isRefusal } from "./api/fault";
import type { Brought } from "./claims";
import { Obstacle } from "./errors";
import { canonicalTypes, type OrgConnectionInputs, sameTypes } from "./inputs";
import type { SourceOrg } from "./source-org";

/**
 * Brings a declared connection into being: by taking over the one that the program names or
 * allows to be taken over, else by creating it.
 *
 * @throws Obstacle where the program and Datadog disagree; nothing was changed then.
 */
export async function bringIntoBeing(
  org: SourceOrg,
  inputs: OrgConnectionInputs,
): Promise<Brought> {
  await org.assertOwner();
  if (inputs.importId !== undefined) return imported(org, inputs.importId, inputs);
  const { sinkOrgId, connectionTypes, adoptExisting } = inputs;
  if (adoptExisting) {
    const existing = await org.findBefore(sinkOrgId);
    if (existing) return adopted(org, existing, connectionTypes);
  }
  try {
    return { connection: await org.create(sinkOrgId, connectionTypes), origin: "created" };
  } catch (error) {
    if (!isRefusal(error, 409)) throw error;
    // The 409 is the matter, not that nobody could look.
    const existing = await org.findNow(sinkOrgId).catch(() => undefined);
    if (existing && adoptExisting) return adopted(org, existing, connectionTypes);
    throw new Obstacle(`${error.message}. ${waysToAdopt(existing)}`);
  }
}

/** The connection that the option `import` names; it must be as the program declares it. */
async function imported(
  org: SourceOrg,
  id: string,
  { sinkOrgId, connectionTypes }: OrgConnectionInputs,
): Promise<Brought> {
  const found = await org.find(id);
  if (found === undefined) {
    throw new Obstacle(
      `there is no connection ${id} to import. Check the id, and that the credentials are those of its source org.`,
    );
  }
  await assertSource(org, found);
  const sink = found.sinkOrg?.id.toLowerCase();
  const differences = [
    ...(sink === sinkOrgId ? [] : [difference("sinkOrgId", sink, sinkOrgId)]),
    ...(sameTypes(found.connectionTypes, connectionTypes)
      ? []
      : [difference("connectionTypes", canonicalTypes(found.connectionTypes), connectionTypes)]),
  ];
  if (differences.length === 0) return { connection: found, origin: "adopted" };
  throw new Obstacle(
    `the connection ${id} can't be imported: ${differences.join(" and ")}. Nothing was changed. ` +
      "Make the program equal, and change it after the import; or, where it was imported before, " +
      "remove the option import.",
  );
}

async function adopted(
  org: SourceOrg,
  existing: Connection,
  wanted: readonly string[],
): Promise<Brought> {
  await assertSource(org, existing);
  if (sameTypes(existing.connectionTypes, wanted))
    return { connection: existing, origin: "adopted" };
  const { connectionTypes } = await org.update(existing.id, wanted);
  return { connection: { ...existing, connectionTypes }, origin: "adopted" }; // the answer lacks names
}

/** A connection can only be changed by its source. */
async function assertSource(org: SourceOrg, connection: Connection): Promise<void> {
  if ((await org.isSourceOf(connection)) !== false) return;
  const { id, sourceOrg } = connection;
  throw new Obstacle(
    `the source of the connection ${id} is the org ${sourceOrg?.id}, to which these credentials don't ` +
      "belong. Nothing was changed. Use the credentials of the source org.",
  );
}

function waysToAdopt(existing: Connection | undefined): string {
  if (existing === undefined) return "A pair of orgs has at most one connection.";
  return (
    `A pair of orgs has at most one connection, and this one has the id ${existing.id}. To manage ` +
    `it, set \`adoptExisting: true\` in its arguments, or the option \`{ import: "${existing.id}" }\`. ` +
    "Where a resource was renamed, the option `aliases` keeps its connection."
  );
}

function difference(property: string, actual: unknown, declared: unknown): string {
  return `${property} is ${JSON.stringify(actual)} in Datadog, but ${JSON.stringify(declared)} in the program`;
}
