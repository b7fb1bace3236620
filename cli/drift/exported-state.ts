import * as v from "valibot";
import { resourceType as pluginType } from "../../plugin/resource-type";
import { parseJson } from "../../provider/api/json";
import { UserError } from "../../provider/errors";
import { resourceType } from "../../sdk/resource-type";
import type { Profile } from "../query-orgs";
import { encrypted, plainValue } from "./secret-values";

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

const outputsSchema = v.object({
  connectionTypes: v.array(v.string()),
  profile: v.optional(v.string()),
  sourceOrgId: v.optional(v.string()),
  sourceOrgName: v.optional(v.string()),
  sinkOrgId: v.optional(v.string()),
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
    .filter(({ type }) => type === resourceType || type === pluginType)
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
    Object.entries(outputs).map(([property, value]) => [property, plainValue(value)]),
  );
  const parsed = v.safeParse(outputsSchema, plain);
  if (parsed.success && id !== undefined) {
    const { profile, ...rest } = parsed.output;
    return { urn, id, profile, provider: explicitProvider(provider), isPendingDeletion, ...rest };
  }
  throw new UserError(
    Object.values(plain).includes(encrypted)
      ? `properties of ${urn} are encrypted. Export the state with \`pulumi stack export --show-secrets\`.`
      : `properties of ${urn} are missing or invalid. Run \`pulumi refresh\` and export the state again.`,
    `Cannot use ${origin}`,
  );
}

/** The name in a reference `urn:pulumi:STACK::PROJECT::TYPE::NAME::ID`, unless it is a default one. */
function explicitProvider(reference = ""): string | undefined {
  const name = reference.split("::").slice(3, -1).join("::");
  return name === "" || name.startsWith("default") ? undefined : name; // as the engine tells them apart
}
