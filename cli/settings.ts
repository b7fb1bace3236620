import * as v from "valibot";
import { parse } from "yaml";
import { UserError } from "../provider/errors";
import { shownKey } from "../provider/profile-names";
import { Settings } from "../provider/settings";
import { readText } from "./files";
import type { CommonOptions } from "./options";

/** Reads the settings of every profile from the environment and the stack configuration file. */
export async function readSettings({
  stackConfig: file,
  site: baseUrl,
}: CommonOptions): Promise<Settings> {
  const config = new Map<string, string>();
  const names = new Set<string>();
  const configured = file === undefined ? {} : await readStackConfig(file);
  for (const [name, value] of Object.entries(configured)) {
    const plain = plainPart(value, name, names);
    if (plain === undefined || plain === null) continue;
    // Pulumi passes structured values to programs as JSON.
    config.set(name, typeof plain === "string" ? plain : JSON.stringify(plain));
  }
  const encrypted = file === undefined ? undefined : { file, names };
  return new Settings({ config, environment: process.env, baseUrl, encrypted });
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
function plainPart(value: unknown, name: string, encrypted: Set<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => plainPart(item, `${name}[${index}]`, encrypted));
  }
  // Pulumi's form of an encrypted value; a profile may have the name "secure".
  if ("secure" in value && typeof value.secure === "string" && Object.keys(value).length === 1) {
    encrypted.add(name);
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      plainPart(part, `${name}.${shownKey(key)}`, encrypted),
    ]),
  );
}
