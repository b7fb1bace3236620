import * as v from "valibot";
import { parseJson } from "../provider/api/text";
import { UserError } from "../provider/errors";
import { uuid } from "../provider/inputs";
import { canonicalProfile } from "../provider/profile-names";
import { secretSignature, signatureKey } from "../provider/unknown";
import { pluginResourceType, resourceType } from "../sdk/resource-type";
import { readText } from "./files";
import { cut, listed } from "./output";
import type { Profile } from "./query-orgs";

/** A connection that a stack manages, as its state records it. */
export interface RecordedConnection extends v.InferOutput<typeof connectionSchema> {
  readonly urn: string;
  /** The profile that manages it; `undefined` also if it has an explicit provider. */
  readonly credentials: Profile;
  /** The name of its explicit provider, which has settings of its own. */
  readonly provider: string | undefined;
  /** Whether the connection was replaced and the next update deletes it. */
  readonly isPendingDeletion: boolean;
}

/** The id and the outputs of a connection. The profile is spelled as in the program. */
const connectionSchema = v.object({
  id: uuid,
  connectionTypes: v.array(v.string()),
  profile: v.optional(v.string()),
  sourceOrgId: v.optional(uuid),
  sourceOrgName: v.optional(v.string()),
  sinkOrgId: v.optional(uuid),
  sinkOrgName: v.optional(v.string()),
});

const resourceSchema = v.object({
  urn: v.string(),
  type: v.string(),
  id: v.optional(v.string()),
  provider: v.optional(v.string()),
  external: v.optional(v.boolean()),
  delete: v.optional(v.boolean()),
  pendingReplacement: v.optional(v.boolean()),
  outputs: v.optional(v.record(v.string(), v.unknown()), {}),
});

const stateSchema = v.object({
  deployment: v.object({ resources: v.nullish(v.array(resourceSchema), []) }),
});

/**
 * Reads the connections that an exported state records as managed. Excludes those that the stack only
 * reads, and those already deleted that still wait for their replacement.
 *
 * @param path Default: standard input.
 * @throws UserError if it isn't an exported state, or a required value is encrypted.
 */
export async function readState(path?: string): Promise<RecordedConnection[]> {
  const state = v.safeParse(stateSchema, parseJson(await readText(path)));
  const action = `Cannot use ${path ?? "standard input"}`;
  if (!state.success) {
    const problem = "it isn't the output of `pulumi stack export` (JSON with a `deployment`).";
    throw new UserError(problem, action);
  }
  return state.output.deployment.resources
    .filter(({ type }) => type === resourceType || type === pluginResourceType)
    .filter((resource) => !resource.external && !resource.pendingReplacement)
    .map((resource) => recordedConnection(resource, action));
}

function recordedConnection(
  resource: v.InferOutput<typeof resourceSchema>,
  action: string,
): RecordedConnection {
  const { urn, id, outputs, delete: isPendingDeletion = false } = resource;
  const plain = Object.entries(outputs)
    .map(([property, value]) => [property, plainValue(value)])
    .filter(([, value]) => value !== null); // counts as not set
  const parsed = v.safeParse(connectionSchema, { ...Object.fromEntries(plain), id });
  if (parsed.success) {
    const { profile } = parsed.output;
    const provider = explicitProvider(resource.provider);
    const isOwn = profile !== undefined && provider === undefined;
    const credentials = isOwn ? canonicalProfile(profile) : undefined;
    return { urn, credentials, provider, isPendingDeletion, ...parsed.output };
  }
  const names = parsed.issues.map((issue) => String(issue.path?.[0].key));
  throw new UserError(
    plain.some(([, value]) => value === encrypted)
      ? `properties of ${cut(urn)} are encrypted. Export the state with \`pulumi stack export --show-secrets\`.`
      : `properties of ${cut(urn)} are missing or invalid: ${listed(names)}. Run \`pulumi refresh\` and export the state again.`,
    action,
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

const encrypted = Symbol("encrypted");

/** Returns the plain value, or `encrypted` if the state was exported without `--show-secrets`. */
function plainValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(signatureKey in value)) return value;
  if (value[signatureKey] !== secretSignature) return value;
  return "plaintext" in value ? parseJson(String(value.plaintext)) : encrypted;
}
