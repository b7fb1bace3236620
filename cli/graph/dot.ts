import { escapeText } from "../output/escape";
import type { Topology } from "./topology";

/** Renders the topology in DOT, the language of Graphviz. */
export function dot({ orgs, edges }: Topology): string {
  return [
    "digraph {",
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="Helvetica"];',
    '  edge [fontname="Helvetica", fontsize=11];',
    ...orgs.map(({ key, label }) => `  ${key} [label=${quoted(label)}];`),
    ...edges.map(
      ({ source, sink, types }) =>
        `  ${source.key} -> ${sink.key} [label=${quoted(types.join(", "))}];`,
    ),
    "}",
    "",
  ].join("\n");
}

/** Quotes a label. DOT interprets quotes, escapes such as `\n`, and entities. */
function quoted(text: string): string {
  const escaped = escapeText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
  return `"${escaped}"`;
}
