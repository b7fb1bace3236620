import { type CheckFailure, failuresOf } from "../provider/inputs";
import { namespace } from "../provider/profiles";
import { type ConfigAndEnvironment, Settings } from "../provider/settings";
import { unknownValue } from "../provider/unknown";
import schema from "./schema.json";
import { type Properties, secret } from "./values";

/** A setting in the schema. */
interface SettingSchema {
  readonly description: string;
  readonly secret?: boolean;
}

/** The provider's settings; the state holds those encrypted that are secret. */
const settings: Readonly<Record<string, SettingSchema>> = schema.config.variables;

/** What the engine adds to the settings. */
const ofTheEngine = ["version", "pluginDownloadURL"];

/** Settings that were checked, ready to be recorded. */
interface CheckedConfiguration {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
  readonly warnings: readonly string[];
}

/**
 * Checks a provider's settings. Whether it has credentials is checked for each resource. A failure
 * names no property: the engine would print its value, which may be a secret.
 */
export function checkConfiguration(urn: string, args: Properties): CheckedConfiguration {
  const unknown = Object.keys(args).filter((name) => !isKnown(name));
  // The default provider's settings are all that a project with the name of this package has.
  const isDefault = /^default(_|$)/.test(urn.split("::").slice(3).join("::"));
  const failures = isDefault ? [] : unknown.map((name) => failure(name));
  if (!JSON.stringify(args).includes(unknownValue)) {
    const sources = { config: configurationOf(args), environment: process.env };
    failures.push(...failuresOf(() => new Settings(sources).check()));
  }
  const inputs = Object.entries(args).flatMap(([name, value]) => {
    if (!isKnown(name)) return [];
    return [[name, settings[name]?.secret ? secret(value) : value]];
  });
  const warnings = isDefault ? unknown.flatMap(warningsOf) : [];
  return { inputs: Object.fromEntries(inputs), failures, warnings };
}

/** A provider's settings under the keys that they have in a stack's configuration, all as text. */
export function configurationOf(args: Properties): ConfigAndEnvironment["config"] {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return new Map(
    Object.entries(args).map(([name, value]) => [`${namespace}:${name}`, text(value)]),
  );
}

function isKnown(name: string): boolean {
  return Object.hasOwn(settings, name) || ofTheEngine.includes(name) || name.startsWith("__");
}

function failure(name: string): CheckFailure {
  const known = Object.keys(settings).join(", ");
  return {
    property: "",
    reason: `${name}: no such setting exists. ${pathHint(name) ?? `Known settings: ${known}.`}`,
  };
}

/** A warning, if an unknown setting is close to one that exists. */
function warningsOf(name: string): string[] {
  const meant = Object.keys(settings).find((known) => isClose(name, known));
  const hint = pathHint(name) ?? (meant && `Did you mean ${meant}?`);
  return hint ? [`${namespace}:${name} isn't used: no such setting exists. ${hint}`] : [];
}

function pathHint(name: string): string | undefined {
  if (!name.startsWith("profiles.")) return undefined;
  return "Set the settings of a profile with `pulumi config set --path`.";
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
