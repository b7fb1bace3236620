import type { Command } from "commander";
import type { Connection } from "../provider/api/connection";
import { hasStatus } from "../provider/api/errors";
import type { Answer } from "../provider/api/wire";
import { toUserError, UserError, withUserErrors } from "../provider/errors";
import type { Org } from "../provider/org";
import { shownKey } from "../provider/profile-names";
import type { Settings } from "../provider/settings";
import { addCommand, type CommonOptions, exitCodes, type Output } from "./options";
import { cut, escapeText, listed, pluralize } from "./output";
import { inParallel, type Profile, profilesToQuery, queriedOrg } from "./query-orgs";
import { readSettings } from "./settings";

/** What is known about a profile and its org, as `--json` prints it; `null` if it is unknown. */
class Diagnosis {
  profile: string | null = null;
  ok = true;
  /** The first problem, with what to do next. */
  problem: string | null = null;
  /** Whether the setting `readProfile` names this profile. */
  readProfile = false;
  apiUrl: string | null = null;
  credentials: "keys" | "token" | null = null;
  orgId: string | null = null;
  orgName: string | null = null;
  user: { id: string; name: string; isServiceAccount: boolean } | null = null;
  /** Whether the user's roles allow reading (writing) org connections. */
  canRead: boolean | null = null;
  canWrite: boolean | null = null;
  connections: number | null = null;
  connectionsAsSource: number | null = null;
  connectionsAsSink: number | null = null;
  /** The accounts that created the connections of which the org is the source. */
  creators: ReturnType<typeof creatorOf>[] | null = null;
  /** Why some of these accounts are unknown. */
  creatorsProblem: string | null = null;
}

const mostLookups = 100;
const lookupsAtOnce = 5;
const mostFailures = 3;

export function addDoctorCommand(program: Command): void {
  addCommand(program, "doctor", runDoctor)
    .description("check the keys, permissions and site of every org, and who created connections")
    .addHelpText("after", "\nExit code 1 if there is a problem. JSON: ok, profiles.");
}

async function runDoctor(options: CommonOptions): Promise<Output> {
  const settings = await readSettings(options);
  const { readProfile } = settings;
  const names = new Set(profilesToQuery(settings, options.profile));
  if (options.profile === undefined && readProfile !== undefined) names.add(readProfile);
  const profiles = await inParallel([...names], (profile) => diagnose(settings, profile));
  const ok = profiles.every((diagnosis) => diagnosis.ok);
  const text = () => profiles.map(asText).join("\n\n");
  return { json: { ok, profiles }, text, exitCode: ok ? exitCodes.success : exitCodes.failure };
}

/** Checks a profile and stops at the first problem. It only sends GETs. */
async function diagnose(settings: Settings, profile: Profile): Promise<Diagnosis> {
  const found = new Diagnosis();
  found.profile = profile ?? null;
  found.readProfile = profile !== undefined && profile === settings.readProfile;
  try {
    const { org } = queriedOrg(settings, profile);
    const { baseUrl, credentials } = settings.of(profile);
    found.apiUrl = baseUrl;
    found.credentials = "apiKey" in credentials ? "keys" : "token";
    const { identify, list } = actions[found.credentials];
    await withUserErrors("validate", identify, () => addOwner(org, found));
    await withUserErrors("list", list, () => addConnections(org, found));
    await withUserErrors("validate", "The org check failed", () => org.assertExpected());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    found.ok = false;
    found.problem = error.message;
  }
  return found;
}

const actions = {
  keys: {
    identify: "Cannot validate the API key",
    list: "The API key is valid, but the org connections could not be listed",
  },
  token: {
    identify: "Cannot find out which org and user the token belongs to",
    list: "Cannot list the org connections",
  },
};

async function addOwner(org: Org, diagnosis: Diagnosis): Promise<void> {
  const { orgId, orgName, user, permissions } = await org.identity();
  diagnosis.orgId = orgId ?? null;
  diagnosis.orgName = orgName ?? null;
  if (user) {
    diagnosis.user = { id: user.id, name: user.name, isServiceAccount: user.isServiceAccount };
  }
  diagnosis.canRead = permissions?.includes("org_connections_read") ?? null;
  diagnosis.canWrite = permissions?.includes("org_connections_write") ?? null;
}

async function addConnections(org: Org, diagnosis: Diagnosis): Promise<void> {
  const connections = [...(await org.list()).values()];
  const orgId = await org.ownId();
  diagnosis.connections = connections.length;
  if (orgId === undefined) return;
  const asSource = connections.filter(({ sourceOrgId }) => sourceOrgId === orgId);
  const asSink = connections.filter(({ sinkOrgId }) => sinkOrgId === orgId);
  diagnosis.orgId = orgId;
  diagnosis.orgName ??= asSource[0]?.sourceOrgName ?? asSink[0]?.sinkOrgName ?? null;
  diagnosis.connectionsAsSource = asSource.length;
  diagnosis.connectionsAsSink = asSink.length;
  await addCreators(org, asSource, diagnosis);
}

/**
 * Looks up each creator once, at most 100, starting with those of most connections. A failure isn't a
 * problem of the connections. The lookups end after a refusal, which the others would get too, or after
 * three other failures.
 */
async function addCreators(
  org: Org,
  connections: Connection[],
  diagnosis: Diagnosis,
): Promise<void> {
  const created = [...Map.groupBy(connections, ({ createdBy }) => createdBy)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const { user: own } = await org.identity();
  const users = new Map(own && [[own.id, own]]);
  const ids = created.flatMap(([id]) => (id === undefined || users.has(id) ? [] : id));
  let failures = 0;
  await inParallel(
    ids.slice(0, mostLookups),
    async (id) => {
      if (failures >= mostFailures) return;
      try {
        users.set(id, await org.client.user(id));
      } catch (error) {
        if (hasStatus(error, 404)) return; // a user of another org
        failures += hasStatus(error, 401, 403) ? mostFailures : 1;
        const action = "some accounts can't be looked up";
        diagnosis.creatorsProblem ??= toUserError("validate", action, error).message;
      }
    },
    lookupsAtOnce,
  );
  const leftOut = ids.length - mostLookups;
  if (leftOut > 0) diagnosis.creatorsProblem ??= `${pluralize(leftOut, "account")} not looked up`;
  diagnosis.creators = created.map(([id = "", all]) => creatorOf(all, users.get(id)));
}

/** The account that created these connections. */
function creatorOf(connections: readonly Connection[], user: Answer<"user"> | undefined) {
  return {
    id: connections[0]?.createdBy ?? null,
    name: user?.name ?? connections[0]?.createdByName ?? null,
    isServiceAccount: user?.isServiceAccount ?? null,
    isDisabled: user?.isDisabled ?? null,
    connections: connections.length,
  };
}

function asText(found: Diagnosis): string {
  const { profile, ok, apiUrl, credentials, orgId, orgName, problem } = found;
  const facts = {
    API: apiUrl,
    credentials:
      credentials && { keys: "API key and application key", token: "bearer token" }[credentials],
    org: orgName === null ? orgId : `${cut(orgName)} (${orgId})`,
    user: userText(found),
    roles: rolesText(found),
    connections:
      found.connectionsAsSource === null
        ? found.connections
        : `${found.connectionsAsSource} as source, ${found.connectionsAsSink} as sink`,
    created: creatorsText(found),
    readProfile:
      found.readProfile && "a refresh reads the connections above with these credentials",
    problem,
    result: ok && "ok: the connections can be read",
  };
  return [
    profile === null ? "credentials without a profile" : `profile ${shownKey(profile)}`,
    ...Object.entries(facts)
      .filter(([, fact]) => fact !== null && fact !== false)
      .map(([name, fact]) => `  ${name.padEnd(11)}  ${escapeText(String(fact))}`),
  ].join("\n");
}

function userText({ user, ok }: Diagnosis): string | null {
  if (user !== null) {
    return `${cut(user.name)}, ${user.isServiceAccount ? "a service account" : "a person"}`;
  }
  return ok ? "unknown: Datadog doesn't say it for these credentials" : null;
}

function rolesText({ canRead, canWrite }: Diagnosis): string | null {
  if (canRead === null) return null;
  const allowed = canWrite
    ? `allow ${canRead ? "reading and writing" : "writing, but not reading"}`
    : `allow ${canRead ? "reading, but not writing" : "neither reading nor writing"}`;
  return `${allowed}; a key or token with scopes may allow less`;
}

const kinds = ["service accounts", "people", "deactivated accounts", "unknown accounts"] as const;

function kindOf({
  isServiceAccount,
  isDisabled,
}: ReturnType<typeof creatorOf>): (typeof kinds)[number] {
  if (isDisabled === null) return "unknown accounts";
  if (isDisabled) return "deactivated accounts";
  return isServiceAccount ? "service accounts" : "people";
}

/** Who created the connections; the names only of accounts that put connections at risk. */
function creatorsText({ creators, creatorsProblem }: Diagnosis): string | null {
  if (creators === null || creators.length === 0) return null;
  const groups = Map.groupBy(creators, kindOf);
  const parts = kinds.flatMap((kind) => {
    const found = groups.get(kind);
    if (found === undefined) return [];
    const count = found.reduce((sum, { connections }) => sum + connections, 0);
    const names = kind === "service accounts" ? [] : found.flatMap(({ name }) => name ?? []);
    return `${count} by ${kind}${names.length > 0 ? ` (${listed(names)})` : ""}`;
  });
  return parts.join(", ") + (creatorsProblem === null ? "" : `; ${creatorsProblem}`);
}
