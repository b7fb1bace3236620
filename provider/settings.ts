import type { ClientOptions } from "./api/endpoints";
import type { Credentials } from "./api/transport";
import { UserError } from "./errors";
import {
  type ConfiguredProfile,
  canonicalProfile,
  configuredProfiles,
  looksLikeKey,
  namespace,
  type OrgSetting,
  profileSetting,
  shownName,
  variableSuffix,
} from "./profiles";
import {
  addressBaseUrl,
  headerValue,
  isSet,
  key,
  orgId,
  type SetSetting,
  type Setting,
  siteBaseUrl,
  wholeNumber,
} from "./setting-values";

/** Where settings come from: the stack's configuration by full key, and the environment. */
export interface ConfigAndEnvironment {
  readonly config: { get(key: string): string | undefined };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Replaces every site and address, if it is set. */
  readonly site?: string | undefined;
  /** Names of settings whose values exist, but can't be read. */
  readonly unreadable?: readonly string[];
}

/** How the API of one source org is called, and which org it must be, if set. */
export interface OrgSettings extends ClientOptions {
  readonly orgId: string | undefined;
}

/** One place in which the settings of an org can be. */
type Place = (setting: OrgSetting) => Setting;

/** The settings of `@pulumi/datadog` that are also used. */
const sharedSettings: readonly OrgSetting[] = ["apiKey", "appKey", "bearerToken", "apiUrl"];

/** What the names of environment variables contain. */
const variables: Readonly<Record<Exclude<OrgSetting, "orgId">, string>> = {
  apiKey: "API_KEY",
  appKey: "APP_KEY",
  bearerToken: "BEARER_TOKEN",
  apiUrl: "HOST",
  site: "SITE",
};
const readProfile = "READ_PROFILE";
const variablePattern = new RegExp(
  `^(?:DD|DATADOG)_(?:${readProfile}|(?:${Object.values(variables).join("|")})(?:_[A-Z][A-Z0-9_]*)?)$`,
);
const profilePattern = /^(?:DD|DATADOG)_(?:APP_KEY|BEARER_TOKEN)_(.+)$/;

/** Settings of all credential profiles, resolved from the stack's configuration and the environment. */
export class Settings {
  readonly #sources: ConfigAndEnvironment;
  readonly #resolved = new Map<string | undefined, OrgSettings>();
  readonly #environment = once(() => readEnvironment(this.#sources.environment));
  readonly #configured = once(() => configuredProfiles(this.#sources.config));
  readonly #topLevel: readonly Place[] = [
    (setting) => this.#config(`${namespace}:${setting}`),
    (setting) =>
      sharedSettings.includes(setting) ? this.#config(`datadog:${setting}`) : notSet(setting),
    this.#environmentPlace(""),
  ];
  readonly #topLevelUrl = once(() => baseUrlIn(this.#topLevel) ?? "https://api.datadoghq.com");
  readonly #common = once(() => ({
    maxRetries: wholeNumber(this.#config(`${namespace}:maxRetries`), 4, { from: 0, to: 20 }),
    timeoutSeconds: wholeNumber(this.#config(`${namespace}:timeoutSeconds`), 30, {
      from: 1,
      to: 600,
    }),
  }));
  readonly #profileNames = once(() => {
    const fromEnvironment = [...this.#environment().keys()].flatMap((variable) => {
      const suffix = profilePattern.exec(variable)?.[1];
      return suffix === undefined ? [] : [canonicalProfile(suffix)];
    });
    return [...new Set([...this.#configured().keys(), ...fromEnvironment])].sort();
  });

  constructor(sources: ConfigAndEnvironment) {
    this.#sources = sources;
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
    let settings = this.#resolved.get(name);
    if (settings === undefined) {
      const credentials = this.#credentials(name);
      settings = { ...this.#connectionSettings(name), credentials };
      this.#resolved.set(name, settings);
    }
    return settings;
  }

  /** Canonical names, sorted: the profiles of the configuration, and those with keys in the environment. */
  get profileNames(): readonly string[] {
    return this.#profileNames();
  }

  /** Canonical name of the profile that reads the connections of all orgs, if one is set. */
  get readProfile(): string | undefined {
    const { name, value } =
      firstSet([this.#config(`${namespace}:readProfile`), this.#variable(readProfile)]) ?? {};
    if (name === undefined || value === undefined) return undefined;
    try {
      return canonicalProfile(value);
    } catch (error) {
      throw error instanceof UserError ? error.during(`Invalid configuration: ${name}`) : error;
    }
  }

  /**
   * Checks the settings of every org, apart from their credentials: an org may have none and not be
   * used.
   *
   * @throws UserError if a value is invalid.
   */
  check(): void {
    for (const name of [undefined, ...this.profileNames]) this.#connectionSettings(name);
    void this.readProfile;
  }

  #connectionSettings(profile: string | undefined): Omit<OrgSettings, "credentials"> {
    const places = this.#placesOf(profile);
    const { site } = this.#sources;
    return {
      baseUrl: site
        ? siteBaseUrl({ name: "--site", value: site })
        : (baseUrlIn(places) ?? this.#topLevelUrl()),
      orgId: orgId(firstSet(places.map((place) => place("orgId")))),
      ...this.#common(),
    };
  }

  /** The credentials in the first place that has any; within a place, a token wins over keys. */
  #credentials(profile: string | undefined): Credentials {
    for (const place of this.#placesOf(profile)) {
      const settings = [place("bearerToken"), place("apiKey"), place("appKey")] as const;
      const [token, apiKey, appKey] = settings;
      if (isSet(token)) return { bearerToken: headerValue(token) };
      if (settings.some(({ name }) => this.#sources.unreadable?.includes(name))) continue;
      if (isSet(apiKey) && isSet(appKey)) return { apiKey: key(apiKey), appKey: key(appKey) };
      if (isSet(apiKey)) throw missingCredentials(profile, missingHalf(apiKey, appKey));
      if (isSet(appKey)) throw missingCredentials(profile, missingHalf(appKey, apiKey));
    }
    throw this.#noCredentials(profile);
  }

  #noCredentials(profile: string | undefined): UserError {
    const suffix = profile === undefined ? "" : `_${variableSuffix(profile)}`;
    const configured = profile === undefined ? undefined : this.#configured().get(profile);
    const setting =
      profile === undefined
        ? `${namespace}:apiKey`
        : profileSetting(configured?.name ?? profile, "apiKey");
    const remedy =
      `Set DD_API_KEY${suffix} and DD_APP_KEY${suffix} in the environment, or run ` +
      `${setCommand(setting)} and the same for appKey.`;
    if (profile === undefined || configured !== undefined) {
      const problem = "neither a pair of keys nor a bearer token is set";
      const token = `A bearer token (DD_BEARER_TOKEN${suffix}) works too.`;
      return missingCredentials(profile, `${problem}. ${remedy} ${token}`);
    }
    const help = looksLikeKey(profile) ? "Set it to the name of a profile, not to a key." : remedy;
    return new UserError(
      `there is no credential profile ${shownName(profile)}. ${listed(this.profileNames)}${help}`,
    );
  }

  #placesOf(profile: string | undefined): readonly Place[] {
    if (profile === undefined) return this.#topLevel;
    const configured = this.#configured().get(profile);
    const inEnvironment = this.#environmentPlace(`_${variableSuffix(profile)}`);
    return configured === undefined ? [inEnvironment] : [profilePlace(configured), inEnvironment];
  }

  #environmentPlace(suffix: string): Place {
    return (setting) =>
      setting === "orgId" ? notSet(setting) : this.#variable(`${variables[setting]}${suffix}`);
  }

  #config(name: string): Setting {
    return { name, value: this.#sources.config.get(name) || undefined };
  }

  #variable(name: string): Setting {
    const [short, long] = [`DD_${name}`, `DATADOG_${name}`];
    const used = this.#environment().has(short) || !this.#environment().has(long) ? short : long;
    return { name: used, value: this.#environment().get(used) };
  }
}

/** Runs a step when its result is first needed; repeats its result, or its error, from then on. */
function once<T>(step: () => T): () => T {
  let outcome: (() => T) | undefined;
  return () => {
    if (outcome === undefined) {
      try {
        const result = step();
        outcome = () => result;
      } catch (error) {
        outcome = () => {
          throw error;
        };
      }
    }
    return outcome();
  };
}

/**
 * The variables that settings are in. The environment is copied once: each read of a variable of
 * the process takes a time that grows with their number.
 */
function readEnvironment(
  environment: ConfigAndEnvironment["environment"],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const name of Reflect.ownKeys(environment)) {
    if (typeof name !== "string" || !variablePattern.test(name)) continue;
    const value = environment[name];
    if (value) values.set(name, value);
  }
  return values;
}

function profilePlace({ name, values }: ConfiguredProfile): Place {
  return (setting) => ({
    name: profileSetting(name, setting),
    value: values[setting] || undefined,
  });
}

function notSet(name: string): Setting {
  return { name, value: undefined };
}

function firstSet(settings: readonly Setting[]): SetSetting | undefined {
  return settings.find(isSet);
}

function baseUrlIn(places: readonly Place[]): string | undefined {
  for (const place of places) {
    const [apiUrl, site] = [place("apiUrl"), place("site")];
    if (isSet(apiUrl)) return addressBaseUrl(apiUrl);
    if (isSet(site)) return siteBaseUrl(site);
  }
  return undefined;
}

function missingHalf(half: Setting, missing: Setting): string {
  const remedy = missing.name.includes(":") ? `Run ${setCommand(missing.name)}` : "Set it";
  return `${half.name} is set, but ${missing.name} isn't. ${remedy}: both keys must be in the same place.`;
}

function setCommand(setting: string): string {
  return `\`pulumi config set ${setting.includes(".") ? "--path " : ""}--secret ${setting}\``;
}

function missingCredentials(profile: string | undefined, problem: string): UserError {
  const whose = profile === undefined ? "" : ` of the profile "${profile}"`;
  return new UserError(problem, `Missing Datadog credentials${whose}`);
}

/** The profiles that exist; only some, if there are many. */
function listed(profiles: readonly string[]): string {
  if (profiles.length === 0) return "";
  const others = profiles.length - 10;
  return `Profiles: ${profiles.slice(0, 10).join(", ")}${others > 0 ? ` and ${others} others` : ""}. `;
}
