import { sameTypes } from "./api/connection";
import type { OrgConnectionInputs } from "./inputs";
import type { OrgConnectionOutputs } from "./outputs";
import { isUnknown } from "./unknown";

/** The properties that `diff` compares: recorded in the state, and declared in the program. */
export type DeclaredProperties = Partial<
  Pick<OrgConnectionInputs, "sinkOrgId" | "connectionTypes" | "profile">
>;

/** The properties that the state records and `diff` reads. */
export type RecordedProperties = DeclaredProperties &
  Partial<Pick<OrgConnectionOutputs, "sourceOrgId">>;

/** A property that differs; `id` if the connection is gone. */
type ChangedProperty = keyof RecordedProperties | "id";

/** The properties that differ between the recorded connection and the declared one. */
export interface OrgConnectionDiff {
  /** Updated in place. */
  readonly updates: readonly ChangedProperty[];
  /** Force replacement. */
  readonly replaces: readonly ChangedProperty[];
}

/** What the settings say about the source org of the declared connection. */
export interface DeclaredSource {
  /** Whether the recorded profile and the declared one are the same. */
  readonly isSameProfile: boolean;
  /** The setting `orgId` of the declared profile. */
  readonly expectedOrgId: string | undefined;
}

/**
 * Another sink or source means another connection, so it forces replacement; other types are an
 * update. A value that isn't known yet may change. How a connection was adopted makes no difference.
 */
export function diffOrgConnection(
  olds: RecordedProperties,
  news: DeclaredProperties,
  { isSameProfile, expectedOrgId }: DeclaredSource,
): OrgConnectionDiff {
  const replaces: ChangedProperty[] = [];
  const updates: ChangedProperty[] = [];
  if (isUnknown(news.sinkOrgId) || news.sinkOrgId !== olds.sinkOrgId) replaces.push("sinkOrgId");
  const isOtherSource = expectedOrgId !== undefined && expectedOrgId !== olds.sourceOrgId;
  if (isUnknown(news.profile)) replaces.push("profile");
  else if (isSameProfile) {
    if (isOtherSource && olds.sourceOrgId !== undefined) replaces.push("sourceOrgId");
    if (news.profile !== olds.profile) updates.push("profile");
  } else (expectedOrgId === undefined || isOtherSource ? replaces : updates).push("profile");
  if (isUnknown(news.connectionTypes) || !sameTypes(olds.connectionTypes, news.connectionTypes)) {
    updates.push("connectionTypes");
  }
  return { updates, replaces };
}
