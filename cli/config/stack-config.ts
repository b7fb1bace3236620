import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { parse } from "yaml";
import { UserError } from "../../provider/errors";

/** The contents of a stack configuration file, without its encrypted values. */
export interface StackConfig {
  /** Values by full key; structured values as JSON, as Pulumi passes them to programs. */
  readonly values: ReadonlyMap<string, string>;
  /** The names of the encrypted values. */
  readonly encrypted: readonly string[];
}

const fileSchema = v.object({
  config: v.nullish(v.record(v.string(), v.unknown())),
});

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

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : "", `Cannot read ${path}`);
  }
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
