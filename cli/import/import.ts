import { resolve } from "node:path";
import type { Command } from "commander";
import type { Connection } from "../../provider/api/connection";
import { withUserErrors } from "../../provider/errors";
import { readSources } from "../config/sources";
import { type CommonOptions, withCommonOptions } from "../options";
import { note, printJson } from "../output/print";
import { counted } from "../output/table";
import { writeNewFiles } from "../output/write-files";
import { askEach, profilesToAsk } from "../query-orgs";
import { importFile } from "./import-file";
import { chooseImportable, connectionsOf, type Importable } from "./importable";
import { programText } from "./program-text";

interface ImportOptions extends CommonOptions {
  readonly outFile: string;
  readonly program: string;
  readonly force?: true;
}

export function addImportCommand(program: Command): void {
  withCommonOptions(program.command("import"))
    .description("write what a stack needs to manage the org connections that exist")
    .option("--out-file <file>", "the file for `pulumi import --file`", "org-connections.json")
    .option("--program <file>", "the matching TypeScript program", "org-connections.ts")
    .option("--force", "replace these files where they exist")
    .addHelpText(
      "after",
      "\nOnly the source org of a connection can manage it; the others are left out.\n" +
        "JSON: importFile, program, connections, leftOut.",
    )
    .action(async (options: ImportOptions, command: Command) => {
      if (resolve(options.outFile) === resolve(options.program)) {
        command.error("error: --out-file and --program name the same file");
      }
      await runImport(options);
    });
}

async function runImport(options: ImportOptions): Promise<void> {
  const sources = await readSources(options);
  const lists = await askEach(sources, profilesToAsk(sources, options.profile), connectionsOf);
  const { importable, leftOut } = await withUserErrors(
    "list",
    "Cannot import the org connections",
    async () => chooseImportable(lists.flat()),
  );
  if (importable.length > 0) {
    const files = [
      { path: options.outFile, text: importFile(importable) },
      { path: options.program, text: programText(importable) },
    ];
    await writeNewFiles(files, options.force);
  }
  tellLeftOut(leftOut);
  tellNextSteps(importable, options);
  if (options.json) printJson(asJson(importable, leftOut, options));
}

function asJson(
  importable: readonly Importable[],
  leftOut: readonly Connection[],
  { outFile, program }: ImportOptions,
): object {
  const written = importable.length > 0;
  return {
    importFile: written ? outFile : null,
    program: written ? program : null,
    connections: importable.map(({ name, id, outputs }) => ({ name, id, ...outputs })),
    leftOut: leftOut,
  };
}

function tellLeftOut(leftOut: readonly Connection[]): void {
  if (leftOut.length === 0) return;
  const sources = new Set(leftOut.map((one) => one.sourceOrgName ?? one.sourceOrgId ?? "?"));
  note(
    `Left out ${counted(leftOut.length, "connection")} managed by ${leftOut.length === 1 ? "its" : "their"} ` +
      `source org: ${[...sources].sort().join(", ")}.`,
  );
}

function tellNextSteps(importable: readonly Importable[], options: ImportOptions): void {
  if (importable.length === 0) {
    note("There is no connection to import; no file was written.");
    return;
  }
  const { outFile, program } = options;
  note(`Wrote ${counted(importable.length, "connection")} to ${outFile} and ${program}.`);
  note(`Make ${program} the stack's program, or import it there. Then:`);
  note(`  pulumi import --file ${quoted(outFile)} --generate-code=false`);
  note("  pulumi preview --refresh");
}

/** A path as one word of a shell's command. */
function quoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
