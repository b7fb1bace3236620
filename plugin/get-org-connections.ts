import type { CheckFailure } from "../provider/inputs";
import { type ListFilter, listConnections } from "../provider/listing";
import type { OrgsOptions } from "../provider/org";
import type { Settings } from "../provider/settings";
import type { Properties } from "./values";

const known: readonly (keyof ListFilter)[] = ["profile", "sinkOrgId", "sourceOrgId"];

/** The function `getOrgConnections`: what is wrong with its arguments, or its result. */
export async function getOrgConnections(
  args: Properties,
  settings: Settings,
  options: OrgsOptions,
): Promise<{ failures: CheckFailure[]; result?: object }> {
  const failures = Object.entries(args).flatMap(([property, value]) => {
    if (!known.some((name) => name === property)) {
      const reason = `no such argument exists. Known arguments: ${known.join(", ")}.`;
      return [{ property, reason }];
    }
    return typeof value === "string" ? [] : [{ property, reason: "it isn't a string." }];
  });
  if (failures.length > 0) return { failures };
  return { failures, result: { connections: await listConnections(settings, args, options) } };
}
