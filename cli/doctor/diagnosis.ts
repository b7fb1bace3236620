import { UserError, withUserErrors } from "../../provider/errors";
import type { Org } from "../../provider/org";
import type { ToolSources } from "../config/sources";
import { orgOf, type Profile } from "../query-orgs";

/** What was found out about a profile's org, and the first problem. */
export interface Diagnosis {
  readonly profile: Profile;
  readonly apiUrl?: string;
  readonly credentials?: "keys" | "token";
  readonly orgId?: string;
  readonly orgName?: string;
  /** The number of connections, as source or sink. */
  readonly connections?: number;
  readonly asSource?: number;
  readonly asSink?: number;
  /** The message for the user, with what to do next. */
  readonly problem?: string;
}

type Findings = Omit<Diagnosis, "profile" | "problem">;

/** Checks a profile and stops at the first problem. It only sends GETs. */
export async function diagnose(sources: ToolSources, profile: Profile): Promise<Diagnosis> {
  let findings: Findings = {};
  try {
    const org = orgOf(sources, profile);
    const { baseUrl, credentials } = sources.settings.of(profile);
    const hasKeys = "apiKey" in credentials;
    findings = { apiUrl: baseUrl, credentials: hasKeys ? "keys" : "token" };
    if (hasKeys) {
      const orgId = await withUserErrors("validate", "Cannot validate the API key", () =>
        org.ownId(),
      );
      findings = { ...findings, ...(orgId !== undefined && { orgId }) };
    }
    const action = hasKeys
      ? "The API key is valid, but the org connections could not be listed"
      : "Cannot list the org connections";
    findings = { ...findings, ...(await withUserErrors("list", action, () => connectionsOf(org))) };
    await withUserErrors("validate", "The org check failed", () => org.assertExpected());
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
