import { extname } from "node:path";
import { type Command, Option } from "commander";
import { type CommonOptions, withCommonOptions } from "../common-options";
import { dot } from "../dot";
import { listedConnections } from "../listed-connections";
import { mermaid } from "../mermaid";
import { writeNewFiles } from "../new-files";
import { note, print, printJson } from "../output";
import { svg } from "../svg";
import { type Topology, topologyOf } from "../topology";

type Format = "mermaid" | "dot" | "svg";

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
  ".svg": "svg",
};

/** Mermaid's setting `maxEdges`, which GitHub leaves as it is. */
const mostMermaidEdges = 500;

export function addGraphCommand(program: Command): void {
  withCommonOptions(program.command("graph"))
    .description("draw which org shares what with which other org")
    .addOption(
      new Option("--format <format>", "the format of the picture, mermaid unless told").choices([
        "mermaid",
        "dot",
        "svg",
      ]),
    )
    .option("--out <file>", "write the picture to a file: .mmd, .dot or .svg")
    .option("--force", "replace the file where it exists")
    .addHelpText("after", "\nWith --json the picture only goes to --out. JSON: orgs, connections.")
    .action(async (options: GraphOptions, command: Command) => {
      const format = options.format ?? formatOf(options.out);
      if (format === undefined) {
        command.error(
          `error: --out ${options.out}: end it with .mmd, .dot or .svg, or add --format`,
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
  if (format === "mermaid" && topology.edges.length > mostMermaidEdges) {
    note(`Mermaid draws at most ${mostMermaidEdges} connections unless told; .svg draws all.`);
  }
  if (json) printJson(asJson(topology));
  if (json && out === undefined) return;
  const text = await drawn(topology, format);
  if (out === undefined) {
    print(text);
    return;
  }
  await writeNewFiles([{ path: out, text }], force);
  note(`Wrote ${out}.`);
}

async function drawn(topology: Topology, format: Format): Promise<string> {
  if (format === "mermaid") return mermaid(topology);
  return format === "dot" ? dot(topology) : await svg(dot(topology));
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
