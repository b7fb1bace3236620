import type { dynamic } from "@pulumi/pulumi";
import { z } from "zod";
import { normalizeTypes } from "./api/connection";
import { isUnknown } from "./unknown";

/** What a program says of a connection, checked and in canonical form. */
export interface OrgConnectionInputs {
  /** UUID in lower case. */
  readonly sinkOrgId: string;
  /** Sorted, each type once. */
  readonly connectionTypes: readonly string[];
  /** Name of the credential profile; without one the top-level credentials serve. */
  readonly sourceOrg?: string;
  /** Takes over the connection to this sink where there is one. */
  readonly adoptExisting?: boolean;
  /** Id of the connection that the option `import` names. */
  readonly importId?: string;
}

/** What a program gives, not checked yet. */
export type UncheckedInputs = { readonly [Property in keyof OrgConnectionInputs]?: unknown };

/** The types that Datadog's API reference names today; the service judges any other. */
const knownTypes: readonly string[] = ["audit", "logs", "metrics"];

const giveSink = "Give the UUID of the org that is to see the data.";
const giveProfile = "Give the name of a credential profile.";
const giveTypes = `Give a list of at least one connection type, such as ${knownTypes.map(quote).join(", ")}.`;

const connectionType = z
  .string({ error: problem("is no connection type", giveTypes) })
  .regex(/^[^\s\p{C}]+$/u);

const properties = {
  sinkOrgId: z.guid({ error: problem("is no UUID", giveSink) }).transform((id) => id.toLowerCase()),
  connectionTypes: z
    .array(connectionType, { error: problem("is no list", giveTypes) })
    .min(1, { error: problem("is an empty list", giveTypes) })
    .transform(normalizeTypes),
  sourceOrg: z
    .string({ error: problem("is no name", giveProfile) })
    .min(1)
    .optional(),
  adoptExisting: z.boolean({ error: problem("is no boolean", "Give true or false.") }).optional(),
  importId: z
    .guid({ error: problem("is no UUID", "Give the id of the connection as the option import.") })
    .transform((id) => id.toLowerCase())
    .optional(),
};

/** The types among checked inputs that Datadog's API reference doesn't name. */
export function unfamiliarTypes(types: unknown): string[] {
  if (isUnknown(types) || !Array.isArray(types)) return [];
  return types.filter((type) => !knownTypes.includes(type));
}

/** Inputs in canonical form, with what is wrong with them. */
interface Checked {
  readonly inputs: UncheckedInputs;
  readonly failures: dynamic.CheckFailure[];
}

/**
 * Checks what a program gives and brings it into canonical form. A value that isn't known yet
 * passes untouched.
 */
export function checkInputs(news: UncheckedInputs): Checked {
  const inputs: Record<string, unknown> = { ...news };
  const failures: dynamic.CheckFailure[] = [];
  for (const [property, schema] of Object.entries(properties)) {
    if (isUnknown(inputs[property])) continue;
    const checked = schema.safeParse(inputs[property]);
    const [issue] = checked.error?.issues ?? [];
    if (issue) failures.push({ property, reason: issue.message });
    else if (checked.data !== undefined) inputs[property] = checked.data;
  }
  for (const property of Object.keys(news)) {
    if (Object.hasOwn(properties, property) || property.startsWith("__")) continue; // such as __provider
    const known = Object.keys(properties).filter((name) => name !== "importId");
    failures.push({ property, reason: `there is no such property. Known: ${known.join(", ")}.` });
  }
  return { inputs, failures };
}

/** The message for a value, with what is wrong and the remedy. */
function problem(wrong: string, remedy: string): (issue: { input?: unknown }) => string {
  return ({ input }) =>
    `${input === undefined ? "it is missing" : `${quote(input)} ${wrong}`}. ${remedy}`;
}

function quote(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 100);
}
