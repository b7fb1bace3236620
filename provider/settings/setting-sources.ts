import * as v from "valibot";
import { parseJson } from "../api/json";
import { UserError } from "../errors";

/** Where settings come from: the stack's configuration by full key, and the environment. */
export interface SettingsSources {
  readonly config: { get(key: string): string | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A possible source of a setting, and its value. */
export interface SettingSource {
  /** The name by which a user sets it; with a colon it is a key of the stack's configuration. */
  readonly name: string;
  readonly value: string | undefined;
  /** Whether the value is the name of a site rather than an address. */
  readonly isSite?: boolean;
}

/** The sources of each setting, most specific first. */
export interface SettingSources {
  readonly apiKey: readonly SettingSource[];
  readonly appKey: readonly SettingSource[];
  readonly bearerToken: readonly SettingSource[];
  readonly address: readonly SettingSource[];
  readonly orgId: readonly SettingSource[];
  readonly maxRetries: readonly SettingSource[];
  readonly timeoutSeconds: readonly SettingSource[];
}

export const namespace = "datadog-org-connections";
export const apiUrlName = `${namespace}:apiUrl`;
const profilesName = `${namespace}:profiles`;

/** The sources for a program with one source org. */
export function topLevelSources(sources: SettingsSources): SettingSources {
  const fromConfig = (...names: string[]) =>
    names.map((name) => ({ name, value: sources.config.get(name) }));
  const fromEnvironment = (name: string) => environmentSources(sources, name);
  const credential = (key: string, variable: string) => [
    ...fromConfig(`${namespace}:${key}`, `datadog:${key}`),
    ...fromEnvironment(variable),
  ];
  return {
    apiKey: credential("apiKey", "API_KEY"),
    appKey: credential("appKey", "APP_KEY"),
    bearerToken: credential("bearerToken", "BEARER_TOKEN"),
    address: [
      ...fromConfig(apiUrlName),
      ...fromConfig(`${namespace}:site`).map(asSite),
      ...fromConfig("datadog:apiUrl"),
      ...fromEnvironment("HOST"),
      ...fromEnvironment("SITE").map(asSite),
    ],
    orgId: fromConfig(`${namespace}:orgId`),
    maxRetries: fromConfig(`${namespace}:maxRetries`),
    timeoutSeconds: fromConfig(`${namespace}:timeoutSeconds`),
  };
}

/**
 * The sources for the org of a credential profile. Its credentials never fall back to the top
 * level, which belongs to another org; its address does.
 *
 * @throws UserError if the profile is neither in the configuration nor in the environment.
 * @throws UserError if the configuration isn't a map of profiles.
 */
export function profileSources(sources: SettingsSources, profile: string): SettingSources {
  const configured = configuredProfiles(sources);
  const known = profileNames(sources);
  const name = profileName(sources, profile);
  const suffix = variableSuffix(profile);
  if (!known.some((other) => variableSuffix(other) === suffix)) {
    throw new UserError(
      `there is no credential profile "${profile}". ` +
        (known.length > 0 ? `Profiles: ${known.join(", ")}. ` : "") +
        `Set ${profilesName}.${profile}.apiKey and .appKey with \`pulumi config set --path ` +
        `--secret\`, or DD_API_KEY_${suffix} and DD_APP_KEY_${suffix} in the environment.`,
    );
  }
  const part = (key: keyof Profile) => ({
    name: `${profilesName}.${name}.${key}`,
    value: configured[name]?.[key],
  });
  const fromEnvironment = (name: string) => environmentSources(sources, `${name}_${suffix}`);
  const topLevel = topLevelSources(sources);
  return {
    ...topLevel,
    apiKey: [part("apiKey"), ...fromEnvironment("API_KEY")],
    appKey: [part("appKey"), ...fromEnvironment("APP_KEY")],
    bearerToken: [part("bearerToken"), ...fromEnvironment("BEARER_TOKEN")],
    address: [
      part("apiUrl"),
      asSite(part("site")),
      ...fromEnvironment("HOST"),
      ...fromEnvironment("SITE").map(asSite),
      ...topLevel.address,
    ],
    orgId: [part("orgId")],
  };
}

/** The profiles that have credentials of their own in the configuration or in the environment. */
export function profileNames(sources: SettingsSources): string[] {
  const configured = Object.keys(configuredProfiles(sources));
  const suffixes = new Set(configured.map(variableSuffix));
  const fromEnvironment = Object.entries(sources.environment).flatMap(([name, value]) => {
    const suffix = /^(?:DD|DATADOG)_(?:APP_KEY|BEARER_TOKEN)_([A-Z0-9_]+)$/.exec(name)?.[1];
    const isNew = value && suffix !== undefined && !suffixes.has(suffix);
    return isNew ? [suffix.toLowerCase().replaceAll("_", "-")] : [];
  });
  return [...new Set([...configured, ...fromEnvironment])].sort();
}

/**
 * Returns the canonical name of a profile, whichever spelling is given. As in environment variables,
 * case and punctuation make no difference, unless the configuration has several profiles that
 * differ only in these.
 */
export function profileName(sources: SettingsSources, profile: string): string {
  const known = profileNames(sources);
  if (known.includes(profile)) return profile;
  const folded = foldedName(profile);
  const [name = folded, another] = known.filter((other) => foldedName(other) === folded);
  return another === undefined ? name : profile;
}

type Profile = v.InferOutput<typeof profileSchema>;

const text = v.optional(v.string("isn't a string; put it in quotes"));
const settings = {
  apiKey: text,
  appKey: text,
  bearerToken: text,
  site: text,
  apiUrl: text,
  orgId: text,
};

// The library's own messages repeat the values, which may be secrets.
const profileSchema = v.strictObject(settings, ({ expected }) =>
  expected === "never" ? "isn't a setting of a profile" : "isn't a map of settings",
);
const profilesSchema = v.record(v.string(), profileSchema, "isn't a map of profiles");

/** The map of profiles in the stack's configuration; Pulumi passes structured values as JSON. */
function configuredProfiles({ config }: SettingsSources): Readonly<Record<string, Profile>> {
  const json = config.get(profilesName);
  if (!json) return {};
  const parsed = v.safeParse(profilesSchema, parseJson(json));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = [profilesName, v.getDotPath(issue)].filter(Boolean).join(".");
  throw new UserError(
    `${path} ${issue.message}. Map each profile to an object with any of ` +
      `${Object.keys(settings).join(", ")}.`,
    "Invalid configuration",
  );
}

/** A profile's name in environment variables: `team-a` is `TEAM_A`. */
function variableSuffix(profile: string): string {
  return profile.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}

/** Keeps letters of other scripts distinct, which environment variables don't. */
function foldedName(profile: string): string {
  return profile.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "-");
}

function environmentSources({ environment }: SettingsSources, name: string): SettingSource[] {
  return [`DD_${name}`, `DATADOG_${name}`].map((variable) => ({
    name: variable,
    value: environment[variable],
  }));
}

function asSite(source: SettingSource): SettingSource {
  return { ...source, isSite: true };
}
