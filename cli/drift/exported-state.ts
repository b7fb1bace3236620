import * as v from "valibot";
import { parseJson } from "../../provider/api/json";
import { UserError } from "../../provider/errors";
import { resourceType } from "../../sdk/resource-type";
import { encrypted, revealed } from "../config/secret-values";
import type { Profile } from "../query-orgs";

/** A connection that a stack manages, as its state records it. */
export interface RecordedConnection {
  readonly urn: string;
  readonly id: string;
  /** As it is spelled in the program. */
  readonly profile: Profile;
  /** Whether another connection has replaced it, and the next update deletes it. */
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
 * The connections that the stack of an exported state manages, those too that the next update
 * deletes; not those that it only reads, or whose deletion is done and whose replacement isn't.
 *
 * @param origin What holds the text, in words for a user.
 * @throws UserError where the text is no exported state, or a needed value is encrypted in it.
 */
export function recordedConnections(text: string, origin: string): RecordedConnection[] {
  const state = v.safeParse(stateSchema, parseJson(text));
  if (!state.success) {
    throw new UserError(
      "it isn't what `pulumi stack export` writes: JSON with a `deployment`.",
      `Cannot use ${origin}`,
    );
  }
  const resources = state.output.deployment.resources ?? [];
  return resources
    .filter(({ type }) => type === resourceType)
    .filter((resource) => !resource.external && !resource.pendingReplacement)
    .map((resource) => recorded(resource, origin));
}

function recorded(
  {
    urn,
    id,
    delete: isPendingDeletion = false,
    outputs = {},
  }: v.InferOutput<typeof resourceSchema>,
  origin: string,
): RecordedConnection {
  const plain = Object.fromEntries(
    Object.entries(outputs).map(([property, value]) => [property, revealed(value)]),
  );
  const parsed = v.safeParse(outputsSchema, plain);
  if (parsed.success && id !== undefined) {
    const { profile, ...rest } = parsed.output;
    return { urn, id, profile, isPendingDeletion, ...rest };
  }
  throw new UserError(
    Object.values(plain).includes(encrypted)
      ? `it holds properties of ${urn} encrypted. Export it with \`pulumi stack export --show-secrets\`.`
      : `it doesn't record ${urn} as this package does. Run \`pulumi refresh\`, and export it again.`,
    `Cannot use ${origin}`,
  );
}
