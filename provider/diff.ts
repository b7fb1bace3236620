import { sameTypes } from "./api/connection";
import { type OrgConnectionInputs, profileOf } from "./inputs";
import type { Recorded } from "./outputs";
import { isUnknown } from "./unknown";

/** `id` if the connection is gone. */
type ChangedProperty = "sinkOrgId" | "connectionTypes" | "profile" | "sourceOrgId" | "id";

/** The properties that differ between the recorded connection and the declared one. */
export interface OrgConnectionDiff {
  /** Updated in place. */
  readonly updates: readonly ChangedProperty[];
  /** Force replacement. */
  readonly replaces: readonly ChangedProperty[];
}

/**
 * Another sink or source means another connection, so it forces replacement; other types are an
 * update. A value that isn't known yet may change. How a connection was adopted makes no difference.
 *
 * @param expectedOrgId The setting `orgId` of the declared profile.
 */
export function diffOrgConnection(
  olds: Recorded,
  news: Partial<OrgConnectionInputs>,
  expectedOrgId: string | undefined,
): OrgConnectionDiff {
  const replaces: ChangedProperty[] = [];
  const updates: ChangedProperty[] = [];
  if (isUnknown(news.sinkOrgId) || news.sinkOrgId !== olds.sinkOrgId) replaces.push("sinkOrgId");
  const isOtherSource = expectedOrgId !== undefined && expectedOrgId !== olds.sourceOrgId;
  if (isUnknown(news.profile)) replaces.push("profile");
  else if (profileOf(news) === profileOf(olds)) {
    if (isOtherSource && olds.sourceOrgId !== undefined) replaces.push("sourceOrgId");
    if (news.profile !== olds.profile) updates.push("profile");
  } else (expectedOrgId === undefined || isOtherSource ? replaces : updates).push("profile");
  if (isUnknown(news.connectionTypes) || !sameTypes(olds.connectionTypes, news.connectionTypes)) {
    updates.push("connectionTypes");
  }
  return { updates, replaces };
}
