import type { Command } from "commander";
import { hasStatus } from "../provider/api/errors";
import type { ManagedOrg } from "../provider/api/wire";
import { ofProfile } from "../provider/identity";
import { compare } from "./connections";
import { addCommand, type CommonOptions, exitCodes } from "./options";
import { note, print, printJson, table } from "./output";
import { type Profile, profilesToQuery, type QueriedOrg, queryEach } from "./query-orgs";
import { readSources } from "./sources";

/** What the credentials of a profile see. */
interface SeenOrgs {
  readonly profile: Profile;
  readonly ownId: string | undefined;
  readonly orgs: readonly ManagedOrg[];
}

/** An org, and the profiles whose credentials belong to it. */
interface ListedOrg {
  readonly id: string;
  readonly name: string | null;
  readonly own: boolean;
  readonly profiles: readonly string[];
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

async function runOrgs(options: CommonOptions): Promise<number> {
  const sources = await readSources(options);
  const seen = await queryEach(sources, profilesToQuery(sources, options.profile), seenBy);
  const orgs = merged(seen);
  if (options.json) printJson({ orgs });
  else if (orgs.length === 0) print("No orgs are known.");
  else print(table(["NAME", "ID", "CREDENTIALS"], orgs.map(row)));
  return exitCodes.success;
}

async function seenBy({ profile, org }: QueriedOrg): Promise<SeenOrgs> {
  const { orgName } = await org.identity();
  const ownId = await org.ownId();
  if (ownId === undefined) {
    note(`Cannot determine which org the credentials${ofProfile(profile)} belong to.`);
  }
  const managed = await org.client.managedOrgs().catch((error: unknown) => {
    if ([401, 403, 404].some((status) => hasStatus(error, status))) return []; // not a parent org
    throw error;
  });
  const connected = [...(await org.list()).values()].flatMap((connection) => [
    named(connection.sourceOrgId, connection.sourceOrgName),
    named(connection.sinkOrgId, connection.sinkOrgName),
  ]);
  return { profile, ownId, orgs: [named(ownId, orgName), ...managed, ...connected].flat() };
}

function named(id: string | undefined, name: string | undefined): ManagedOrg[] {
  return id === undefined ? [] : [{ id, ...(name !== undefined && { name }) }];
}

/** Each org once, by name. */
function merged(seen: readonly SeenOrgs[]): ListedOrg[] {
  const names = new Map<string, string | null>();
  for (const { id, name } of seen.flatMap(({ orgs }) => orgs)) {
    names.set(id, names.get(id) || (name ?? null));
  }
  const own = Map.groupBy(seen, ({ ownId }) => ownId);
  return [...names]
    .map(([id, name]) => {
      const queried = own.get(id) ?? [];
      const profiles = queried.flatMap(({ profile }) => profile ?? []);
      return { id, name, own: queried.length > 0, profiles };
    })
    .sort((a, b) => compare(a.name ?? "", b.name ?? "") || compare(a.id, b.id));
}

function row({ id, name, own, profiles }: ListedOrg): string[] {
  const credentials = profiles.length > 0 ? `profile ${profiles.join(", ")}` : "without a profile";
  return [name ?? "", id, own ? credentials : ""];
}
