import * as v from "valibot";
import { parseJson } from "../provider/api/text";
import { UserError } from "../provider/errors";
import { uuid } from "../provider/inputs";
import { pluginResourceType, resourceType } from "../sdk/resource-type";
import { cut, listed } from "./output";
import type { Profile } from "./query-orgs";

/** A connection managed by a stack, as recorded in its state. */
export interface RecordedConnection {
  readonly urn: string;
  readonly id: string;
  /** As spelled in the program. */
  readonly profile: Profile;
  /** Name of its explicit provider, which has settings of its own. */
  readonly provider?: string | undefined;
  /** Whether the connection was replaced and the next update deletes it. */
  readonly isPendingDeletion: boolean;
  readonly connectionTypes: readonly string[];
  readonly sourceOrgId?: string | undefined;
  readonly sourceOrgName?: string | undefined;
  readonly sinkOrgId?: string | undefined;
  readonly sinkOrgName?: string | undefined;
}

const resourceSchema = v.object({
  urn: v.string(),
  type: v.string(),
  id: v.optional(v.string()),
  provider: v.optional(v.string()),
  external: v.optional(v.boolean()),
  delete: v.optional(v.boolean()),
  pendingReplacement: v.optional(v.boolean()),
  outputs: v.optional(v.record(v.string(), v.unknown())),
});

const stateSchema = v.object({
  deployment: v.object({ resources: v.nullish(v.array(resourceSchema)) }),
});

/** The id and the outputs of a connection. */
const connectionSchema = v.object({
  id: uuid,
  connectionTypes: v.array(v.string()),
  profile: v.optional(v.string()),
  sourceOrgId: v.optional(uuid),
  sourceOrgName: v.optional(v.string()),
  sinkOrgId: v.optional(uuid),
  sinkOrgName: v.optional(v.string()),
});

/**
 * Returns the connections that an exported state records as managed. Includes those pending
 * deletion; excludes those that the stack only reads, and those already deleted that still wait for
 * their replacement.
 *
 * @param origin The source of the text, for messages.
 * @throws UserError if the text isn't an exported state, or a required value is encrypted.
 */
export function recordedConnections(text: string, origin: string): RecordedConnection[] {
  const state = v.safeParse(stateSchema, parseJson(text));
  if (!state.success) {
    throw new UserError(
      "it isn't the output of `pulumi stack export` (JSON with a `deployment`).",
      `Cannot use ${origin}`,
    );
  }
  const resources = state.output.deployment.resources ?? [];
  return resources
    .filter(({ type }) => type === resourceType || type === pluginResourceType)
    .filter((resource) => !resource.external && !resource.pendingReplacement)
    .map((resource) => toRecordedConnection(resource, origin));
}

function toRecordedConnection(
  {
    urn,
    id,
    provider,
    delete: isPendingDeletion = false,
    outputs = {},
  }: v.InferOutput<typeof resourceSchema>,
  origin: string,
): RecordedConnection {
  const plain = Object.fromEntries(
    Object.entries(outputs)
      .map(([property, value]) => [property, plainValue(value)])
      .filter(([, value]) => value !== null), // counts as not set
  );
  const parsed = v.safeParse(connectionSchema, { ...plain, id });
  if (parsed.success) {
    const { profile, ...rest } = parsed.output;
    return { urn, profile, provider: explicitProvider(provider), isPendingDeletion, ...rest };
  }
  const names = parsed.issues.map((issue) => String(issue.path?.[0].key));
  throw new UserError(
    Object.values(plain).includes(encrypted)
      ? `properties of ${cut(urn)} are encrypted. Export the state with \`pulumi stack export --show-secrets\`.`
      : `properties of ${cut(urn)} are missing or invalid: ${listed(names)}. Run \`pulumi refresh\` and export the state again.`,
    `Cannot use ${origin}`,
  );
}

/** Returns the name of a resource: the last part of its URN. */
export function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The name in a reference `urn:pulumi:STACK::PROJECT::TYPE::NAME::ID`, unless it is a default one. */
function explicitProvider(reference = ""): string | undefined {
  const name = reference.split("::").slice(3, -1).join("::");
  return name === "" || name.startsWith("default") ? undefined : name; // as the engine tells them apart
}

/** Marks a secret value in an exported state (Pulumi's `resource.SigKey`). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Placeholder for an encrypted value. */
const encrypted = Symbol("encrypted");

/** Returns the plain value, or `encrypted` if the state was exported without `--show-secrets`. */
function plainValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(signatureKey in value)) return value;
  if (value[signatureKey] !== secretSignature) return value;
  return "plaintext" in value ? parseJson(String(value.plaintext)) : encrypted;
}
