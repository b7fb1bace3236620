import { UserError } from "../provider/errors";
import type { CheckFailure } from "../provider/inputs";
import { namespace, type SettingsSources } from "../provider/settings/setting-sources";
import { checkSettings } from "../provider/settings/settings";
import { isUnknown } from "../provider/unknown";
import type { ProviderArgs } from "./provider-args";
import { type Properties, secret } from "./values";

/** The settings of a provider; the state holds those encrypted that have credentials. */
const settings: Readonly<Record<keyof ProviderArgs, "plain" | "secret">> = {
  apiKey: "secret",
  appKey: "secret",
  bearerToken: "secret",
  site: "plain",
  apiUrl: "plain",
  orgId: "plain",
  maxRetries: "plain",
  timeoutSeconds: "plain",
  profiles: "secret",
};

/** What the engine adds to the settings. */
const ofTheEngine = ["version", "pluginDownloadURL"];

/** Settings that were checked, ready to be recorded. */
interface CheckedConfiguration {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

/** Checks a provider's settings. Whether it has credentials is checked for each resource. */
export function checkConfiguration(args: Properties): CheckedConfiguration {
  const failures = Object.keys(args)
    .filter((name) => !(name in settings || ofTheEngine.includes(name) || name.startsWith("__")))
    .map((property) => ({
      property,
      reason: `no such setting exists. Known settings: ${Object.keys(settings).join(", ")}.`,
    }));
  if (!Object.values(args).some(isUnknown)) failures.push(...settingFailures(args));
  const inputs = Object.entries(args).map(([name, value]) => {
    const isSecret =
      Object.hasOwn(settings, name) && settings[name as keyof ProviderArgs] === "secret";
    return [name, isSecret ? secret(value) : value];
  });
  return { inputs: Object.fromEntries(inputs), failures };
}

function settingFailures(args: Properties): CheckFailure[] {
  try {
    checkSettings({ config: configurationOf(args), environment: process.env });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ property: "", reason: error.message }];
  }
}

/** A provider's settings under the keys that they have in a stack's configuration, all as text. */
export function configurationOf(args: Properties): SettingsSources["config"] {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return new Map(
    Object.entries(args).map(([name, value]) => [`${namespace}:${name}`, text(value)]),
  );
}
