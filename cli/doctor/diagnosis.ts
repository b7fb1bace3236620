import { UserError, withUserErrors } from "../../provider/errors";
import type { Org } from "../../provider/orgs/org";
import { resolveSettings } from "../../provider/settings/settings";
import type { ToolSources } from "../config/sources";
import { orgOf, type Profile } from "../query-orgs";

/** What is known of a profile's org, and what stands in the way of using it. */
export interface Examination {
  readonly profile: Profile;
  readonly apiUrl?: string;
  readonly credentials?: "keys" | "token";
  readonly orgId?: string;
  readonly orgName?: string;
  /** As source or sink. */
  readonly connections?: number;
  readonly asSource?: number;
  readonly asSink?: number;
  /** In words, with what to do. */
  readonly problem?: string;
}

type Findings = Omit<Examination, "profile" | "problem">;

/** Examines a profile, until the first problem; it only sends GETs. */
export async function examine(sources: ToolSources, profile: Profile): Promise<Examination> {
  let findings: Findings = {};
  try {
    const org = orgOf(sources, profile);
    const { baseUrl, credentials } = resolveSettings(sources, profile);
    const hasKeys = "apiKey" in credentials;
    findings = { apiUrl: baseUrl, credentials: hasKeys ? "keys" : "token" };
    if (hasKeys) {
      const orgId = await withUserErrors("validate", "The API key can't be used", () =>
        org.ownId(),
      );
      findings = { ...findings, ...(orgId !== undefined && { orgId }) };
    }
    const doing = hasKeys
      ? "The API key is valid, but with the application key the connections can't be listed"
      : "The connections can't be listed";
    findings = { ...findings, ...(await withUserErrors("list", doing, () => connectionsOf(org))) };
    await withUserErrors("validate", "The credentials aren't the expected ones", () =>
      org.assertExpectedOrg(),
    );
    return { profile, ...findings };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { profile, ...findings, problem: error.message };
  }
}

async function connectionsOf(org: Org): Promise<Findings> {
  const connections = [...(await org.list()).values()];
  const orgId = await org.ownId();
  if (orgId === undefined) return { connections: connections.length };
  const asSource = connections.filter(({ sourceOrgId }) => sourceOrgId === orgId);
  const asSink = connections.filter(({ sinkOrgId }) => sinkOrgId === orgId);
  const orgName = asSource[0]?.sourceOrgName ?? asSink[0]?.sinkOrgName;
  return {
    orgId,
    ...(orgName !== undefined && { orgName }),
    connections: connections.length,
    asSource: asSource.length,
    asSink: asSink.length,
  };
}
