import { visible } from "../output/escape";
import { counted } from "../output/table";
import type { Topology } from "./topology";

/** The defaults of Mermaid's settings `maxEdges` and `maxTextSize`, which GitHub doesn't change. */
const maxEdges = 500;
const maxTextSize = 50_000;

/** The topology as a Mermaid flowchart, as GitHub and GitLab draw it. */
export function mermaid({ orgs, edges }: Topology): string {
  return [
    "flowchart LR",
    ...orgs.map(({ key, label }) => `  ${key}["${escaped(label)}"]`),
    ...edges.map(({ source, sink, types }) => `  ${source.key} ${arrow(types)} ${sink.key}`),
    "",
  ].join("\n");
}

/** What to tell a user of a picture that is too large for GitHub; `undefined` for any other. */
export function mermaidExcess({ edges }: Topology, text: string): string | undefined {
  if (edges.length <= maxEdges && text.length <= maxTextSize) return undefined;
  return (
    `Mermaid draws at most ${counted(maxEdges, "connection")} and ` +
    `${counted(maxTextSize, "character")} unless configured otherwise; these are ` +
    `${counted(edges.length, "connection")} and ${counted(text.length, "character")}, so GitHub ` +
    "doesn't draw them. For a picture, use --format dot and Graphviz's dot -Tsvg."
  );
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
