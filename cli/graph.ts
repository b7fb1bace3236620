import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { Connection } from "../provider/api/connection";
import { writeNewFiles } from "./files";
import { listConnections } from "./list";
import { orgSlug, uniqueNames } from "./names";
import { addCommand, type CommonOptions, exitCodes } from "./options";
import { compare, cut, escapeText, note, pluralize, print, printJson } from "./output";

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

async function runGraph(options: GraphOptions, command: Command): Promise<number> {
  const { out, force, json } = options;
  const format =
    options.format ??
    (out === undefined ? "mermaid" : formatByExtension[extname(out).toLowerCase()]) ??
    command.error(
      `error: --out ${out}: unknown extension; use .mmd or .dot, or add --format. ${svgHint}`,
    );
  const topology = topologyOf(await listConnections(options));
  const text = format === "mermaid" ? mermaid(topology) : dot(topology);
  if (out !== undefined) await writeNewFiles([{ path: out, text }], force);
  if (json) printJson(asJson(topology));
  else if (out === undefined) print(text);
  const isRendered = out !== undefined || !json;
  if (isRendered && format === "mermaid") noteMermaidLimits(topology, text);
  if (out !== undefined) note(`Wrote ${out}.`);
  return exitCodes.success;
}

/** An org in the graph. */
interface OrgNode {
  /** Unique in the graph: letters, digits and `_`. */
  readonly key: string;
  /** Missing if Datadog's response doesn't include it. */
  readonly id: string | undefined;
  readonly name: string;
}

/** A connection in the graph. */
interface Edge {
  readonly source: OrgNode;
  readonly sink: OrgNode;
  readonly types: readonly string[];
}

interface Topology {
  readonly orgs: readonly OrgNode[];
  readonly edges: readonly Edge[];
}

/** Builds the graph. Its order depends only on names and ids, so that diffs stay small. */
export function topologyOf(connections: readonly Connection[]): Topology {
  const names = new Map<string | undefined, string>();
  for (const { sourceOrgId, sourceOrgName, sinkOrgId, sinkOrgName } of connections) {
    names.set(sourceOrgId, sourceOrgName || names.get(sourceOrgId) || sourceOrgId || "unknown");
    names.set(sinkOrgId, sinkOrgName || names.get(sinkOrgId) || sinkOrgId || "unknown");
  }
  const unique = uniqueNames("_");
  const orgs = [...names]
    .map(([id, name]) => ({ id, name }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id))
    .map((org): OrgNode => ({ ...org, key: unique(`org_${orgSlug(org, "_")}`) }));
  const nodes = new Map(orgs.map((org) => [org.id, org]));
  const edges = connections.flatMap(({ sourceOrgId, sinkOrgId, connectionTypes: types }) => {
    const [source, sink] = [nodes.get(sourceOrgId), nodes.get(sinkOrgId)];
    return source && sink ? { source, sink, types } : [];
  });
  edges.sort((a, b) => compare(a.source.key, b.source.key) || compare(a.sink.key, b.sink.key));
  return { orgs, edges };
}

function asJson({ orgs, edges }: Topology): object {
  return {
    orgs: orgs.map(({ id, name }) => ({ id, name })),
    connections: edges.map(({ source, sink, types }) => ({
      sourceOrgId: source.id,
      sinkOrgId: sink.id,
      connectionTypes: types,
    })),
  };
}

/** The defaults of Mermaid's `maxEdges` and `maxTextSize`, which GitHub uses too. */
const maxEdges = 500;
const maxTextSize = 50_000;

/** Renders the topology as a Mermaid flowchart, for GitHub and GitLab. */
export function mermaid({ orgs, edges }: Topology): string {
  return [
    "flowchart LR",
    ...orgs.map(({ key, name }) => `  ${key}["${escaped(name)}"]`),
    ...edges.map(({ source, sink, types }) => `  ${source.key} ${arrow(types)} ${sink.key}`),
    "",
  ].join("\n");
}

function noteMermaidLimits({ edges }: Topology, text: string): void {
  if (edges.length <= maxEdges && text.length <= maxTextSize) return;
  note(
    `This graph has ${pluralize(edges.length, "connection")} and ` +
      `${pluralize(text.length, "character")}. By default, Mermaid renders at most ` +
      `${pluralize(maxEdges, "connection")} and ${pluralize(maxTextSize, "character")}, so GitHub ` +
      "won't render it. Use --format dot and Graphviz (dot -Tsvg) instead.",
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
  return escapeText(cut(text)).replace(
    /(?<![\p{L}\p{N}])[-.]|[-.](?![\p{L}\p{N}])|[^\p{L}\p{M}\p{N} ,.-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}

/** Renders the topology in DOT, the language of Graphviz. */
export function dot({ orgs, edges }: Topology): string {
  return [
    "digraph {",
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="Helvetica"];',
    '  edge [fontname="Helvetica", fontsize=11];',
    ...orgs.map(({ key, name }) => `  ${key} [label=${quoted(name)}];`),
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
  const escaped = escapeText(cut(text))
    .replaceAll("&", "&amp;")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
  return `"${escaped}"`;
}
