import type { CheckFailure } from "../provider/inputs";
import { type ListFilter, listConnections } from "../provider/listing";
import type { OrgPoolOptions } from "../provider/orgs/org-pool";
import type { SettingsSources } from "../provider/settings/setting-sources";
import type { Properties } from "./values";

const known: readonly (keyof ListFilter)[] = ["profile", "sinkOrgId", "sourceOrgId"];

/** The function `getOrgConnections`: what is wrong with its arguments, or its result. */
export async function getOrgConnections(
  args: Properties,
  config: SettingsSources["config"],
  options: OrgPoolOptions,
): Promise<{ failures: CheckFailure[]; result?: object }> {
  const failures = Object.entries(args).flatMap(([property, value]) => {
    if (!known.some((name) => name === property)) {
      const reason = `no such argument exists. Known arguments: ${known.join(", ")}.`;
      return [{ property, reason }];
    }
    return typeof value === "string" ? [] : [{ property, reason: "must be a string." }];
  });
  if (failures.length > 0) return { failures };
  const sources = { config, environment: process.env };
  return { failures, result: { connections: await listConnections(sources, args, options) } };
}
