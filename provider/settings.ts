import { parseBaseUrl } from "./api/base-url";
import type { ClientOptions } from "./api/client";
import { siteNames, siteUrl } from "./api/sites";
import type { Credentials } from "./api/transport";
import { UserError } from "./errors";

/** Where settings come from: the stack's configuration by full key, and the environment. */
export interface SettingsSources {
  readonly config: { get(key: string): string | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const namespace = "datadog-org-connections";

/**
 * The places of each setting, most specific first. A name with a colon is a key of the stack's
 * configuration, any other a variable of the environment.
 */
const places = {
  apiKey: [`${namespace}:apiKey`, "datadog:apiKey", "DD_API_KEY", "DATADOG_API_KEY"],
  appKey: [`${namespace}:appKey`, "datadog:appKey", "DD_APP_KEY", "DATADOG_APP_KEY"],
  bearerToken: [
    `${namespace}:bearerToken`,
    "datadog:bearerToken",
    "DD_BEARER_TOKEN",
    "DATADOG_BEARER_TOKEN",
  ],
  address: [
    `${namespace}:apiUrl`,
    `${namespace}:site`,
    "datadog:apiUrl",
    "DD_HOST",
    "DATADOG_HOST",
    "DD_SITE",
    "DATADOG_SITE",
  ],
  maxRetries: [`${namespace}:maxRetries`],
  timeoutSeconds: [`${namespace}:timeoutSeconds`],
} as const;

const defaults = { site: "datadoghq.com", maxRetries: 4, timeoutSeconds: 30 };

interface Setting {
  /** The place that it was found in. */
  readonly place: string;
  /** The place's position among the places of this setting: the lower, the more specific. */
  readonly rank: number;
  readonly value: string;
}

/**
 * Finds out how Datadog is called.
 *
 * @throws UserError for a value that can't be used, and where credentials are missing.
 */
export function resolveSettings(sources: SettingsSources): ClientOptions {
  const find = (setting: keyof typeof places) => findSetting(places[setting], sources);
  return {
    baseUrl: baseUrl(find("address")),
    credentials: credentials(find("apiKey"), find("appKey"), find("bearerToken")),
    maxRetries: wholeNumber(find("maxRetries"), defaults.maxRetries, { from: 0, to: 20 }),
    timeoutSeconds: wholeNumber(find("timeoutSeconds"), defaults.timeoutSeconds, {
      from: 1,
      to: 600,
    }),
  };
}

/** The first place that holds a value; an empty one counts as not set. */
function findSetting(
  names: readonly string[],
  { config, environment }: SettingsSources,
): Setting | undefined {
  for (const [rank, place] of names.entries()) {
    const value = place.includes(":") ? config.get(place) : environment[place];
    if (value) return { place, rank, value };
  }
  return undefined;
}

/** The token or the pair of keys, whichever was set in the more specific place. */
function credentials(
  apiKey: Setting | undefined,
  appKey: Setting | undefined,
  token: Setting | undefined,
): Credentials {
  const rankOfKeys = Math.min(apiKey?.rank ?? Infinity, appKey?.rank ?? Infinity);
  if (token && token.rank <= rankOfKeys) return { bearerToken: headerValue(token) };
  if (apiKey && appKey) return { apiKey: headerValue(apiKey), appKey: headerValue(appKey) };
  const missing =
    apiKey || appKey
      ? `${(apiKey ?? appKey)?.place} is set, but the ${apiKey ? "application" : "API"} key isn't`
      : "neither a pair of keys nor a bearer token is set";
  throw new UserError(
    "Missing Datadog credentials",
    `${missing}. Set an API key (${listed(places.apiKey)}) and an application key ` +
      `(${listed(places.appKey)}), or a bearer token (${listed(places.bearerToken)}). ` +
      "Names with a colon are set with `pulumi config set --secret`, the others in the environment.",
  );
}

/** A credential is sent as a header; a line break in it would begin another one. */
function headerValue({ place, value }: Setting): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value;
  throw invalid(
    place,
    "holds a space, a line break or another character that no key has. Set the key alone.",
  );
}

function baseUrl(setting: Setting | undefined): string {
  const { place, value } = setting ?? { place: "", value: defaults.site };
  if (place === "" || /site$/i.test(place)) {
    const url = siteUrl(value);
    if (url !== undefined) return url;
    throw invalid(
      place,
      `is "${value}", which is no Datadog site. Known sites: ${listed(siteNames)}. ` +
        `Any other address can be set as ${namespace}:apiUrl.`,
    );
  }
  const parsed = parseBaseUrl(value);
  if ("url" in parsed) return parsed.url;
  throw invalid(place, `${parsed.problem}. Set it to the base address of Datadog's API.`);
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
    setting.place,
    `is "${setting.value}". Set it to a whole number from ${from} to ${to}.`,
  );
}

function invalid(place: string, problem: string): UserError {
  return new UserError("Invalid configuration", `${place} ${problem}`);
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
