import { escapeText } from "../output/escape";
import { pluralize } from "../output/print";
import type { Topology } from "./topology";

/** The defaults of Mermaid's `maxEdges` and `maxTextSize`, which GitHub uses too. */
const maxEdges = 500;
const maxTextSize = 50_000;

/** Renders the topology as a Mermaid flowchart, for GitHub and GitLab. */
export function mermaid({ orgs, edges }: Topology): string {
  return [
    "flowchart LR",
    ...orgs.map(({ key, label }) => `  ${key}["${escaped(label)}"]`),
    ...edges.map(({ source, sink, types }) => `  ${source.key} ${arrow(types)} ${sink.key}`),
    "",
  ].join("\n");
}

/** Returns a warning if the flowchart is too large for GitHub. */
export function mermaidSizeWarning({ edges }: Topology, text: string): string | undefined {
  if (edges.length <= maxEdges && text.length <= maxTextSize) return undefined;
  return (
    `This graph has ${pluralize(edges.length, "connection")} and ` +
    `${pluralize(text.length, "character")}. By default, Mermaid renders at most ` +
    `${pluralize(maxEdges, "connection")} and ${pluralize(maxTextSize, "character")}, so GitHub ` +
    "won't render it. Use --format dot and Graphviz (dot -Tsvg) instead."
  );
}

/** Omits an empty label, which Mermaid doesn't accept. */
function arrow(types: readonly string[]): string {
  const text = escaped(types.join(", "));
  return text.trim() === "" ? "-->" : `-->|"${text}"|`;
}

/**
 * Escapes text for a Mermaid label. Mermaid interprets quotes, entities, HTML and Markdown, so
 * everything but letters, digits and spaces becomes an entity, except punctuation that is usual in
 * names.
 */
function escaped(text: string): string {
  return escapeText(text).replace(
    /(?<![\p{L}\p{N}])[-.]|[-.](?![\p{L}\p{N}])|[^\p{L}\p{M}\p{N} ,.-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}
