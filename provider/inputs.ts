import type { dynamic } from "@pulumi/pulumi";
import { z } from "zod";
import { isUnknown } from "./unknown";

/** What a program says of a connection, checked and in canonical form. */
export interface OrgConnectionInputs {
  /** UUID in lower case. */
  readonly sinkOrgId: string;
  /** Sorted, each type once. */
  readonly connectionTypes: readonly string[];
}

/** What a program gives, not checked yet. */
export type UncheckedInputs = { readonly [Property in keyof OrgConnectionInputs]?: unknown };

/** The types that Datadog's API reference names today; the service judges any other. */
const knownTypes: readonly string[] = ["audit", "logs", "metrics"];

const giveSink = "Give the UUID of the org that is to see the data.";
const giveTypes = `Give a list of at least one connection type, such as ${knownTypes.map(quote).join(", ")}.`;

const connectionType = z
  .string({ error: problem("is no connection type", giveTypes) })
  .refine((type) => type.trim() !== "", { error: problem("is no connection type", giveTypes) });

const properties = {
  sinkOrgId: z.guid({ error: problem("is no UUID", giveSink) }).transform((id) => id.toLowerCase()),
  connectionTypes: z
    .array(connectionType, { error: problem("is no list", giveTypes) })
    .min(1, { error: problem("is an empty list", giveTypes) })
    .transform(canonicalTypes),
};

/** Sorts the types and leaves out repetitions: Datadog refuses a type that is given twice. */
export function canonicalTypes(types: readonly string[]): string[] {
  return [...new Set(types)].sort();
}

/** The types among checked inputs that Datadog's API reference doesn't name. */
export function unfamiliarTypes(types: unknown): string[] {
  if (isUnknown(types) || !Array.isArray(types)) return [];
  return types.filter((type) => !knownTypes.includes(type));
}

/**
 * Checks what a program gives and brings it into canonical form. A value that isn't known yet
 * passes untouched.
 */
export function checkInputs(news: UncheckedInputs): dynamic.CheckResult {
  const inputs: Record<string, unknown> = { ...news };
  const failures: dynamic.CheckFailure[] = [];
  for (const [property, schema] of Object.entries(properties)) {
    if (isUnknown(inputs[property])) continue;
    const checked = schema.safeParse(inputs[property]);
    if (checked.success) inputs[property] = checked.data;
    else failures.push({ property, reason: checked.error.issues[0]?.message ?? "it is invalid" });
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
