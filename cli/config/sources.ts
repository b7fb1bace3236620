import * as v from "valibot";
import { parseJson } from "../../provider/api/json";
import type { SettingsSources } from "../../provider/settings/setting-sources";
import type { CommonOptions } from "../options";
import { readStackConfig } from "./stack-config";

const namespace = "datadog-org-connections";

/** Where the tool finds its settings, and what it can't read there. */
export interface ToolSources extends SettingsSources {
  readonly unreadable: { readonly file: string; readonly names: readonly string[] };
}

/** The sources that the options and the environment of this process name. */
export async function readSources({ stackConfig, site }: CommonOptions): Promise<ToolSources> {
  const environment = process.env;
  const { values, encrypted } =
    stackConfig === undefined
      ? { values: new Map<string, string>(), encrypted: [] }
      : await readStackConfig(stackConfig);
  const sources = {
    config: values,
    environment,
    unreadable: { file: stackConfig ?? "", names: encrypted },
  };
  return site === undefined ? sources : { ...sources, ...onSite(sources, site) };
}

/** What to do where a setting that a message asks for is there, but encrypted. */
export function hintOfEncrypted({ unreadable }: ToolSources, message: string): string {
  const { file, names } = unreadable;
  const wanted = names.filter((name) => name === `${namespace}:profiles` || message.includes(name));
  if (wanted.length === 0) return "";
  return (
    ` ${file} holds ${wanted.join(", ")} encrypted, which only Pulumi can read: ` +
    "set the keys in the environment."
  );
}

const profilesSchema = v.record(v.string(), v.record(v.string(), v.unknown()));

/** The same sources, but this site in place of every address that they name. */
function onSite({ config, environment }: SettingsSources, site: string): SettingsSources {
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
