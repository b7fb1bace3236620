import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Connection } from "../../provider/api/connection";
import { withUserErrors } from "../../provider/errors";
import { readSources } from "../config/sources";
import { type CommonOptions, withCommonOptions } from "../options";
import { note, pluralize, printJson } from "../output/print";
import { type NewFile, writeNewFiles } from "../output/write-files";
import { profilesToQuery, queryEach } from "../query-orgs";
import { importFile, pluginImportFile } from "./import-file";
import { connectionsOf, type Importable, selectImportable } from "./importable";
import { programText } from "./program-text";

interface ImportOptions extends CommonOptions {
  readonly outFile: string;
  readonly program: string;
  readonly plugin?: true;
  readonly force?: true;
}

export function addImportCommand(program: Command): void {
  withCommonOptions(program.command("import"))
    .description("write an import file and a program for the existing org connections")
    .option("--out-file <file>", "file for `pulumi import --file`", "org-connections.json")
    .option("--program <file>", "matching TypeScript program", "org-connections.ts")
    .addOption(
      new Option(
        "--plugin",
        "write an import file for the plugin; `pulumi import` writes the program",
      ).conflicts("program"),
    )
    .option("--force", "overwrite these files if they exist")
    .addHelpText(
      "after",
      "\nOnly the source org can manage a connection, so connections from other orgs are left out.\n" +
        "JSON: importFile, program, connections, leftOut.",
    )
    .action(async (options: ImportOptions, command: Command) => {
      if (!options.plugin && resolve(options.outFile) === resolve(options.program)) {
        command.error(
          "error: --out-file and --program name the same file; choose two different files",
        );
      }
      await runImport(options);
    });
}

async function runImport(options: ImportOptions): Promise<void> {
  const sources = await readSources(options);
  const lists = await queryEach(sources, profilesToQuery(sources, options.profile), connectionsOf);
  const { importable, leftOut } = await withUserErrors(
    "list",
    "Cannot import the org connections",
    async () => selectImportable(lists.flat()),
  );
  if (importable.length > 0) {
    await writeNewFiles(filesFor(importable, options), options.force);
  }
  noteLeftOut(leftOut);
  noteNextSteps(importable, options);
  if (options.json) printJson(asJson(importable, leftOut, options));
}

function filesFor(
  importable: readonly Importable[],
  { outFile, program, plugin }: ImportOptions,
): NewFile[] {
  if (plugin) return [{ path: outFile, text: pluginImportFile(importable) }];
  return [
    { path: outFile, text: importFile(importable) },
    { path: program, text: programText(importable) },
  ];
}

function asJson(
  importable: readonly Importable[],
  leftOut: readonly Connection[],
  { outFile, program, plugin }: ImportOptions,
): object {
  const written = importable.length > 0;
  return {
    importFile: written ? outFile : null,
    program: written && !plugin ? program : null,
    connections: importable.map(({ name, id, outputs }) => ({ name, id, ...outputs })),
    leftOut,
  };
}

function noteLeftOut(leftOut: readonly Connection[]): void {
  if (leftOut.length === 0) return;
  const sources = new Set(
    leftOut.map(({ sourceOrgName, sourceOrgId }) => sourceOrgName ?? sourceOrgId ?? "?"),
  );
  note(
    `Left out ${pluralize(leftOut.length, "connection")} managed by ${leftOut.length === 1 ? "its" : "their"} ` +
      `source org: ${[...sources].sort().join(", ")}.`,
  );
}

function noteNextSteps(importable: readonly Importable[], options: ImportOptions): void {
  if (importable.length === 0) {
    note("No connections to import; no files were written.");
    return;
  }
  const { outFile, program, plugin } = options;
  const count = pluralize(importable.length, "connection");
  if (plugin) {
    note(`Wrote ${count} to ${outFile}. Run this, and add the code that it prints to the program:`);
    note(`  pulumi import --file ${shellQuoted(outFile)}`);
    note("  pulumi preview --refresh");
    return;
  }
  note(`Wrote ${count} to ${outFile} and ${program}.`);
  note(`Use ${program} as the stack's program, or import it there. Then run:`);
  note(`  pulumi import --file ${shellQuoted(outFile)} --generate-code=false`);
  note("  pulumi preview --refresh");
}

/** Quotes a path for the shell if needed. */
function shellQuoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
