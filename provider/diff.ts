import type { dynamic } from "@pulumi/pulumi";
import { sameTypes } from "./api/connection";
import type { OrgConnectionInputs } from "./inputs";
import { isUnknown } from "./unknown";

/** The properties that `diff` compares: recorded in the state, and declared in the program. */
export type Comparable = Partial<
  Pick<OrgConnectionInputs, "sinkOrgId" | "connectionTypes" | "profile">
>;

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
): dynamic.DiffResult {
  const changed = (property: "sinkOrgId" | "profile") =>
    isUnknown(news[property]) || news[property] !== olds[property];
  const replaces = [
    ...(changed("sinkOrgId") ? ["sinkOrgId"] : []),
    ...(changed("profile") && !isSameSource(news.profile) ? ["profile"] : []),
  ];
  const typesChange =
    isUnknown(news.connectionTypes) || !sameTypes(olds.connectionTypes, news.connectionTypes);
  return { changes: replaces.length > 0 || changed("profile") || typesChange, replaces };
}
