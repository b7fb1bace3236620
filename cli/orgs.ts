import type { Command } from "commander";
import { hasStatus } from "../provider/api/errors";
import { ofProfile } from "../provider/identity";
import { shownKey } from "../provider/profile-names";
import { addCommand, type CommonOptions, type Output } from "./options";
import { compare, note, table } from "./output";
import { type Profile, type QueriedOrg, queryProfiles } from "./query-orgs";

interface SeenOrg {
  readonly id: string;
  readonly name?: string | undefined;
  /** Set if the credentials belong to this org. */
  readonly own?: { readonly profile: Profile };
}

export function addOrgsCommand(program: Command): void {
  addCommand(program, "orgs", runOrgs)
    .description(
      "list the names and UUIDs of your orgs, of those they manage, and of those they share with",
    )
    .addHelpText(
      "after",
      "\nOnly the credentials of a parent org see the orgs that it manages. JSON: orgs.",
    );
}

async function runOrgs(options: CommonOptions): Promise<Output> {
  const seen = await queryProfiles(options, seenOrgs);
  const orgs = [...Map.groupBy(seen.flat(), ({ id }) => id)]
    .map(merged)
    .sort((a, b) => compare(a.name ?? "", b.name ?? "") || compare(a.id, b.id));
  const headings = ["NAME", "ID", "CREDENTIALS"];
  const text = () => (orgs.length === 0 ? "No orgs are known." : table(headings, orgs.map(row)));
  return { json: { orgs }, text };
}

async function seenOrgs({ profile, org }: QueriedOrg): Promise<SeenOrg[]> {
  const { orgName } = await org.identity();
  const ownId = await org.ownId();
  if (ownId === undefined) {
    note(`Cannot determine which org the credentials${ofProfile(profile)} belong to.`);
  }
  const managed = await org.client.managedOrgs().catch((error: unknown) => {
    if (hasStatus(error, 401, 403, 404)) return []; // not a parent org
    throw error;
  });
  const connected = [...(await org.list()).values()].flatMap((connection) => [
    { id: connection.sourceOrgId, name: connection.sourceOrgName },
    { id: connection.sinkOrgId, name: connection.sinkOrgName },
  ]);
  return [{ id: ownId, name: orgName, own: { profile } }, ...managed, ...connected].flatMap(
    ({ id, ...rest }) => (id === undefined ? [] : { id, ...rest }),
  );
}

/** Makes one org of what several credentials and connections say of it. */
function merged([id, seen]: [string, readonly SeenOrg[]]) {
  const own = seen.flatMap((org) => org.own ?? []);
  return {
    id,
    name: seen.find(({ name }) => name)?.name ?? null,
    own: own.length > 0,
    profiles: own.flatMap(({ profile }) => profile ?? []),
  };
}

function row({ id, name, own, profiles }: ReturnType<typeof merged>): string[] {
  const credentials =
    profiles.length > 0 ? `profile ${profiles.map(shownKey).join(", ")}` : "without a profile";
  return [name ?? "", id, own ? credentials : ""];
}
