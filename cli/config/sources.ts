import * as v from "valibot";
import { parseJson } from "../../provider/api/json";
import type { SettingsSources } from "../../provider/settings/setting-sources";
import type { CommonOptions } from "../options";
import { readStackConfig } from "./stack-config";

const namespace = "datadog-org-connections";

/** The sources of settings, and the encrypted values that the tool can't read. */
export interface ToolSources extends SettingsSources {
  readonly encrypted: { readonly file: string; readonly names: readonly string[] };
}

/** Reads the settings from the environment and the stack configuration file. */
export async function readSources({ stackConfig, site }: CommonOptions): Promise<ToolSources> {
  const environment = process.env;
  const { values, encrypted } =
    stackConfig === undefined
      ? { values: new Map<string, string>(), encrypted: [] }
      : await readStackConfig(stackConfig);
  const sources = {
    config: values,
    environment,
    encrypted: { file: stackConfig ?? "", names: encrypted },
  };
  return site === undefined ? sources : { ...sources, ...withSite(sources, site) };
}

/** Returns a hint to append to a message about a missing setting, if its value is encrypted. */
export function encryptedHint({ encrypted }: ToolSources, message: string): string {
  const { file, names } = encrypted;
  const needed = names.filter((name) => name === `${namespace}:profiles` || message.includes(name));
  if (needed.length === 0) return "";
  return (
    ` ${file} contains encrypted values, which only Pulumi can read: ${needed.join(", ")}. ` +
    "Set the keys in the environment instead."
  );
}

const profilesSchema = v.record(v.string(), v.record(v.string(), v.unknown()));

/** Replaces every site and address in the sources with this site. */
function withSite({ config, environment }: SettingsSources, site: string): SettingsSources {
  const profiles = v.safeParse(
    profilesSchema,
    parseJson(config.get(`${namespace}:profiles`) ?? ""),
  );
  const overridden: Readonly<Record<string, string | undefined>> = {
    [`${namespace}:site`]: site,
    [`${namespace}:apiUrl`]: undefined,
    ...(profiles.success && { [`${namespace}:profiles`]: withoutAddresses(profiles.output) }),
  };
  return {
    config: { get: (key) => (key in overridden ? overridden[key] : config.get(key)) },
    environment: Object.fromEntries(
      Object.entries(environment).filter(([name]) => !/^(DD|DATADOG)_(HOST|SITE)_/.test(name)),
    ),
  };
}

function withoutAddresses(profiles: v.InferOutput<typeof profilesSchema>): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(profiles).map(([name, { site: _site, apiUrl: _apiUrl, ...rest }]) => [
        name,
        rest,
      ]),
    ),
  );
}
