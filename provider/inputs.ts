import * as v from "valibot";
import { normalizeTypes } from "./api/connection";
import { UserError } from "./errors";
import { canonicalProfile } from "./profile-names";
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

/** A UUID, in lower case. */
export const uuid = v.pipe(v.string("isn't a UUID"), v.uuid("isn't a UUID"), v.toLowerCase());

export const isUuid = (text: string) => v.is(uuid, text);

const connectionType = v.pipe(
  v.string("isn't a connection type"),
  v.regex(/^[^\s\p{C}]+$/u, "isn't a connection type"),
);

/** A property, what to do if it is wrong, and the form of text that can't be a secret. */
interface Property {
  readonly schema: v.GenericSchema;
  readonly remedy: string;
  readonly harmless?: RegExp;
}

const almostUuid = /^\s*[\da-f]{1,12}(-[\da-f]{1,12}){2,5}\s*$/i;

const properties: { readonly [Name in keyof OrgConnectionInputs]-?: Property } = {
  sinkOrgId: { schema: uuid, remedy: "Set it to the receiving org's UUID.", harmless: almostUuid },
  connectionTypes: {
    schema: v.pipe(
      v.array(connectionType, "isn't a list"),
      v.nonEmpty("is an empty list"),
      v.transform((types: string[]) => normalizeTypes(types)),
    ),
    remedy: `Set it to a list of at least one connection type, such as ${knownTypes.map((type) => `"${type}"`).join(", ")}.`,
    harmless: new RegExp(`^(${knownTypes.join("|")}|[\\s,])*$`),
  },
  profile: {
    schema: v.optional(v.pipe(v.string("isn't a name"), v.nonEmpty("isn't a name"))),
    remedy: "Set it to the name of a credential profile.",
  },
  adoptExisting: {
    schema: v.optional(v.boolean("isn't a boolean")),
    remedy: "Set it to true or false.",
    harmless: /^(true|false|yes|no)$/i,
  },
  importId: {
    schema: v.optional(uuid),
    remedy: "Set the option import to the id of the connection.",
    harmless: almostUuid,
  },
};

/** The profile in its one spelling, by which profiles are compared; what isn't a name stays as it is. */
export function profileOf({ profile }: Pick<RawInputs, "profile">): unknown {
  const isName = typeof profile === "string" && !isUnknown(profile);
  return isName ? canonicalProfile(profile) : profile;
}

/** The types that aren't in Datadog's API reference. */
export function unrecognizedTypes(types: unknown): string[] {
  if (isUnknown(types) || !Array.isArray(types)) return [];
  return types.filter((type) => !knownTypes.includes(type));
}

/** What is wrong. If it names a property, the engine also shows the value of the property. */
export interface CheckFailure {
  /** Empty if the value may be a secret. */
  readonly property: string;
  readonly reason: string;
}

/** Runs a step and returns its error as failures of a check. */
export function failuresOf(step: () => void): CheckFailure[] {
  try {
    step();
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ property: "", reason: error.message }];
  }
}

export interface CheckedInputs {
  readonly inputs: RawInputs;
  readonly failures: CheckFailure[];
}

/** Pulumi passes a secret that resolved to nothing as `null`: it counts as not set. */
export function withoutNulls<T extends object>(values: T): T {
  const given = { ...values };
  for (const [name, value] of Object.entries(values)) {
    if (value === null) Reflect.deleteProperty(given, name);
  }
  return given;
}

/** Checks what a program declares and normalizes it, apart from values that aren't known yet. */
export function checkInputs(news: RawInputs): CheckedInputs {
  const inputs: Record<string, unknown> = withoutNulls(news);
  const failures: CheckFailure[] = [];
  for (const [name, { schema, remedy, harmless }] of Object.entries(properties)) {
    const value = inputs[name];
    if (isUnknown(value)) continue;
    const checked = v.safeParse(schema, value);
    if (checked.success) {
      if (checked.output !== undefined) inputs[name] = checked.output;
      continue;
    }
    const [issue] = checked.issues;
    const item = issue.path ? `[${v.getDotPath(issue)}]` : "";
    const problem = value === undefined ? "is missing" : issue.message;
    failures.push({
      property: isHarmless(value, harmless) ? name : "",
      reason: `${name}${item} ${problem}. ${remedy}`,
    });
  }
  for (const name of Object.keys(inputs)) {
    if (Object.hasOwn(properties, name) || name.startsWith("__")) continue; // such as __provider
    const known = Object.keys(properties).filter((property) => property !== "importId");
    failures.push({
      property: "",
      reason: `${name}: no such property exists. Known properties: ${known.join(", ")}.`,
    });
  }
  return { inputs, failures };
}

/** Whether a value can be shown: it can't be a secret. */
function isHarmless(value: unknown, form: RegExp | undefined): boolean {
  if (Array.isArray(value)) return value.every((item) => isHarmless(item, form));
  if (typeof value === "string") return value === "" || (form?.test(value) ?? false);
  return typeof value !== "object" || value === null;
}
