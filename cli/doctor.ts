import type { Command } from "commander";
import type { Connection } from "../provider/api/connection";
import { hasStatus } from "../provider/api/errors";
import type { User } from "../provider/api/wire";
import { UserError, withUserErrors } from "../provider/errors";
import type { Org } from "../provider/org";
import { addCommand, type CommonOptions, exitCodes } from "./options";
import { cut, escapeText, listed, pluralize, print, printJson } from "./output";
import { inParallel, orgOf, type Profile, profilesToQuery, succeeded } from "./query-orgs";
import { readSources, type ToolSources } from "./sources";

/** What was found out about a profile's org, and the first problem. */
interface Diagnosis {
  readonly profile: Profile;
  /** Whether a refresh reads with it: the setting `readProfile`. */
  readonly isReader?: boolean;
  readonly apiUrl?: string;
  readonly credentials?: "keys" | "token";
  readonly orgId?: string;
  readonly orgName?: string;
  /** `null` if Datadog doesn't say which user it is. */
  readonly user?: User | null;
  /** Whether the user's roles allow it. `null` if Datadog doesn't say it. */
  readonly canRead?: boolean | null;
  readonly canWrite?: boolean | null;
  /** The number of connections, as source or sink. */
  readonly connections?: number;
  readonly asSource?: number;
  readonly asSink?: number;
  /** Who created the connections of which the org is the source. */
  readonly creators?: readonly Creator[];
  /** Why some creators are unknown. */
  readonly creatorsProblem?: string;
  /** The message for the user, with what to do next. */
  readonly problem?: string;
}

/** An account, and how many connections it created; `null` for what is unknown. */
interface Creator {
  readonly id: string | null;
  readonly name: string | null;
  readonly isServiceAccount: boolean | null;
  readonly isDisabled: boolean | null;
  readonly connections: number;
}

type Findings = Omit<Diagnosis, "profile" | "isReader" | "problem">;

const mostLookups = 100;
const lookupsAtOnce = 5;

export function addDoctorCommand(program: Command): void {
  addCommand(program, "doctor", runDoctor)
    .description("check the keys, permissions and site of every org, and who created connections")
    .addHelpText("after", "\nExit code 1 if there is a problem. JSON: ok, profiles.");
}

async function runDoctor(options: CommonOptions): Promise<number> {
  const sources = await readSources(options);
  const { readProfile } = sources.settings;
  const profiles = new Set(profilesToQuery(sources, options.profile));
  if (options.profile === undefined && readProfile !== undefined) profiles.add(readProfile);
  const diagnoses = succeeded(
    await inParallel([...profiles], async (profile) => ({
      ...(await diagnose(sources, profile)),
      isReader: profile !== undefined && profile === readProfile,
    })),
  );
  const ok = diagnoses.every(({ problem }) => problem === undefined);
  if (options.json) printJson({ ok, profiles: diagnoses.map(asJson) });
  else print(diagnoses.map(asText).join("\n\n"));
  return ok ? exitCodes.success : exitCodes.failure;
}

/** Checks a profile and stops at the first problem. It only sends GETs. */
async function diagnose(sources: ToolSources, profile: Profile): Promise<Diagnosis> {
  let findings: Findings = {};
  try {
    const org = orgOf(sources, profile);
    const { baseUrl, credentials } = sources.settings.of(profile);
    const hasKeys = "apiKey" in credentials;
    findings = { apiUrl: baseUrl, credentials: hasKeys ? "keys" : "token" };
    const whose = hasKeys ? "Cannot validate the API key" : "Cannot find out whose token it is";
    findings = { ...findings, ...(await withUserErrors("validate", whose, () => ownerOf(org))) };
    const action = hasKeys
      ? "The API key is valid, but the org connections could not be listed"
      : "Cannot list the org connections";
    findings = { ...findings, ...(await withUserErrors("list", action, () => connectionsOf(org))) };
    await withUserErrors("validate", "The org check failed", () => org.assertExpected());
    return { profile, ...findings };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { profile, ...findings, problem: error.message };
  }
}

async function ownerOf(org: Org): Promise<Findings> {
  const { orgId, orgName, user, permissions } = await org.identity();
  return {
    ...(orgId !== undefined && { orgId }),
    ...(orgName !== undefined && { orgName }),
    user: user ?? null,
    canRead: permissions?.includes("org_connections_read") ?? null,
    canWrite: permissions?.includes("org_connections_write") ?? null,
  };
}

async function connectionsOf(org: Org): Promise<Findings> {
  const connections = [...(await org.list()).values()];
  const orgId = await org.ownId();
  if (orgId === undefined) return { connections: connections.length };
  const asSource = connections.filter(({ sourceOrgId }) => sourceOrgId === orgId);
  const asSink = connections.filter(({ sinkOrgId }) => sinkOrgId === orgId);
  const { orgName = asSource[0]?.sourceOrgName ?? asSink[0]?.sinkOrgName } = await org.identity();
  return {
    orgId,
    ...(orgName !== undefined && { orgName }),
    connections: connections.length,
    asSource: asSource.length,
    asSink: asSink.length,
    ...(await creatorsOf(org, asSource)),
  };
}

/**
 * Looks each creator up once, those of most connections first; at most 100. A failure isn't a problem
 * of the connections, and ends the lookups: the next one would fail too.
 */
async function creatorsOf(org: Org, connections: readonly Connection[]): Promise<Findings> {
  const created = [...Map.groupBy(connections, ({ createdBy }) => createdBy)]
    .map(([id, all]) => ({ id, name: all[0]?.createdByName, connections: all.length }))
    .sort((a, b) => b.connections - a.connections);
  const { user: own } = await org.identity();
  const users = new Map(own && [[own.id, own]]);
  const ids = created.flatMap(({ id }) => (id === undefined || users.has(id) ? [] : id));
  let problem: string | undefined;
  const lookUp = async (id: string): Promise<void> => {
    if (problem !== undefined) return;
    try {
      users.set(id, await org.client.user(id));
    } catch (error) {
      if (hasStatus(error, 404)) return; // a user of another org
      problem ??= await reasonOf(error);
    }
  };
  await inParallel(ids.slice(0, mostLookups), lookUp, lookupsAtOnce);
  const leftOut = ids.length - mostLookups;
  if (leftOut > 0) problem ??= `${pluralize(leftOut, "account")} weren't looked up`;
  const creators = created.map(({ id, name, connections }): Creator => {
    const user = id === undefined ? undefined : users.get(id);
    return {
      id: id ?? null,
      name: user?.name ?? name ?? null,
      isServiceAccount: user?.isServiceAccount ?? null,
      isDisabled: user?.isDisabled ?? null,
      connections,
    };
  });
  return { creators, ...(problem !== undefined && { creatorsProblem: problem }) };
}

async function reasonOf(error: unknown): Promise<string> {
  const failed = withUserErrors("validate", "they can't be looked up", () => Promise.reject(error));
  return failed.catch((reason: Error) => reason.message);
}

function asJson(diagnosis: Diagnosis): object {
  const { profile, apiUrl, credentials, orgId, orgName, user, problem } = diagnosis;
  return {
    profile: profile ?? null,
    ok: problem === undefined,
    problem: problem ?? null,
    readProfile: diagnosis.isReader ?? false,
    apiUrl: apiUrl ?? null,
    credentials: credentials ?? null,
    orgId: orgId ?? null,
    orgName: orgName ?? null,
    user: user ? { id: user.id, name: user.name, isServiceAccount: user.isServiceAccount } : null,
    canRead: diagnosis.canRead ?? null,
    canWrite: diagnosis.canWrite ?? null,
    connections: diagnosis.connections ?? null,
    connectionsAsSource: diagnosis.asSource ?? null,
    connectionsAsSink: diagnosis.asSink ?? null,
    creators: diagnosis.creators ?? null,
  };
}

const credentialNames = { keys: "API key and application key", token: "bearer token" };

function asText(diagnosis: Diagnosis): string {
  const { profile, isReader, apiUrl, credentials, orgId, orgName, problem } = diagnosis;
  const facts: [string, string | undefined][] = [
    ["API", apiUrl],
    ["credentials", credentials && credentialNames[credentials]],
    ["org", orgName === undefined ? orgId : `${cut(orgName)} (${orgId})`],
    ["user", userText(diagnosis)],
    ["roles", rolesText(diagnosis)],
    ["connections", counts(diagnosis)],
    ["created", creatorsText(diagnosis)],
    [
      "readProfile",
      isReader ? "a refresh reads the connections above with these credentials" : undefined,
    ],
    ["problem", problem],
    ["result", problem === undefined ? "ok: the connections can be read" : undefined],
  ];
  return [
    profile === undefined ? "credentials without a profile" : `profile ${escapeText(profile)}`,
    ...facts.flatMap(([name, fact]) =>
      fact === undefined ? [] : [`  ${name.padEnd(11)}  ${escapeText(fact)}`],
    ),
  ].join("\n");
}

function userText({ user }: Diagnosis): string | undefined {
  if (user === undefined) return undefined;
  if (user === null) return "unknown: Datadog doesn't say it for these credentials";
  return `${cut(user.name)}, ${user.isServiceAccount ? "a service account" : "a person"}`;
}

function rolesText({ canRead, canWrite }: Diagnosis): string | undefined {
  if (typeof canRead !== "boolean") return undefined;
  const allowed = canWrite
    ? `allow ${canRead ? "reading and writing" : "writing, but not reading"}`
    : `allow ${canRead ? "reading, but not writing" : "neither reading nor writing"}`;
  return `${allowed}; a key or token with scopes may allow less`;
}

function counts({ connections, asSource, asSink }: Diagnosis): string | undefined {
  return asSource === undefined
    ? connections?.toString()
    : `${asSource} as source, ${asSink} as sink`;
}

/** By whom the connections were created; the names only of accounts that put connections at risk. */
function creatorsText({ creators, creatorsProblem }: Diagnosis): string | undefined {
  if (creators === undefined || creators.length === 0) return undefined;
  const group = (isIn: (creator: Creator) => boolean, by: string, namesThem = true) => {
    const found = creators.filter(isIn);
    if (found.length === 0) return [];
    const count = found.reduce((sum, { connections }) => sum + connections, 0);
    const names = found.flatMap(({ name }) => name ?? []);
    return `${count} by ${by}${namesThem && names.length > 0 ? ` (${listed(names)})` : ""}`;
  };
  const groups = [
    group(
      ({ isDisabled, isServiceAccount }) => isDisabled === false && isServiceAccount === true,
      "service accounts",
      false,
    ),
    group(
      ({ isDisabled, isServiceAccount }) => isDisabled === false && isServiceAccount === false,
      "people",
    ),
    group(({ isDisabled }) => isDisabled === true, "deactivated accounts"),
    group(({ isDisabled }) => isDisabled === null, "unknown accounts"),
  ].flat();
  return groups.join(", ") + (creatorsProblem === undefined ? "" : `; ${creatorsProblem}`);
}
