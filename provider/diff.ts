import { sameTypes } from "./api/connection";
import type { OrgConnectionInputs } from "./inputs";
import { isUnknown } from "./unknown";

/** The properties that `diff` compares: recorded in the state, and declared in the program. */
export type Comparable = Partial<
  Pick<OrgConnectionInputs, "sinkOrgId" | "connectionTypes" | "profile">
>;

/** The properties that differ between the recorded connection and the declared one. */
export interface OrgConnectionDiff {
  /** Updated in place. */
  readonly updates: readonly (keyof Comparable)[];
  /** Force replacement. */
  readonly replaces: readonly (keyof Comparable)[];
}

/**
 * Another sink or source means another connection, so it forces replacement; other types are an
 * update. A value that isn't known yet may change. How a connection was adopted makes no difference.
 *
 * @param isSameSource Whether a profile belongs to the recorded source org.
 */
export function diffOrgConnection(
  olds: Comparable,
  news: Comparable,
  isSameSource: (profile: string | undefined) => boolean,
): OrgConnectionDiff {
  const isOther = (property: "sinkOrgId" | "profile") =>
    isUnknown(news[property]) || news[property] !== olds[property];
  const replaces: (keyof Comparable)[] = [];
  const updates: (keyof Comparable)[] = [];
  if (isOther("sinkOrgId")) replaces.push("sinkOrgId");
  if (isOther("profile")) (isSameSource(news.profile) ? updates : replaces).push("profile");
  if (isUnknown(news.connectionTypes) || !sameTypes(olds.connectionTypes, news.connectionTypes)) {
    updates.push("connectionTypes");
  }
  return { updates, replaces };
}
