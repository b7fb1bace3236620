import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { Connection } from "../provider/api/connection";
import { writeNewFiles } from "./files";
import { queryConnections } from "./list";
import { orgSlug, uniqueNames } from "./names";
import { addCommand, type CommonOptions, type Output } from "./options";
import { compare, cut, escapeText, note, pluralize } from "./output";

type Format = "mermaid" | "dot";

interface GraphOptions extends CommonOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly force?: true;
}

const formatByExtension: Readonly<Record<string, Format>> = {
  ".mmd": "mermaid",
  ".mermaid": "mermaid",
  ".dot": "dot",
  ".gv": "dot",
};

const svgHint = "For SVG, pipe DOT to Graphviz: graph --format dot | dot -Tsvg";

export function addGraphCommand(program: Command): void {
  addCommand(program, "graph", runGraph)
    .description("draw which orgs share which data")
    .addOption(
      new Option("--format <format>", "graph format (default: that of --out, or mermaid)").choices([
        "mermaid",
        "dot",
      ]),
    )
    .option("--out <file>", "write the graph to this file (.mmd or .dot)")
    .option("--force", "overwrite the file if it exists")
    .addHelpText(
      "after",
      `\n${svgHint} >orgs.svg\n` +
        "With --json, the graph is only written to --out. JSON: orgs, connections.",
    );
}

async function runGraph(options: GraphOptions, command: Command): Promise<Output> {
  const { out, force, json } = options;
  const format =
    options.format ??
    (out === undefined ? "mermaid" : formatByExtension[extname(out).toLowerCase()]) ??
    command.error(
      `error: --out ${out}: unknown extension; use .mmd or .dot, or add --format. ${svgHint}`,
    );
  const topology = topologyOf(await queryConnections(options));
  const text = render(topology, format);
  if (out !== undefined) await writeNewFiles([{ path: out, text }], force);
  const isRendered = out !== undefined || !json;
  if (isRendered && format === "mermaid") noteMermaidLimits(topology, text);
  if (out !== undefined) note(`Wrote ${out}.`);
  return { json: topology, text: out === undefined ? () => text : undefined };
}

/** Which orgs share which data, as `--json` prints it. */
type Topology = ReturnType<typeof topologyOf>;

/** Builds the graph. Its order depends only on names and ids, so that diffs stay small. */
export function topologyOf(connections: readonly Connection[]) {
  const names = new Map<string | undefined, string>(); // an org may have no id in Datadog's answer
  for (const { sourceOrgId, sourceOrgName, sinkOrgId, sinkOrgName } of connections) {
    names.set(sourceOrgId, sourceOrgName || names.get(sourceOrgId) || sourceOrgId || "unknown");
    names.set(sinkOrgId, sinkOrgName || names.get(sinkOrgId) || sinkOrgId || "unknown");
  }
  const orgs = [...names]
    .map(([id, name]) => ({ id, name }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
  const ranks = new Map(orgs.map(({ id }, index) => [id, index]));
  const rank = (id: string | undefined) => ranks.get(id) ?? 0;
  const edges = connections.map(({ sourceOrgId, sinkOrgId, connectionTypes }) => ({
    sourceOrgId,
    sinkOrgId,
    connectionTypes,
  }));
  edges.sort(
    (a, b) => rank(a.sourceOrgId) - rank(b.sourceOrgId) || rank(a.sinkOrgId) - rank(b.sinkOrgId),
  );
  return { orgs, connections: edges };
}

const syntaxes = {
  mermaid: {
    begin: ["flowchart LR"],
    org: (key: string, name: string) => `  ${key}["${mermaidText(name)}"]`,
    connection(source: string, sink: string, types: string) {
      const text = mermaidText(types);
      // Mermaid doesn't accept an empty label.
      return `  ${source} ${text.trim() === "" ? "-->" : `-->|"${text}"|`} ${sink}`;
    },
    end: [],
  },
  dot: {
    begin: [
      "digraph {",
      "  rankdir=LR;",
      '  node [shape=box, style=rounded, fontname="Helvetica"];',
      '  edge [fontname="Helvetica", fontsize=11];',
    ],
    org: (key: string, name: string) => `  ${key} [label="${dotText(name)}"];`,
    connection: (source: string, sink: string, types: string) =>
      `  ${source} -> ${sink} [label="${dotText(types)}"];`,
    end: ["}"],
  },
};

export function render({ orgs, connections }: Topology, format: Format): string {
  const { begin, org, connection, end } = syntaxes[format];
  const unique = uniqueNames("_");
  const keys = new Map(orgs.map((each) => [each.id, unique(`org_${orgSlug(each, "_")}`)]));
  const keyOf = (id: string | undefined) => keys.get(id) ?? "";
  return [
    ...begin,
    ...orgs.map(({ id, name }) => org(keyOf(id), name)),
    ...connections.map(({ sourceOrgId, sinkOrgId, connectionTypes }) =>
      connection(keyOf(sourceOrgId), keyOf(sinkOrgId), connectionTypes.join(", ")),
    ),
    ...end,
    "",
  ].join("\n");
}

/** Mermaid interprets quotes, entities, HTML and Markdown in a label, so most punctuation is escaped. */
function mermaidText(text: string): string {
  return escapeText(cut(text)).replace(
    /(?<![\p{L}\p{N}])[-.]|[-.](?![\p{L}\p{N}])|[^\p{L}\p{M}\p{N} ,.-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}

/** DOT interprets quotes, escapes such as `\n`, and entities in a label. */
function dotText(text: string): string {
  return escapeText(cut(text))
    .replaceAll("&", "&amp;")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
}

/** The defaults of Mermaid's `maxEdges` and `maxTextSize`, which GitHub uses too. */
const maxEdges = 500;
const maxTextSize = 50_000;

function noteMermaidLimits({ connections: { length } }: Topology, text: string): void {
  if (length <= maxEdges && text.length <= maxTextSize) return;
  note(
    `This graph has ${pluralize(length, "connection")} and ` +
      `${pluralize(text.length, "character")}. By default, Mermaid renders at most ` +
      `${pluralize(maxEdges, "connection")} and ${pluralize(maxTextSize, "character")}, so GitHub ` +
      "won't render it. Use --format dot and Graphviz (dot -Tsvg) instead.",
  );
}
