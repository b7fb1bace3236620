import { visible } from "../output/escape";
import type { Topology } from "./topology";

/** The topology in the DOT language of Graphviz. */
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

/** A label that shows exactly this text: it knows quotes, escapes such as `\n`, and entities. */
function quoted(text: string): string {
  const escaped = visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
  return `"${escaped}"`;
}
