import { extname } from "node:path";
import { type Command, Option } from "commander";
import { queryConnections } from "../connections";
import { type CommonOptions, withCommonOptions } from "../options";
import { note, print, printJson } from "../output/print";
import { writeNewFiles } from "../output/write-files";
import { dot } from "./dot";
import { mermaid, mermaidSizeWarning } from "./mermaid";
import { type Topology, topologyOf } from "./topology";

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
  withCommonOptions(program.command("graph"))
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
    )
    .action(async (options: GraphOptions, command: Command) => {
      const format = options.format ?? formatOf(options.out);
      if (format === undefined) {
        command.error(
          `error: --out ${options.out}: unknown extension; use .mmd or .dot, or add --format. ${svgHint}`,
        );
        return;
      }
      await runGraph(format, options);
    });
}

function formatOf(file: string | undefined): Format | undefined {
  return file === undefined ? "mermaid" : formatByExtension[extname(file).toLowerCase()];
}

async function runGraph(format: Format, { out, force, json, ...common }: GraphOptions) {
  const topology = topologyOf(await queryConnections(common));
  const text = format === "mermaid" ? mermaid(topology) : dot(topology);
  if (out !== undefined) await writeNewFiles([{ path: out, text }], force);
  if (json) printJson(asJson(topology));
  else if (out === undefined) print(text);
  if (json && out === undefined) return; // nothing was rendered
  const warning = format === "mermaid" ? mermaidSizeWarning(topology, text) : undefined;
  if (warning !== undefined) note(warning);
  if (out !== undefined) note(`Wrote ${out}.`);
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
