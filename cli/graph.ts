import { extname } from "node:path";
import { type Command, Option } from "commander";
import type { Connection } from "../provider/api/connection";
import { compare, queryConnections } from "./connections";
import { writeNewFiles } from "./files";
import { orgSlug, UniqueNames } from "./names";
import { addCommand, type CommonOptions, exitCodes } from "./options";
import { cut, escapeText, note, pluralize, print, printJson } from "./output";

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

function formatOf(file: string | undefined): Format | undefined {
  return file === undefined ? "mermaid" : formatByExtension[extname(file).toLowerCase()];
}

async function runGraph(options: GraphOptions, command: Command): Promise<number> {
  const { out, force, json, ...common } = options;
  const format =
    options.format ??
    formatOf(out) ??
    command.error(
      `error: --out ${out}: unknown extension; use .mmd or .dot, or add --format. ${svgHint}`,
    );
  const topology = topologyOf(await queryConnections(common));
  const text = format === "mermaid" ? mermaid(topology) : dot(topology);
  if (out !== undefined) await writeNewFiles([{ path: out, text }], force);
  if (json) printJson(asJson(topology));
  else if (out === undefined) print(text);
  if (json && out === undefined) return exitCodes.success; // nothing was rendered
  const warning = format === "mermaid" ? mermaidSizeWarning(topology, text) : undefined;
  if (warning !== undefined) note(warning);
  if (out !== undefined) note(`Wrote ${out}.`);
  return exitCodes.success;
}

function asJson({ orgs, edges }: Topology): object {
  return {
    orgs: orgs.map(({ id, label }) => ({ id, name: label })),
    connections: edges.map(({ source, sink, types }) => ({
      sourceOrgId: source.id,
      sinkOrgId: sink.id,
      connectionTypes: types,
    })),
  };
}

/** An org in the graph. */
interface OrgNode {
  /** Unique in the graph: letters, digits and `_`. */
  readonly key: string;
  /** Missing if Datadog's response doesn't include it. */
  readonly id: string | undefined;
  readonly label: string;
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
  const keys = new UniqueNames("_");
  const orgs = [...names]
    .sort(([idA, nameA], [idB, nameB]) => compare(nameA, nameB) || compare(idA, idB))
    .map(([id, name]) => ({
      key: keys.take(`org_${orgSlug({ id, name }, "_")}`),
      id,
      label: name,
    }));
  const rank = new Map(orgs.map((org, index) => [org.id, index]));
  const nodeOf = (id: string | undefined) => orgs[rank.get(id) ?? 0];
  const edges = connections.flatMap(({ sourceOrgId, sinkOrgId, connectionTypes }) => {
    const [source, sink] = [nodeOf(sourceOrgId), nodeOf(sinkOrgId)];
    return source && sink ? [{ source, sink, types: connectionTypes }] : [];
  });
  return { orgs, edges: edges.sort(byKeys) };
}

function byKeys(a: Edge, b: Edge): number {
  return compare(a.source.key, b.source.key) || compare(a.sink.key, b.sink.key);
}

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
function mermaidSizeWarning({ edges }: Topology, text: string): string | undefined {
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
  const escaped = escapeText(cut(text))
    .replaceAll("&", "&amp;")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
  return `"${escaped}"`;
}
