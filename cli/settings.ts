import * as v from "valibot";
import { parse } from "yaml";
import { UserError } from "../provider/errors";
import { shownKey } from "../provider/profile-names";
import { namespace } from "../provider/setting-values";
import { Settings } from "../provider/settings";
import { readText } from "./files";
import type { CommonOptions } from "./options";

/** The settings of every profile, and the encrypted settings, which the tool can't read. */
export interface ToolSettings {
  readonly settings: Settings;
  /** The names of the encrypted settings in the stack configuration file. */
  readonly encrypted: readonly string[];
  /** That file. */
  readonly file: string | undefined;
}

/** Reads the settings from the environment and the stack configuration file. */
export async function readSettings({
  stackConfig: file,
  site,
}: CommonOptions): Promise<ToolSettings> {
  const config = new Map<string, string>();
  const encrypted: string[] = [];
  const configured = file === undefined ? {} : await readStackConfig(file);
  for (const [name, value] of Object.entries(configured)) {
    const plain = plainPart(value, name, encrypted);
    if (plain === undefined || plain === null) continue;
    // Pulumi passes structured values to programs as JSON.
    config.set(name, typeof plain === "string" ? plain : JSON.stringify(plain));
  }
  const environment = process.env;
  const settings = new Settings({ config, environment, site, encrypted });
  return { settings, encrypted, file };
}

const map = v.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const fileSchema = v.pipe(map, v.object({ config: v.nullish(map) }));

/** @throws UserError if the file can't be read or isn't a stack configuration file. */
async function readStackConfig(path: string): Promise<Record<string, unknown>> {
  const file = v.safeParse(fileSchema, parseYaml(path, await readText(path)));
  if (file.success) return file.output.config ?? {};
  throw new UserError(
    "it isn't a Pulumi stack configuration file, such as Pulumi.dev.yaml: `config` must be a map.",
    `Cannot use ${path}`,
  );
}

function parseYaml(path: string, text: string): unknown {
  try {
    // The failsafe schema keeps every scalar except null as text: a key may look like a number.
    return parse(text, { schema: "failsafe", customTags: ["null"], logLevel: "error" }) ?? {};
  } catch {
    // The parser's own message shows the line, which may contain a key.
    throw new UserError("it isn't valid YAML.", `Cannot read ${path}`);
  }
}

/** Returns a value without its encrypted parts, and adds their names to `encrypted`. */
function plainPart(value: unknown, name: string, encrypted: string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => plainPart(item, `${name}[${index}]`, encrypted));
  }
  // Pulumi's form of an encrypted value; a profile may have the name "secure".
  if ("secure" in value && typeof value.secure === "string" && Object.keys(value).length === 1) {
    encrypted.push(name);
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      plainPart(part, `${name}.${shownKey(key)}`, encrypted),
    ]),
  );
}

/** Returns a hint to append to a message about missing credentials, if they are encrypted. */
export function encryptedHint({ encrypted, file }: ToolSettings, message: string): string {
  const needed = encrypted.filter((name) => {
    // The message names only the API key, in the namespace of this package.
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
