import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import type { OrgConnectionDiff } from "../provider/diff";
import type { OrgConnectionInputs } from "../provider/inputs";
import type { Recorded } from "../provider/outputs";

/** The new inputs with the recorded values of the properties that the program ignores. */
export function withoutIgnored<News extends Partial<OrgConnectionInputs>>(
  news: News,
  olds: Recorded,
  ignoreChanges: readonly string[],
): News {
  const roots = ignoreChanges.map((path) => /\w+/.exec(path)?.[0]); // of paths such as connectionTypes[0]
  const ignored = Object.entries(olds).filter(
    ([name]) => roots.includes(name) || ignoreChanges.includes("*"),
  );
  return { ...news, ...Object.fromEntries(ignored) };
}

/** The engine's message for a diff, with what happens to each property. */
export function diffResponse(
  { updates, replaces }: OrgConnectionDiff,
  olds: Recorded,
  news: Partial<OrgConnectionInputs>,
): DiffResponse {
  const changed = [...replaces, ...updates];
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  const response = new DiffResponse()
    .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setReplacesList([...replaces])
    .setDiffsList(changed)
    .setHasdetaileddiff(true);
  for (const property of changed) {
    const isInput = property !== "id" && property !== "sourceOrgId";
    const kind = isInput
      ? kindOf(olds[property], news[property], replaces.includes(property))
      : PropertyDiff.Kind.UPDATE_REPLACE;
    response.getDetaileddiffMap().set(property, new PropertyDiff().setKind(kind));
  }
  return response;
}

function kindOf(old: unknown, current: unknown, isReplaced: boolean): PropertyDiff.Kind {
  const { ADD, ADD_REPLACE, DELETE, DELETE_REPLACE, UPDATE, UPDATE_REPLACE } = PropertyDiff.Kind;
  if (old === undefined) return isReplaced ? ADD_REPLACE : ADD;
  if (current === undefined) return isReplaced ? DELETE_REPLACE : DELETE;
  return isReplaced ? UPDATE_REPLACE : UPDATE;
}
