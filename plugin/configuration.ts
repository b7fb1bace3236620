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

const knownNames = `Known settings: ${Object.keys(settings).join(", ")}.`;

/** What the engine adds to the settings. */
const ofTheEngine = ["version", "pluginDownloadURL"];

/**
 * Checks a provider's settings, and returns those to record. Whether it has credentials is checked for each resource. A failure
 * names no property: the engine would print its value, which may be a secret.
 */
export function checkConfiguration(urn: string, args: Properties) {
  const isKnown = (name: string) =>
    Object.hasOwn(settings, name) || ofTheEngine.includes(name) || name.startsWith("__");
  const known = Object.entries(args).filter(([name]) => isKnown(name));
  const inputs = known.map(([name, value]) => [
    name,
    settings[name]?.secret ? secret(value) : value,
  ]);
  const failures: CheckFailure[] = [];
  const warnings: string[] = [];
  // The default provider's settings are all that a project with the name of this package has.
  const isDefault = /^default(_|$)/.test(urn.split("::")[3] ?? "");
  for (const name of Object.keys(args).filter((name) => !isKnown(name))) {
    const close = Object.keys(settings).find((setting) => isClose(name, setting));
    const hint = name.startsWith("profiles.")
      ? "Set the settings of a profile with `pulumi config set --path`."
      : close && `Did you mean ${close}?`;
    const problem = `no such setting exists. ${hint ?? knownNames}`;
    if (!isDefault) failures.push({ property: "", reason: `${shownKey(name)}: ${problem}` });
    else if (hint) warnings.push(`${namespace}:${shownKey(name)} isn't used: ${problem}`);
  }
  if (!JSON.stringify(args).includes(unknownValue)) {
    const sources = { config: configurationOf(args), environment: process.env };
    failures.push(...failuresOf(() => new Settings(sources).check()));
  }
  return { inputs: Object.fromEntries(inputs), failures, warnings };
}

/** A provider's settings under the keys that they have in a stack's configuration, all as text. */
export function configurationOf(args: Properties): SettingsInput["config"] {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return new Map(
    Object.entries(args).map(([name, value]) => [`${namespace}:${name}`, text(value)]),
  );
}

/** Whether one differs from the other only in case and separators, or in one letter. */
function isClose(name: string, known: string): boolean {
  const folded = (text: string) => text.toLowerCase().replace(/[_-]/g, "");
  const [a, b] = [folded(name), folded(known)];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < shorter - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 1;
}
