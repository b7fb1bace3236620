import * as v from "valibot";
import { normalizeTypes } from "./api/connection";
import { UserError } from "./errors";
import { isUnknown } from "./unknown";

/** What a program declares, checked and in canonical form. */
export interface OrgConnectionInputs {
  /** UUID in lower case. */
  readonly sinkOrgId: string;
  /** Sorted, each type once. */
  readonly connectionTypes: readonly string[];
  /** Name of the credential profile. By default, the top-level credentials are used. */
  readonly profile?: string;
  /** Takes over the connection to this sink if there is one. */
  readonly adoptExisting?: boolean;
  /** Takes over the connection with this id, which must be as declared. */
  readonly importId?: string;
}

/** What a program declares, not checked yet. */
export type RawInputs = { readonly [Property in keyof OrgConnectionInputs]?: unknown };

/** The types in Datadog's API reference; Datadog accepts or refuses any other. */
const knownTypes: readonly string[] = ["audit", "logs", "metrics"];

const sinkHint = "Set it to the receiving org's UUID.";
const profileHint = "Set it to the name of a credential profile.";
const typesHint = `Set it to a list of at least one connection type, such as ${knownTypes.map(quote).join(", ")}.`;

const connectionType = v.pipe(
  v.string(problem("isn't a connection type", typesHint)),
  v.regex(/^[^\s\p{C}]+$/u, problem("isn't a connection type", typesHint)),
);

const uuid = (remedy: string) =>
  v.pipe(
    v.string(problem("isn't a UUID", remedy)),
    v.uuid(problem("isn't a UUID", remedy)),
    v.toLowerCase(),
  );

const properties = {
  sinkOrgId: uuid(sinkHint),
  connectionTypes: v.pipe(
    v.array(connectionType, problem("isn't a list", typesHint)),
    v.nonEmpty(problem("is an empty list", typesHint)),
    v.transform((types: string[]) => normalizeTypes(types)),
  ),
  profile: v.optional(
    v.pipe(
      v.string(problem("isn't a name", profileHint)),
      v.nonEmpty(problem("isn't a name", profileHint)),
    ),
  ),
  adoptExisting: v.optional(v.boolean(problem("isn't a boolean", "Set it to true or false."))),
  importId: v.optional(uuid("Set the option import to the id of the connection.")),
};

/** The types that aren't in Datadog's API reference. */
export function unrecognizedTypes(types: unknown): string[] {
  if (isUnknown(types) || !Array.isArray(types)) return [];
  return types.filter((type) => !knownTypes.includes(type));
}

/** What is wrong with a property; with everything, if its name is empty. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** Runs a step and returns its error as failures of a check. */
export function failuresOf(property: string, step: () => void): CheckFailure[] {
  try {
    step();
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // An error with its own action is about the configuration, not about a property.
    return [{ property: error.action === undefined ? property : "", reason: error.message }];
  }
}

/** Inputs in canonical form, with what is wrong with them. */
export interface CheckedInputs {
  readonly inputs: RawInputs;
  readonly failures: CheckFailure[];
}

/**
 * Checks what a program declares and normalizes it. Leaves values that aren't known yet as they
 * are.
 */
export function checkInputs(news: RawInputs): CheckedInputs {
  const inputs: Record<string, unknown> = { ...news };
  const failures: CheckFailure[] = [];
  for (const [property, schema] of Object.entries(properties)) {
    if (isUnknown(inputs[property])) continue;
    const checked = v.safeParse(schema, inputs[property]);
    if (!checked.success) failures.push({ property, reason: checked.issues[0].message });
    else if (checked.output !== undefined) inputs[property] = checked.output;
  }
  for (const property of Object.keys(news)) {
    if (Object.hasOwn(properties, property) || property.startsWith("__")) continue; // such as __provider
    const known = Object.keys(properties).filter((name) => name !== "importId");
    failures.push({
      property,
      reason: `no such property exists. Known properties: ${known.join(", ")}.`,
    });
  }
  return { inputs, failures };
}

/** The message for a value, with what is wrong and the remedy. */
function problem(wrong: string, remedy: string): (issue: { readonly input: unknown }) => string {
  return ({ input }) =>
    `${input === undefined ? "it is missing" : `${quote(input)} ${wrong}`}. ${remedy}`;
}

function quote(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 100);
}
