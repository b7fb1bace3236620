import type { Clock } from "./api/clock";
import { type Connection, normalizeTypes, sameTypes } from "./api/connection";
import { AlreadyConnectedError, hasStatus } from "./api/errors";
import { UserError } from "./errors";
import { assertSource } from "./identity";
import type { OrgConnectionInputs } from "./inputs";
import type { Org } from "./org";
import type { Ownership } from "./ownership";

/**
 * The pauses before each POST. It is sent again if the existing connection was being deleted, and once
 * if the list doesn't show the existing connection.
 */
const pausesSeconds = [0, 0, 1, 2, 4];

/** What a resource declares, and what is needed to get it. */
export interface Creation {
  readonly inputs: OrgConnectionInputs;
  /** `undefined` with the dynamic provider. */
  readonly urn: string | undefined;
  readonly org: Org;
  readonly ownership: Ownership;
  readonly clock: Clock;
}

/**
 * Gets the connection that a resource declares: imports it, creates it, or adopts the existing one if
 * the program allows that. Never takes over a connection that this operation is deleting: once it is
 * deleted, a new one is created.
 *
 * @throws UserError if the program and Datadog disagree.
 */
export async function createOrAdopt(creation: Creation): Promise<Connection> {
  const { inputs, org, ownership, clock } = creation;
  await assertReplaceable(org, ownership.sourcesOf(inputs));
  if (inputs.importId !== undefined && !ownership.isReplacementFor(inputs.importId, inputs)) {
    const imported = await importExisting(inputs.importId, creation);
    if (imported) return imported;
  }
  let wasRefused = false;
  for (const seconds of pausesSeconds) {
    if (seconds > 0) await clock.wait(seconds);
    try {
      const created = await createNew(creation);
      if (created) return created;
    } catch (error) {
      if (!(error instanceof AlreadyConnectedError)) throw error;
      const adopted = error.existing && (await adopt(error.existing, error, creation));
      if (adopted) return adopted;
      if (wasRefused && error.existing === undefined) throw new UserError(withAdvice(error));
      wasRefused = true;
    }
  }
  throw new UserError(
    "Datadog still reports the connection that this update deleted. Run `pulumi up` again.",
  );
}

/**
 * Checks that the credentials belong to the sources of what they replace. If `orgId` is set, it decides
 * instead.
 */
export async function assertReplaceable(org: Org, sources: Iterable<string>): Promise<void> {
  if (org.expectedOrgId !== undefined) return org.assertExpected();
  for (const source of sources) {
    assertSource(await org.identity(), source, "the connection that is replaced");
  }
}

/**
 * @returns `undefined` if the connection found in the list is one that this operation deleted.
 * @throws AlreadyConnectedError if the two orgs are already connected.
 */
async function createNew(creation: Creation): Promise<Connection | undefined> {
  const { inputs, urn, org, ownership } = creation;
  const { sinkOrgId, connectionTypes } = inputs;
  try {
    const { connection, isConfirmed } = await org.create(sinkOrgId, connectionTypes);
    if (!isConfirmed) {
      // The list to the own org shows what others share with it.
      const ownId = await org.ownId().catch(() => undefined);
      if (ownId === sinkOrgId) throw sameOrg(sinkOrgId, "Datadog didn't answer the creation");
      return await ownership.takeOver(connection.id, urn, async () => connection);
    }
    ownership.recordOwner(connection.id, urn);
    return connection;
  } catch (error) {
    if (!hasStatus(error, 400) || !(await org.credentialsBelongTo(sinkOrgId))) throw error;
    throw sameOrg(sinkOrgId, error.message);
  }
}

function sameOrg(sinkOrgId: string, reason: string): UserError {
  return new UserError(
    `${reason}. The source and the sink are the same org: the credentials belong to ${sinkOrgId}, which ` +
      "is sinkOrgId. Set the credentials of the org that shares its data.",
  );
}

/**
 * Takes over the connection that the option `import` names; it must match what the program declares.
 *
 * @returns `undefined` if it was deleted in this operation.
 */
function importExisting(id: string, creation: Creation): Promise<Connection | undefined> {
  const { inputs, urn, org, ownership } = creation;
  return ownership.takeOver(id, urn, async () => {
    const found = await org.byId(id);
    if (found === undefined) {
      throw new UserError(
        `there is no connection ${id} to import. Check the id, and that the credentials belong to its ` +
          "source org. If it was imported before and deleted since, remove the option import, and " +
          "a new one is created.",
      );
    }
    await assertOwnSource(org, found);
    assertAsDeclared(found, inputs);
    return found;
  });
}

/** Only its source org can manage a connection, but Datadog also lists it for its sink. */
export async function assertOwnSource(org: Org, { id, sourceOrgId }: Connection): Promise<void> {
  if (sourceOrgId === undefined) {
    throw new UserError(
      `Datadog doesn't name the source org of the connection ${id}, so it can't be taken over. ` +
        "Delete it in Datadog and let the program create it.",
    );
  }
  assertSource(await org.identity(), sourceOrgId, `the connection ${id}`);
}

function assertAsDeclared(
  found: Connection,
  { sinkOrgId, connectionTypes }: OrgConnectionInputs,
): void {
  const differences = [
    ["sinkOrgId", found.sinkOrgId, sinkOrgId],
    ["connectionTypes", found.connectionTypes, normalizeTypes(connectionTypes)],
  ].flatMap(([property, ...values]) => {
    const [actual, declared] = values.map((value) => JSON.stringify(value));
    const difference = `${property} is ${actual} in Datadog, but ${declared} in the program`;
    return actual === declared ? [] : [difference];
  });
  if (differences.length === 0) return;
  throw new UserError(
    `the connection ${found.id} can't be imported: ${differences.join(" and ")}. Nothing was changed. ` +
      "Declare it as it is in Datadog, and change it after the import. If it was imported before, " +
      "remove the option import.",
  );
}

/**
 * Takes over the existing connection, and gives it the declared types.
 *
 * @returns `undefined` if it is gone.
 */
async function adopt(
  existing: Connection,
  conflict: AlreadyConnectedError,
  { inputs, urn, org, ownership }: Creation,
): Promise<Connection | undefined> {
  const { adoptExisting, connectionTypes: types } = inputs;
  return ownership.takeOver(existing.id, urn, async () => {
    if (!adoptExisting) throw new UserError(withAdvice(conflict));
    await assertOwnSource(org, existing);
    const { connectionTypes } = sameTypes(existing.connectionTypes, types)
      ? existing
      : await org.update(existing.id, types, existing);
    return { ...existing, connectionTypes }; // the answer to an update has no names
  });
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
