import { type CheckFailure, failuresOf } from "../provider/inputs";
import { shownKey } from "../provider/profile-names";
import { namespace } from "../provider/setting-values";
import { Settings, type SettingsInput } from "../provider/settings";
import { unknownValue } from "../provider/unknown";
import schema from "./schema.json";
import { type Properties, secret } from "./values";

/** The provider's settings; the state holds those encrypted that are secret. */
const settings: Readonly<Record<string, { readonly type: string; readonly secret?: boolean }>> =
  schema.config.variables;
const settingNames = Object.keys(settings);

/** What the engine adds to the settings. */
const ofTheEngine = ["version", "pluginDownloadURL"];

/**
 * Checks a provider's settings, and returns those to record. Whether it has credentials is checked for
 * each resource. A failure names no property: the engine would print its value, which may be a secret.
 */
export function checkConfiguration(urn: string, args: Properties) {
  const inputs: Properties = {};
  const failures: CheckFailure[] = [];
  const warnings: string[] = [];
  // The default provider's settings are all that a project with the name of this package has.
  const isDefault = /^default(_|$)/.test(urn.split("::")[3] ?? "");
  for (const [name, value] of Object.entries(args)) {
    if (settingNames.includes(name) || ofTheEngine.includes(name) || name.startsWith("__")) {
      inputs[name] = settings[name]?.secret ? secret(value) : value;
      continue;
    }
    const close = settingNames.find((setting) => isClose(name, setting));
    const hint = name.startsWith("profiles.")
      ? "Set the settings of a profile with `pulumi config set --path`."
      : close && `Did you mean ${close}?`;
    const problem = `no such setting exists. ${hint ?? `Known settings: ${settingNames.join(", ")}.`}`;
    if (!isDefault) failures.push({ property: "", reason: `${shownKey(name)}: ${problem}` });
    else if (hint) warnings.push(`${namespace}:${shownKey(name)} isn't used: ${problem}`);
  }
  if (!JSON.stringify(args).includes(unknownValue)) {
    const sources = { config: configurationOf(args), environment: process.env };
    failures.push(...failuresOf(() => new Settings(sources).check()));
  }
  return { inputs, failures, warnings };
}

/** A provider's settings under the keys that they have in a stack's configuration, all as text. */
export function configurationOf(args: Properties): SettingsInput["config"] {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return new Map(
    Object.entries(args).map(([name, value]) => [`${namespace}:${name}`, text(value)]),
  );
}

/** Whether one becomes the other, without case and separators, if each may lose one letter. */
function isClose(name: string, known: string): boolean {
  return name.length < 100 && !variantsOf(name).isDisjointFrom(variantsOf(known));
}

/** A name without case and separators, and the same without each one of its letters. */
function variantsOf(name: string): Set<string> {
  const folded = name.toLowerCase().replace(/[_-]/g, "");
  const shorter = Array.from(folded, (_, at) => folded.slice(0, at) + folded.slice(at + 1));
  return new Set([folded, ...shorter]);
}
