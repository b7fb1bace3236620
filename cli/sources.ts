import { namespace } from "../provider/profiles";
import { Settings } from "../provider/settings";
import type { CommonOptions } from "./options";
import { readStackConfig } from "./stack-config";

/** The settings, and the encrypted values that the tool can't read. */
export interface ToolSources {
  readonly settings: Settings;
  readonly encrypted: { readonly file: string; readonly names: readonly string[] };
}

/** Reads the settings from the environment and the stack configuration file. */
export async function readSources({ stackConfig, site }: CommonOptions): Promise<ToolSources> {
  const { values: config, encrypted: names } =
    stackConfig === undefined
      ? { values: new Map<string, string>(), encrypted: [] }
      : await readStackConfig(stackConfig);
  return {
    settings: new Settings({ config, environment: process.env, site, unreadable: names }),
    encrypted: { file: stackConfig ?? "", names },
  };
}

/** Returns a hint to append to a message about missing credentials, if they are encrypted. */
export function encryptedHint({ encrypted }: ToolSources, message: string): string {
  const { file, names } = encrypted;
  const needed = names.filter((name) => {
    // The message names the API key alone, and by the name that is this package's own.
    const apiKey = name
      .replace(/^datadog:/, `${namespace}:`)
      .replace(/(?<=[.:])(appKey|bearerToken)$/, "apiKey");
    return name === `${namespace}:profiles` || message.includes(apiKey);
  });
  if (needed.length === 0) return "";
  return (
    ` ${file} contains encrypted values, which only Pulumi can read: ${needed.join(", ")}. ` +
    "Set the keys in the environment instead."
  );
}
