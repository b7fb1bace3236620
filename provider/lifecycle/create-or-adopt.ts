import { type Connection, normalizeTypes, sameTypes } from "../api/connection";
import { AlreadyConnectedError } from "../api/errors";
import { UserError } from "../errors";
import type { OrgConnectionInputs } from "../inputs";
import type { Org } from "../orgs/org";
import type { ManagedConnections } from "./managed-connections";

/**
 * Gets the connection that a resource declares: imports it, adopts it if the program allows that, or
 * creates it. Never takes over a connection that this update is deleting: once it is deleted, a new
 * one is created.
 *
 * @throws UserError if the program and Datadog disagree; nothing was changed then.
 */
export async function createOrAdopt(
  org: Org,
  inputs: OrgConnectionInputs,
  managed: ManagedConnections,
): Promise<Connection> {
  await org.assertExpectedOrg();
  for (const source of managed.sourcesOf(inputs)) {
    await org.assertSource(source, "the connection that is replaced");
  }
  const { importId, sinkOrgId, connectionTypes, adoptExisting } = inputs;
  if (importId !== undefined && !managed.isReplacedBy(importId, inputs)) {
    const imported = await importExisting(org, importId, inputs, managed);
    if (imported) return imported;
  }
  let existing = adoptExisting ? await org.bySinkInSnapshot(sinkOrgId) : undefined;
  for (let conflict: AlreadyConnectedError | undefined; ; ) {
    const adopted = existing && (await adopt(org, existing, inputs, managed, conflict));
    if (adopted) return adopted;
    try {
      const created = await org.create(sinkOrgId, connectionTypes);
      const taken = await managed.take(created.id, async () => created);
      if (taken) return taken;
      existing = undefined; // the client mistook one for it that this process has just deleted
    } catch (error) {
      if (!(error instanceof AlreadyConnectedError)) throw error;
      // If it isn't the same connection as before, that one is gone by now: try again.
      const isSame = error.existing?.id === existing?.id;
      if (isSame && (conflict || existing)) throw new UserError(withAdvice(error));
      conflict = error;
      existing = conflict.existing;
    }
  }
}

/**
 * The connection that the option `import` names; it must match what the program declares.
 *
 * @returns `undefined` if it was managed before and is gone: the import happened long ago.
 */
function importExisting(
  org: Org,
  id: string,
  inputs: OrgConnectionInputs,
  managed: ManagedConnections,
): Promise<Connection | undefined> {
  const read = async () => {
    const found = await org.byId(id);
    if (found === undefined) {
      throw new UserError(
        `there is no connection ${id} to import. Check the id, and that the credentials belong to its ` +
          "source org. If it was imported before and deleted since, remove the option import, and " +
          "a new one is created.",
      );
    }
    await assertSource(org, found);
    assertAsDeclared(found, inputs);
    return found;
  };
  return managed.take(id, read, inputs);
}

function assertAsDeclared(found: Connection, declared: OrgConnectionInputs): void {
  const differences = [
    ...(found.sinkOrgId === declared.sinkOrgId
      ? []
      : [difference("sinkOrgId", found.sinkOrgId, declared.sinkOrgId)]),
    ...(sameTypes(found.connectionTypes, declared.connectionTypes)
      ? []
      : [
          difference(
            "connectionTypes",
            found.connectionTypes,
            normalizeTypes(declared.connectionTypes),
          ),
        ]),
  ];
  if (differences.length === 0) return;
  throw new UserError(
    `the connection ${found.id} can't be imported: ${differences.join(" and ")}. Nothing was changed. ` +
      "Declare it as it is in Datadog, and change it after the import. If it was imported before, " +
      "remove the option import.",
  );
}

function difference(property: string, actual: unknown, declared: unknown): string {
  return `${property} is ${JSON.stringify(actual)} in Datadog, but ${JSON.stringify(declared)} in the program`;
}

/**
 * Takes over a connection that exists, and gives it the declared types.
 *
 * @param conflict The error to report if the program doesn't allow adoption.
 * @returns `undefined` if it was deleted in this update.
 */
function adopt(
  org: Org,
  existing: Connection,
  inputs: OrgConnectionInputs,
  managed: ManagedConnections,
  conflict: AlreadyConnectedError | undefined,
): Promise<Connection | undefined> {
  const { id } = existing;
  const change = async () => {
    if (conflict && !inputs.adoptExisting) throw new UserError(withAdvice(conflict));
    await assertSource(org, existing);
    const { connectionTypes } = sameTypes(existing.connectionTypes, inputs.connectionTypes)
      ? existing
      : await org.update(id, inputs.connectionTypes);
    return { ...existing, connectionTypes }; // the answer to an update has no names
  };
  return managed.take(id, change, inputs);
}

/** Only its source org can change a connection, but Datadog also lists it for its sink. */
async function assertSource(org: Org, { id, sourceOrgId }: Connection): Promise<void> {
  if (sourceOrgId === undefined) {
    throw new UserError(
      `Datadog doesn't name the source org of the connection ${id}, so it can't be taken over. ` +
        "Delete it in Datadog and let the program create it.",
    );
  }
  await org.assertSource(sourceOrgId, `the connection ${id}`);
}

function withAdvice({ message, existing }: AlreadyConnectedError): string {
  if (existing === undefined) return `${message}. A pair of orgs can have only one connection.`;
  return (
    `${message}. A pair of orgs can have only one connection; the existing one has the id ${existing.id}. ` +
    `To manage it, set \`adoptExisting: true\` in its arguments, or the option \`{ import: "${existing.id}" }\`. ` +
    "If this resource manages it already and is being replaced (`--replace`, `pulumi state taint`), " +
    "set the option `deleteBeforeReplace: true`. If a resource was renamed, the option `aliases` " +
    "keeps its connection."
  );
}
