import type { ClientOptions } from "./api/client";
import { parseJson } from "./api/text";
import type { Credentials } from "./api/transport";
import { UserError } from "./errors";
import { ofProfile } from "./identity";
import { canonicalProfile, looksLikeKey, shownKey, shownName } from "./profile-names";
import {
  addressBaseUrl,
  headerValue,
  invalid,
  key,
  namespace,
  orgId,
  type Setting,
  siteBaseUrl,
  wholeNumber,
} from "./setting-values";

/** Where settings come from: the stack's configuration by full key, and the environment. */
export interface SettingsInput {
  readonly config: { get(key: string): string | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Replaces the address of every org, if it is set. */
  readonly baseUrl?: string | undefined;
  /** The names of encrypted settings, whose values can't be read, and the file that they are in. */
  readonly encrypted?: { readonly file: string; readonly names: ReadonlySet<string> } | undefined;
}

/** How the API of one source org is called, and which org it must be, if set. */
export interface OrgSettings extends ClientOptions {
  readonly orgId: string | undefined;
}

const settingNames = ["apiKey", "appKey", "bearerToken", "site", "apiUrl", "orgId"];

/** A credential profile in the stack's configuration. */
interface ConfiguredProfile {
  /** Its name there, in full. */
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
}

/** One place in which the settings of an org can be. */
type SettingSource = (setting: keyof typeof variables) => Setting;

const profilesName = `${namespace}:profiles`;

/** What the names of environment variables contain. */
const variables = {
  apiKey: "API_KEY",
  appKey: "APP_KEY",
  bearerToken: "BEARER_TOKEN",
  apiUrl: "HOST",
  site: "SITE",
};
const variablePattern = /^(?:DD|DATADOG)_[A-Z]/;
const profilePattern = /^(?:DD|DATADOG)_(?:APP_KEY|BEARER_TOKEN)_([A-Z][A-Z0-9_]*)$/;

/** Settings of all credential profiles, resolved from the stack's configuration and the environment. */
export class Settings {
  readonly #input: SettingsInput;
  readonly #environment = once(() => readEnvironment(this.#input.environment));
  readonly #profiles = once(() => readProfiles(this.#ownSource()("profiles").value));
  readonly #topLevelUrl = once(() => baseUrlIn(this.#sourcesOf()) ?? "https://api.datadoghq.com");
  readonly #common = once(() => {
    const own = this.#ownSource();
    return {
      maxRetries: wholeNumber(own("maxRetries"), 4, { from: 0, to: 20 }),
      timeoutSeconds: wholeNumber(own("timeoutSeconds"), 30, { from: 1, to: 600 }),
    };
  });
  readonly #profileNames = once(() => {
    const fromEnvironment = [...this.#environment().keys()].flatMap((variable) => {
      const suffix = profilePattern.exec(variable)?.[1];
      return suffix === undefined ? [] : [canonicalProfile(suffix)];
    });
    return [...new Set([...this.#profiles().keys(), ...fromEnvironment])].sort();
  });

  constructor(input: SettingsInput) {
    this.#input = input;
  }

  /**
   * The settings for the org of a credential profile. Its credentials never fall back to those at
   * the top level, which belong to another org; its address does.
   *
   * @param profile In any spelling. By default, the top-level credentials are used.
   * @throws UserError if a setting is invalid, or if there are no credentials.
   */
  of(profile: string | undefined): OrgSettings {
    const name = profile === undefined ? undefined : canonicalProfile(profile);
    const credentials = this.#credentials(name);
    return { ...this.#connectionSettings(name), credentials };
  }

  /** Canonical names, sorted: the profiles of the configuration, and those with keys in the environment. */
  get profileNames(): readonly string[] {
    return this.#profileNames();
  }

  /** Canonical name of the profile that reads the connections that its org takes part in, if one is set. */
  get readProfile(): string | undefined {
    const settings = [this.#ownSource()("readProfile"), this.#variable("READ_PROFILE")];
    const setting = settings.find(isSet);
    return setting && canonicalProfile(setting.value, `Invalid configuration: ${setting.name}`);
  }

  /** Checks the settings of every org, apart from credentials: an org may have none and not be used. */
  check(): void {
    for (const name of [undefined, ...this.profileNames]) this.#connectionSettings(name);
    void this.readProfile; // throws if it is invalid
  }

  #connectionSettings(profile: string | undefined): Omit<OrgSettings, "credentials"> {
    return {
      baseUrl: this.#input.baseUrl ?? baseUrlIn(this.#sourcesOf(profile)) ?? this.#topLevelUrl(),
      orgId: orgId(this.#ownSource(profile)("orgId")),
      ...this.#common(),
    };
  }

  /** The credentials in the first source that has any; within a source, a token wins over keys. */
  #credentials(profile: string | undefined): Credentials {
    const { names = new Set<string>() } = this.#input.encrypted ?? {};
    const unreadable = new Set(names.has(profilesName) ? [profilesName] : []);
    for (const source of this.#sourcesOf(profile)) {
      const settings = [source("bearerToken"), source("apiKey"), source("appKey")] as const;
      const [token, apiKey, appKey] = settings;
      if (isSet(token)) return { bearerToken: headerValue(token) };
      // Each setting, or the whole profile.
      const encrypted = settings
        .flatMap(({ name }) => [name.replace(/\.\w+$/, ""), name])
        .filter((name) => names.has(name));
      for (const name of encrypted) unreadable.add(name);
      if (encrypted.length > 0) continue;
      if (isSet(apiKey) && isSet(appKey)) return { apiKey: key(apiKey), appKey: key(appKey) };
      if (isSet(apiKey)) throw missingCredentials(profile, missingHalf(apiKey, appKey));
      if (isSet(appKey)) throw missingCredentials(profile, missingHalf(appKey, apiKey));
    }
    throw this.#noCredentials(profile, [...unreadable]);
  }

  /** @param unreadable The names of the encrypted settings that may be the credentials. */
  #noCredentials(profile: string | undefined, unreadable: readonly string[]): UserError {
    const hint =
      unreadable.length === 0
        ? ""
        : ` ${this.#input.encrypted?.file} contains encrypted values, which only Pulumi can read: ` +
          `${unreadable.join(", ")}. Set the keys in the environment instead.`;
    const suffix = variableSuffix(profile, shownKey);
    const remedy =
      `Set DD_API_KEY${suffix} and DD_APP_KEY${suffix} in the environment, or run ` +
      `${setCommand(this.#ownSource(profile)("apiKey"))} and the same for appKey.`;
    if (profile === undefined || this.#profiles().has(profile)) {
      const problem = "neither a pair of keys nor a bearer token is set";
      const token = `A bearer token (DD_BEARER_TOKEN${suffix}) works too.`;
      return missingCredentials(profile, `${problem}. ${remedy} ${token}${hint}`);
    }
    const help = looksLikeKey(profile) ? "Set it to the name of a profile, not to a key." : remedy;
    return new UserError(
      `there is no credential profile ${shownName(profile)}. ${existing(this.profileNames)}${help}${hint}`,
    );
  }

  /** The sources of an org's credentials and address; the first one that has any counts. */
  #sourcesOf(profile?: string): readonly SettingSource[] {
    const own = this.#ownSource(profile);
    const environment: SettingSource = (setting) => this.#variable(variables[setting], profile);
    if (profile !== undefined) return [own, environment];
    // `@pulumi/datadog` has no setting `site`.
    const shared: SettingSource = (setting) =>
      setting === "site" ? { name: setting, value: "" } : this.#config(`datadog:${setting}`);
    return [own, shared, environment];
  }

  /** The settings of an org in the stack's configuration. */
  #ownSource(profile?: string): (setting: string) => Setting {
    if (profile === undefined) return (setting) => this.#config(`${namespace}:${setting}`);
    const path = `${profilesName}.${shownKey(profile)}`;
    const configured = this.#profiles().get(profile) ?? { path, values: new Map() };
    return (setting) => ({
      name: `${configured.path}.${setting}`,
      value: configured.values.get(setting) ?? "",
    });
  }

  #config(name: string): Setting {
    return { name, value: this.#input.config.get(name) ?? "" };
  }

  #variable(name: string, profile?: string): Setting {
    const variable = `_${name}${variableSuffix(profile)}`;
    const prefixes = ["DD", "DATADOG"];
    const used = prefixes.find((prefix) => this.#environment().has(prefix + variable)) ?? "DD";
    return {
      name: `${used}_${name}${variableSuffix(profile, shownKey)}`,
      value: this.#environment().get(used + variable) ?? "",
    };
  }
}

/** Runs a step when its result is first needed; repeats its result, or its error, from then on. */
function once<T>(step: () => T): () => T {
  let outcome: { readonly result: T } | { readonly error: unknown } | undefined;
  return () => {
    try {
      outcome ??= { result: step() };
    } catch (error) {
      outcome = { error };
    }
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  };
}

/** Copies the variables that settings are in: each read of the process's takes a time that grows with their number. */
function readEnvironment(environment: SettingsInput["environment"]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const name of Reflect.ownKeys(environment)) {
    if (typeof name !== "string" || !variablePattern.test(name)) continue;
    const value = environment[name];
    if (value) values.set(name, value);
  }
  return values;
}

/** What the variables of a profile end with: `_TEAM_A` for `team-a`. */
function variableSuffix(profile: string | undefined, show = (name: string) => name): string {
  return profile === undefined ? "" : `_${show(profile.toUpperCase().replaceAll("-", "_"))}`;
}

/** Reads the map of profiles by canonical name. An error shows no value, which may be a secret. */
function readProfiles(json: string): ReadonlyMap<string, ConfiguredProfile> {
  const profiles = new Map<string, ConfiguredProfile>();
  const map = json === "" ? null : parseJson(json);
  for (const [name, profile] of entriesOf(map, profilesName, "map of profiles")) {
    if (profile === null) continue;
    const canonical = canonicalProfile(name, `Invalid configuration: ${profilesName}`);
    const path = `${profilesName}.${shownKey(name)}`;
    const other = profiles.get(canonical);
    if (other !== undefined) {
      throw invalid(
        `${other.path} and ${path}`,
        "are one profile: case makes no difference, and _ is the same as -. Remove one of them.",
      );
    }
    profiles.set(canonical, { path, values: settingsOf(profile, path) });
  }
  return profiles;
}

function settingsOf(profile: unknown, path: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of entriesOf(profile, path, "map of settings")) {
    const setting = `${path}.${shownKey(name)}`;
    if (!settingNames.includes(name)) throw invalidMap(setting, "isn't a setting of a profile");
    if (value === null) continue; // a secret that resolved to nothing
    if (typeof value !== "string") throw invalidMap(setting, "isn't a string; put it in quotes");
    values.set(name, value);
  }
  return values;
}

/** The entries of an object; none of `null`, which counts as not set. */
function entriesOf(value: unknown, path: string, what: string): [string, unknown][] {
  if (value === null) return [];
  if (typeof value === "object" && !Array.isArray(value)) return Object.entries(value);
  throw invalidMap(path, `isn't a ${what}`);
}

function invalidMap(path: string, problem: string): UserError {
  const hint = `Map each profile to an object with any of ${settingNames.join(", ")}.`;
  return invalid(path, `${problem}. ${hint}`);
}

function isSet({ value }: Setting): boolean {
  return value !== "";
}

function baseUrlIn(sources: readonly SettingSource[]): string | undefined {
  for (const source of sources) {
    const [apiUrl, site] = [source("apiUrl"), source("site")];
    if (isSet(apiUrl)) return addressBaseUrl(apiUrl);
    if (isSet(site)) return siteBaseUrl(site);
  }
  return undefined;
}

function missingHalf(half: Setting, missing: Setting): string {
  const remedy = missing.name.includes(":") ? `Run ${setCommand(missing)}` : "Set it";
  return `${half.name} is set, but ${missing.name} isn't. ${remedy}: both keys must be in the same place.`;
}

function setCommand({ name }: Setting): string {
  return `\`pulumi config set ${name.includes(".") ? "--path " : ""}--secret ${name}\``;
}

function missingCredentials(profile: string | undefined, problem: string): UserError {
  return new UserError(problem, `Missing Datadog credentials${ofProfile(profile)}`);
}

/** The profiles that exist; only some, if there are many. */
function existing(profiles: readonly string[]): string {
  if (profiles.length === 0) return "";
  const more = profiles.length - 10;
  const shown = profiles.slice(0, 10).map(shownKey).join(", ");
  return `Profiles: ${shown}${more > 0 ? ` and ${more} more` : ""}. `;
}
