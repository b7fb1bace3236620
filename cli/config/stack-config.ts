import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { parse } from "yaml";
import { UserError } from "../../provider/errors";

/** What the configuration file of a stack tells to whoever can't decrypt it. */
export interface StackConfig {
  /** Values by full key; structured ones as JSON, as Pulumi hands them on. */
  readonly values: ReadonlyMap<string, string>;
  /** The names of the values that only Pulumi can read. */
  readonly encrypted: readonly string[];
}

const fileSchema = v.object({
  config: v.optional(v.union([v.record(v.string(), v.unknown()), v.literal("")])),
});

/** @throws UserError where the file can't be read, or isn't the configuration of a stack. */
export async function readStackConfig(path: string): Promise<StackConfig> {
  const file = v.safeParse(fileSchema, parseYaml(path, await readText(path)));
  if (!file.success) {
    throw new UserError(
      "it isn't the configuration file of a Pulumi stack, which has a map `config`.",
      `Cannot use ${path}`,
    );
  }
  const encrypted: string[] = [];
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(file.output.config || {})) {
    const plain = plainPart(value, key, encrypted);
    if (plain === undefined) continue;
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
    // Every scalar as the text that stands there: a key may look like a number.
    return parse(text, { schema: "failsafe", logLevel: "error" }) ?? {};
  } catch {
    // The parser's own message shows the line, which may hold a key.
    throw new UserError("it is no YAML.", `Cannot read ${path}`);
  }
}

/** A value without what is encrypted in it, the names of which are added to `encrypted`. */
function plainPart(value: unknown, name: string, encrypted: string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => plainPart(item, `${name}[${index}]`, encrypted));
  }
  if ("secure" in value) {
    encrypted.push(name);
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, plainPart(part, `${name}.${key}`, encrypted)]),
  );
}
