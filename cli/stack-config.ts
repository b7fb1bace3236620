import * as v from "valibot";
import { parse } from "yaml";
import { UserError } from "../provider/errors";
import { readText } from "./files";

/** The contents of a stack configuration file, without its encrypted values. */
export interface StackConfig {
  /** Values by full key; structured values as JSON, as Pulumi passes them to programs. */
  readonly values: ReadonlyMap<string, string>;
  /** The names of the encrypted values. */
  readonly encrypted: readonly string[];
}

const map = v.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);
const fileSchema = v.pipe(map, v.object({ config: v.nullish(map) }));

/** @throws UserError if the file can't be read or isn't a stack configuration file. */
export async function readStackConfig(path: string): Promise<StackConfig> {
  const file = v.safeParse(fileSchema, parseYaml(path, await readText(path)));
  if (!file.success) {
    throw new UserError(
      "it isn't a Pulumi stack configuration file, such as Pulumi.dev.yaml: `config` must be a map.",
      `Cannot use ${path}`,
    );
  }
  const encrypted: string[] = [];
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(file.output.config ?? {})) {
    const plain = plainPart(value, key, encrypted);
    if (plain === undefined || plain === null) continue;
    values.set(key, typeof plain === "string" ? plain : JSON.stringify(plain));
  }
  return { values, encrypted };
}

function parseYaml(path: string, text: string): unknown {
  try {
    // The failsafe schema keeps every scalar as text, other than null: a key may look like a number.
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
    Object.entries(value).map(([key, part]) => [key, plainPart(part, `${name}.${key}`, encrypted)]),
  );
}
