import { parseJson } from "./api/text";
import { UserError } from "./errors";

export const namespace = "datadog-org-connections";
const profilesName = `${namespace}:profiles`;

/** The settings of a profile. */
const settingNames = ["apiKey", "appKey", "bearerToken", "site", "apiUrl", "orgId"];

/** A credential profile in the stack's configuration. */
interface ConfiguredProfile {
  /** Its name as it is spelled there. */
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Returns the one spelling of a profile's name: lower case, with `-` for `_`.
 *
 * @param action For the error.
 * @throws UserError if it isn't a valid name.
 */
export function canonicalProfile(name: string, action?: string): string {
  if (/^[a-z][\w-]*$/i.test(name)) return name.toLowerCase().replaceAll("_", "-");
  const problem =
    `${shownName(name)} isn't a valid name of a credential profile. Use the letters a to z, ` +
    "digits, - and _, beginning with a letter.";
  throw new UserError(problem, action);
}

/** A name in quotes; only its length if it looks like a key, put there by mistake. */
export function shownName(name: string): string {
  return looksLikeKey(name) ? shownKey(name) : JSON.stringify(name);
}

/** A part of a setting's name, unless it looks like a key. */
function shownKey(name: string): string {
  return looksLikeKey(name) ? `(a text of ${name.length} characters)` : name;
}

/** Whether a text may be a key or a token. */
export function looksLikeKey(text: string): boolean {
  return text.length > 60 || /[a-z\d]{24}/i.test(text);
}

/**
 * Reads the map of profiles by canonical name.
 *
 * @param json Pulumi passes structured values as JSON.
 * @throws UserError if it isn't a map of profiles, or if two profiles have one name. Shows no value,
 *   which may be a secret.
 */
export function readProfiles(json: string): ReadonlyMap<string, ConfiguredProfile> {
  const profiles = new Map<string, ConfiguredProfile>();
  for (const [name, profile] of entriesOf(
    json === "" ? null : parseJson(json),
    profilesName,
    "map of profiles",
  )) {
    if (profile === null) continue;
    const canonical = canonicalProfile(name, `Invalid configuration: ${profilesName}`);
    const path = `${profilesName}.${shownKey(name)}`;
    const other = profiles.get(canonical);
    if (other !== undefined) {
      throw new UserError(
        `${profilesName}.${shownKey(other.name)} and ${path} are one profile: case makes no ` +
          "difference, and _ is the same as -. Remove one of them.",
        "Invalid configuration",
      );
    }
    profiles.set(canonical, { name, values: settingsOf(profile, path) });
  }
  return profiles;
}

function settingsOf(profile: unknown, path: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of entriesOf(profile, path, "map of settings")) {
    const setting = `${path}.${shownKey(name)}`;
    if (!settingNames.includes(name)) throw invalid(setting, "isn't a setting of a profile");
    if (value === null) continue; // a secret that resolved to nothing
    if (typeof value !== "string") throw invalid(setting, "isn't a string; put it in quotes");
    values.set(name, value);
  }
  return values;
}

/** The entries of an object; none of `null`, which counts as not set. */
function entriesOf(value: unknown, path: string, what: string): [string, unknown][] {
  if (value === null) return [];
  if (typeof value === "object" && !Array.isArray(value)) return Object.entries(value);
  throw invalid(path, `isn't a ${what}`);
}

function invalid(path: string, problem: string): UserError {
  const hint = `Map each profile to an object with any of ${settingNames.join(", ")}.`;
  return new UserError(`${path} ${problem}. ${hint}`, "Invalid configuration");
}
