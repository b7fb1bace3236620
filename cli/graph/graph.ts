import { extname } from "node:path";
import { type Command, Option } from "commander";
import { listedConnections } from "../list/listed-connections";
import { type CommonOptions, withCommonOptions } from "../options";
import { note, print, printJson } from "../output/print";
import { writeNewFiles } from "../output/write-files";
import { dot } from "./dot";
import { mermaid, mermaidExcess } from "./mermaid";
import { type Topology, topologyOf } from "./topology";

type Format = "mermaid" | "dot";

interface GraphOptions extends CommonOptions {
  readonly format?: Format;
  readonly out?: string;
  readonly force?: true;
}

const formatOfEnding: Readonly<Record<string, Format>> = {
  ".mmd": "mermaid",
  ".mermaid": "mermaid",
  ".dot": "dot",
  ".gv": "dot",
};

const svgHint = "For SVG, pipe DOT to Graphviz: graph --format dot | dot -Tsvg";

export function addGraphCommand(program: Command): void {
  withCommonOptions(program.command("graph"))
    .description("draw which org shares what with which other org")
    .addOption(
      new Option("--format <format>", "the format of the picture, mermaid unless told").choices([
        "mermaid",
        "dot",
      ]),
    )
    .option("--out <file>", "write the picture to a file: .mmd or .dot")
    .option("--force", "replace the file where it exists")
    .addHelpText(
      "after",
      `\n${svgHint} >orgs.svg\n` +
        "With --json the picture only goes to --out. JSON: orgs, connections.",
    )
    .action(async (options: GraphOptions, command: Command) => {
      const format = options.format ?? formatOf(options.out);
      if (format === undefined) {
        command.error(
          `error: --out ${options.out}: end it with .mmd or .dot, or add --format. ${svgHint}`,
        );
        return;
      }
      await runGraph(format, options);
    });
}

function formatOf(file: string | undefined): Format | undefined {
  return file === undefined ? "mermaid" : formatOfEnding[extname(file).toLowerCase()];
}

async function runGraph(format: Format, { out, force, json, ...asked }: GraphOptions) {
  const topology = topologyOf(await listedConnections(asked));
  const text = format === "mermaid" ? mermaid(topology) : dot(topology);
  if (out !== undefined) await writeNewFiles([{ path: out, text }], force);
  if (json) printJson(asJson(topology));
  else if (out === undefined) print(text);
  if (json && out === undefined) return; // nothing was drawn
  const excess = format === "mermaid" ? mermaidExcess(topology, text) : undefined;
  if (excess !== undefined) note(excess);
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
