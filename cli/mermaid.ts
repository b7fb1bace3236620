import type { Topology } from "./topology";
import { visible } from "./visible";

/** The topology as a Mermaid flowchart, as GitHub and GitLab draw it. */
export function mermaid({ orgs, edges }: Topology): string {
  return [
    "flowchart LR",
    ...orgs.map(({ key, label }) => `  ${key}["${escaped(label)}"]`),
    ...edges.map(({ source, sink, types }) => `  ${source.key} ${arrow(types)} ${sink.key}`),
    "",
  ].join("\n");
}

/** Mermaid knows no empty label. */
function arrow(types: readonly string[]): string {
  const text = escaped(types.join(", "));
  return text.trim() === "" ? "-->" : `-->|"${text}"|`;
}

/**
 * Text that Mermaid takes for nothing but text. It knows quotes, entities, HTML and Markdown in a
 * label, so all but letters, digits and spaces is written as an entity, except what is usual
 * within names.
 */
function escaped(text: string): string {
  return visible(text).replace(
    /(?<![\p{L}\p{N}])[-.]|[-.](?![\p{L}\p{N}])|[^\p{L}\p{M}\p{N} ,.-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}
