import { parseJson } from "./api/json";
import { UserError } from "./errors";

export const namespace = "datadog-org-connections";
const profilesName = `${namespace}:profiles`;

const settingNames = ["apiKey", "appKey", "bearerToken", "site", "apiUrl", "orgId"] as const;

/** The settings that each org has of its own. */
export type OrgSetting = (typeof settingNames)[number];

/** A credential profile in the stack's configuration. */
export interface ConfiguredProfile {
  /** Its name as it is spelled there. */
  readonly name: string;
  readonly values: { readonly [Name in OrgSetting]?: string };
}

/**
 * Returns the one spelling of a profile's name: lower case, with `-` for `_`.
 *
 * @throws UserError if it isn't a valid name.
 */
export function canonicalProfile(name: string): string {
  if (/^[a-z][\w-]*$/i.test(name)) return name.toLowerCase().replaceAll("_", "-");
  throw new UserError(
    `${shownName(name)} isn't a valid name of a credential profile. Use the letters a to z, ` +
      "digits, - and _, beginning with a letter.",
  );
}

/** A profile's name in environment variables: `team-a` is `TEAM_A`. */
export function variableSuffix(canonical: string): string {
  return canonical.toUpperCase().replaceAll("-", "_");
}

/** The name of a setting of a profile, as a user sets it. */
export function profileSetting(profile: string, setting: OrgSetting): string {
  return `${profilesName}.${profile}.${setting}`;
}

/** A name in quotes; only its length if it looks like a key, put there by mistake. */
export function shownName(name: string): string {
  return looksLikeKey(name) ? `(a text of ${name.length} characters)` : JSON.stringify(name);
}

/** A part of a setting's name, unless it looks like a key. */
function shownKey(name: string): string {
  return looksLikeKey(name) ? shownName(name) : name;
}

/** Whether a text may be a key or a token. */
export function looksLikeKey(text: string): boolean {
  return text.length > 60 || /[a-z\d]{24}/i.test(text);
}

/**
 * Reads the map of profiles from the stack's configuration, by canonical name.
 *
 * @throws UserError if it isn't a map of profiles, or if two profiles have one name.
 */
export function configuredProfiles(config: {
  get(key: string): string | undefined;
}): ReadonlyMap<string, ConfiguredProfile> {
  const json = config.get(profilesName);
  const profiles = new Map<string, ConfiguredProfile>();
  // Pulumi passes structured values as JSON.
  for (const [name, profile] of entriesOf(json ? parseJson(json) : null, "", "map of profiles")) {
    if (profile === null) continue;
    const canonical = canonicalName(name);
    const other = profiles.get(canonical)?.name;
    if (other !== undefined) {
      throw new UserError(
        `${profilesName}.${shownKey(other)} and ${profilesName}.${shownKey(name)} are one profile: case makes no ` +
          "difference, and _ is the same as -. Remove one of them.",
        "Invalid configuration",
      );
    }
    profiles.set(canonical, { name, values: settingsOf(name, profile) });
  }
  return profiles;
}

function canonicalName(name: string): string {
  try {
    return canonicalProfile(name);
  } catch (error) {
    throw error instanceof UserError
      ? error.during(`Invalid configuration: ${profilesName}`)
      : error;
  }
}

function settingsOf(profile: string, value: unknown): ConfiguredProfile["values"] {
  const values: { [Name in OrgSetting]?: string } = {};
  for (const [key, setting] of entriesOf(value, `.${shownKey(profile)}`, "map of settings")) {
    const name = settingNames.find((known) => known === key);
    if (name === undefined) {
      throw invalid(`.${shownKey(profile)}.${shownKey(key)}`, "isn't a setting of a profile.");
    }
    if (setting === null) continue; // a secret that resolved to nothing
    if (typeof setting !== "string") {
      throw invalid(`.${shownKey(profile)}.${key}`, "isn't a string; put it in quotes.");
    }
    values[name] = setting;
  }
  return values;
}

const mapHint = `Map each profile to an object with any of ${settingNames.join(", ")}.`;

/** The entries of an object; none of `null`, which counts as not set. */
function entriesOf(value: unknown, path: string, what: string): [string, unknown][] {
  if (value === null) return [];
  if (typeof value === "object" && !Array.isArray(value)) return Object.entries(value);
  throw invalid(path, `isn't a ${what}.`);
}

/** An error that shows no value, which may be a secret. */
function invalid(path: string, problem: string): UserError {
  return new UserError(`${profilesName}${path} ${problem} ${mapHint}`, "Invalid configuration");
}
