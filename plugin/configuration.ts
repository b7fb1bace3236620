import { type CheckFailure, failuresOf } from "../provider/inputs";
import { namespace, type SettingsSources } from "../provider/settings/setting-sources";
import { checkSettings } from "../provider/settings/settings";
import { unknownValue } from "../provider/unknown";
import schema from "./schema.json";
import { type Properties, secret } from "./values";

/** What the schema says of a setting. */
interface Setting {
  readonly description: string;
  readonly secret?: boolean;
}

/** The provider's settings; the state holds those encrypted that are secret. */
const settings: Readonly<Record<string, Setting>> = schema.config.variables;

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
    .filter(
      (name) =>
        !(Object.hasOwn(settings, name) || ofTheEngine.includes(name) || name.startsWith("__")),
    )
    .map((property) => ({
      property,
      reason: `no such setting exists. Known settings: ${Object.keys(settings).join(", ")}.`,
    }));
  if (!JSON.stringify(args).includes(unknownValue)) {
    const sources = { config: configurationOf(args), environment: process.env };
    failures.push(...failuresOf("", () => checkSettings(sources)));
  }
  const inputs = Object.entries(args).map(([name, value]) => [
    name,
    settings[name]?.secret ? secret(value) : value,
  ]);
  return { inputs: Object.fromEntries(inputs), failures };
}

/** A provider's settings under the keys that they have in a stack's configuration, all as text. */
export function configurationOf(args: Properties): SettingsSources["config"] {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return new Map(
    Object.entries(args).map(([name, value]) => [`${namespace}:${name}`, text(value)]),
  );
}
