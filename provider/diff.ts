import type { dynamic } from "@pulumi/pulumi";
import { canonicalTypes } from "./inputs";
import { isUnknown } from "./unknown";

/** The part of a resource's inputs or outputs that `diff` compares. */
export interface Comparable {
  readonly sinkOrgId?: string;
  readonly connectionTypes?: readonly string[];
}

/**
 * Compares what is recorded with what the program wants. Another sink is another connection, so it
 * forces replacement; other types are an update. What isn't known yet may change.
 */
export function diffOrgConnection(olds: Comparable, news: Comparable): dynamic.DiffResult {
  const sinkChanges = isUnknown(news.sinkOrgId) || news.sinkOrgId !== olds.sinkOrgId;
  const typesChange =
    isUnknown(news.connectionTypes) || !sameTypes(olds.connectionTypes, news.connectionTypes);
  return { changes: sinkChanges || typesChange, replaces: sinkChanges ? ["sinkOrgId"] : [] };
}

/** Types are a set: neither order nor repetition is a difference. */
function sameTypes(olds: readonly string[] = [], news: readonly string[] = []): boolean {
  return canonicalTypes(olds).join("\n") === canonicalTypes(news).join("\n");
}
