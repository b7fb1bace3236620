import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Connection } from "../provider/api/connection";
import { UserError } from "../provider/errors";
import { inputsOf, type OrgConnectionOutputs, outputsOf } from "../provider/outputs";
import { providerText } from "../sdk/provider-text";
import { pluginResourceType, resourceType } from "../sdk/resource-type";
import { writeNewFiles } from "./files";
import { orgSlug, uniqueNames } from "./names";
import { addCommand, type CommonOptions, type Output } from "./options";
import { cut, escapeText, listed, literal, note, pluralize } from "./output";
import { type QueriedOrg, queryProfiles, setOrgIdOfTool } from "./query-orgs";

interface ImportOptions extends CommonOptions {
  readonly outFile: string;
  readonly program: string;
  readonly plugin?: true;
  readonly force?: true;
}

export function addImportCommand(program: Command): void {
  addCommand(program, "import", runImport)
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
    );
}

async function runImport(options: ImportOptions, command: Command): Promise<Output> {
  const { outFile, program, plugin, force } = options;
  if (!plugin && resolve(outFile) === resolve(program)) {
    command.error("error: --out-file and --program name the same file; choose two different files");
  }
  const lists = await queryProfiles(options, connectionsOf);
  const { importable, leftOut } = selectImportable(lists.flat());
  const isWritten = importable.length > 0;
  if (isWritten) {
    const file = { path: outFile, text: importFile(importable, plugin) };
    const files = plugin ? [file] : [file, { path: program, text: programText(importable) }];
    await writeNewFiles(files, force);
  }
  if (leftOut.length > 0) noteLeftOut(leftOut);
  if (isWritten) noteNextSteps(importable, options);
  else note("No connections to import; no files were written.");
  return {
    json: {
      importFile: isWritten ? outFile : null,
      program: isWritten && !plugin ? program : null,
      connections: importable.map(({ name, id, outputs }) => ({ name, id, ...outputs })),
      leftOut,
    },
  };
}

function noteLeftOut(leftOut: readonly Connection[]): void {
  const sources = leftOut.map(
    ({ sourceOrgName, sourceOrgId = "?" }) => sourceOrgName ?? sourceOrgId,
  );
  const their = leftOut.length === 1 ? "its" : "their";
  const connections = pluralize(leftOut.length, "connection");
  note(`Left out ${connections} managed by ${their} source org: ${listed(sources)}.`);
}

function noteNextSteps(
  importable: readonly Importable[],
  { outFile, program, plugin }: ImportOptions,
): void {
  const wrote = `Wrote ${pluralize(importable.length, "connection")} to ${outFile}`;
  const command = `  pulumi import --file ${shellQuoted(outFile)}`;
  if (plugin) {
    note(`${wrote}. Run this, and add the code that it prints to the program:`);
    note(command);
  } else {
    note(`${wrote} and ${program}.`);
    note(`Use ${program} as the stack's program, or import it there. Then run:`);
    note(`${command} --generate-code=false`);
  }
  note("  pulumi preview --refresh");
}

function shellQuoted(path: string): string {
  return /^[\w./@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

interface QueriedConnection {
  readonly connection: Connection;
  /** What the provider would record; `undefined` if another org is the source, which manages it. */
  readonly outputs: OrgConnectionOutputs | undefined;
}

/** @throws UserError if it is unknown which org the credentials belong to. */
async function connectionsOf({ profile, org }: QueriedOrg): Promise<QueriedConnection[]> {
  const list = await org.list();
  await org.assertExpected();
  const ownId = list.size > 0 ? await org.ownId() : "";
  if (ownId === undefined) {
    throw new UserError(`it is unknown which org these credentials belong to. ${setOrgIdOfTool}`);
  }
  const inputs = profile === undefined ? {} : { profile };
  return [...list.values()].map((connection) => ({
    connection,
    outputs: connection.sourceOrgId === ownId ? outputsOf(connection, inputs) : undefined,
  }));
}

/** A connection that a program can manage, with the name of its resource. */
type Importable = ReturnType<typeof selectImportable>["importable"][number];

/** Names the connections that can be imported, and returns those that can't. */
export function selectImportable(all: readonly QueriedConnection[]) {
  const own = distinct(all.filter(({ outputs }) => outputs !== undefined));
  const ids = new Set(own.map(({ connection }) => connection.id));
  const others = distinct(all.filter(({ connection }) => !ids.has(connection.id)));
  const hasOneSource = new Set(own.map(({ connection }) => connection.sourceOrgId)).size === 1;
  const unique = uniqueNames("-");
  const importable = own.flatMap(({ connection, outputs }) => {
    if (outputs === undefined) return [];
    const { id, sourceOrgId, sourceOrgName, sinkOrgId, sinkOrgName } = connection;
    const source = orgSlug({ id: sourceOrgId, name: sourceOrgName }, "-");
    const sink = orgSlug({ id: sinkOrgId, name: sinkOrgName }, "-");
    return { id, name: unique(hasOneSource ? `to-${sink}` : `${source}-to-${sink}`), outputs };
  });
  return { importable, leftOut: others.map(({ connection }) => connection) };
}

function distinct(connections: readonly QueriedConnection[]): QueriedConnection[] {
  const seen = new Set<string>();
  return connections.filter(({ connection: { id } }) => !seen.has(id) && seen.add(id));
}

/**
 * Renders the file for `pulumi import --file`. The engine records these inputs and outputs without
 * calling the dynamic provider, so they must equal what it would return. The plugin reads each connection.
 */
export function importFile(importable: readonly Importable[], plugin = false): string {
  const resources = importable.map(({ name, id, outputs }) =>
    plugin
      ? {
          type: pluginResourceType,
          name,
          id: outputs.profile === undefined ? id : `${outputs.profile}/${id}`,
        }
      : {
          type: resourceType,
          name,
          id,
          inputs: { __provider: providerText, ...inputsOf(outputs) },
          outputs: { __provider: providerText, ...outputs },
        },
  );
  return `${literal({ resources }, 2)}\n`;
}

const lineWidth = 80;

/** Renders a program that declares these connections, formatted like Prettier's output. */
export function programText(importable: readonly Importable[]): string {
  return `import {
  OrgConnection,
  type OrgConnectionArgs,
} from "pulumi-datadog-org-connections";

const connections: Record<string, OrgConnectionArgs> = {
${importable.map(declaration).join("\n")}
};

// Protected, as \`pulumi import\` protects them, so that none is deleted by mistake.
for (const [name, args] of Object.entries(connections)) {
  new OrgConnection(name, args, { protect: true });
}
`;
}

function declaration({ name, outputs }: Importable): string {
  const { profile, sinkOrgId, sinkOrgName, connectionTypes } = outputs;
  const comment = sinkOrgName === undefined ? "" : ` // ${escapeText(cut(sinkOrgName))}`;
  return [
    `  ${literal(name)}: {`,
    ...(profile === undefined ? [] : [`    profile: ${literal(profile)},`]),
    `    sinkOrgId: ${literal(sinkOrgId)},${comment.trimEnd()}`,
    list("connectionTypes", connectionTypes),
    "  },",
  ].join("\n");
}

function list(property: string, values: readonly string[]): string {
  const literals = values.map((value) => literal(value));
  const line = `    ${property}: [${literals.join(", ")}],`;
  if (line.length <= lineWidth) return line;
  const lines = literals.map((value) => `      ${value},`);
  return [`    ${property}: [`, ...lines, "    ],"].join("\n");
}
