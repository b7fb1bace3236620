import { is, pipe, string, uuid } from "valibot";
import { parseBaseUrl, withoutSecrets } from "../api/base-url";
import type { ClientOptions } from "../api/endpoints";
import { siteNames, siteUrl } from "../api/sites";
import type { Credentials } from "../api/transport";
import { UserError } from "../errors";
import {
  apiUrlName,
  profileNames,
  profileSources,
  type SettingSource,
  type SettingSources,
  type SettingsSources,
  topLevelSources,
} from "./setting-sources";

const defaults = { maxRetries: 4, timeoutSeconds: 30 };
const defaultSite = { name: "", rank: 0, value: "datadoghq.com", isSite: true };

/** How the API of one source org is called, and which org it must be, if set. */
export interface OrgSettings extends ClientOptions {
  readonly orgId: string | undefined;
}

/** A source that has a value. */
interface Setting {
  readonly name: string;
  /** The lower, the more specific. All environment variables have the same rank. */
  readonly rank: number;
  readonly value: string;
  readonly isSite: boolean;
}

/**
 * Resolves the settings for one org from their sources.
 *
 * @param profile The credential profile. By default, the top-level credentials are used.
 * @throws UserError if a value is invalid or credentials are missing.
 */
export function resolveSettings(sources: SettingsSources, profile?: string): OrgSettings {
  const found = sourcesOf(sources, profile);
  return { ...settingsBesideCredentials(found), credentials: credentials(found, profile) };
}

/**
 * Checks the settings of every org, apart from their credentials: an org may have none and not be
 * used.
 *
 * @throws UserError if a value is invalid.
 */
export function checkSettings(sources: SettingsSources): void {
  for (const profile of [undefined, ...profileNames(sources)]) {
    settingsBesideCredentials(sourcesOf(sources, profile));
  }
}

function sourcesOf(sources: SettingsSources, profile: string | undefined): SettingSources {
  return profile === undefined ? topLevelSources(sources) : profileSources(sources, profile);
}

function settingsBesideCredentials(found: SettingSources): Omit<OrgSettings, "credentials"> {
  return {
    baseUrl: baseUrl(firstSet(found.address) ?? defaultSite),
    orgId: orgId(firstSet(found.orgId)),
    maxRetries: wholeNumber(firstSet(found.maxRetries), defaults.maxRetries, { from: 0, to: 20 }),
    timeoutSeconds: wholeNumber(firstSet(found.timeoutSeconds), defaults.timeoutSeconds, {
      from: 1,
      to: 600,
    }),
  };
}

/** The first source that has a value; an empty value counts as not set. */
function firstSet(sources: readonly SettingSource[]): Setting | undefined {
  const index = sources.findIndex(({ value }) => value);
  const { name, value, isSite = false } = sources[index] ?? {};
  if (!name || !value) return undefined;
  const rank = name.includes(":") ? index : Number.POSITIVE_INFINITY;
  return { name, rank, value, isSite };
}

/** The token or the pair of keys, whichever has the more specific source. */
function credentials(sources: SettingSources, profile: string | undefined): Credentials {
  const token = firstSet(sources.bearerToken);
  const apiKey = firstSet(sources.apiKey);
  const appKey = firstSet(sources.appKey);
  const isPair = apiKey !== undefined && appKey !== undefined;
  const isOutranked = isPair && token && Math.min(apiKey.rank, appKey.rank) < token.rank;
  if (token && !isOutranked) return { bearerToken: headerValue(token) };
  if (isPair) return { apiKey: headerValue(apiKey), appKey: headerValue(appKey) };
  const half = apiKey ?? appKey;
  const missing = half
    ? `${half.name} is set, but the ${apiKey ? "application" : "API"} key isn't`
    : "neither a pair of keys nor a bearer token is set";
  const [forApiKey, forAppKey, forToken] = [
    sources.apiKey,
    sources.appKey,
    sources.bearerToken,
  ].map((alternatives) => listed(alternatives.map(({ name }) => name)));
  throw new UserError(
    `${missing}. Set an API key (${forApiKey}) and an application key (${forAppKey}), or a bearer ` +
      `token (${forToken}). Names with a colon are set with \`pulumi config set --secret\`` +
      `${profile === undefined ? "" : " and `--path`"}, the others in the environment.`,
    `Missing Datadog credentials${profile === undefined ? "" : ` of the profile "${profile}"`}`,
  );
}

/** A credential is sent as a header; a line break would start another header. */
function headerValue({ name, value }: Setting): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw invalid(
    name,
    "contains a space, a line break or another character that keys don't have. Set only the key.",
  );
}

function baseUrl(setting: Setting): string {
  const { name, value, isSite } = setting;
  if (isSite) {
    const url = siteUrl(value);
    if (url !== undefined) return url;
    throw invalid(
      name,
      `is "${withoutSecrets(value)}", which isn't a known Datadog site. Known sites: ${listed(siteNames)}. ` +
        `Any other address can be set as ${apiUrlName}.`,
    );
  }
  const parsed = parseBaseUrl(value);
  if ("url" in parsed) return parsed.url;
  throw invalid(name, `${parsed.problem}. Set it to the base address of Datadog's API.`);
}

function orgId(setting: Setting | undefined): string | undefined {
  if (setting === undefined || is(pipe(string(), uuid()), setting.value)) {
    return setting?.value.toLowerCase();
  }
  throw invalid(
    setting.name,
    `is "${setting.value}", which isn't a UUID. Set it to the org's UUID.`,
  );
}

function wholeNumber(
  setting: Setting | undefined,
  fallback: number,
  { from, to }: { from: number; to: number },
): number {
  if (setting === undefined) return fallback;
  const value = /^\d+$/.test(setting.value) ? Number(setting.value) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw invalid(
    setting.name,
    `is "${setting.value}". Set it to a whole number from ${from} to ${to}.`,
  );
}

function invalid(name: string, problem: string): UserError {
  return new UserError(`${name} ${problem}`, "Invalid configuration");
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
