import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";

/** A way to manage org connections that is measured. */
export interface Contender {
  readonly name: "ours" | "floor" | "captured" | "plugin" | "yaml";
  /** As tables call it. */
  readonly title: string;
  /** What it is, in Markdown of the page. */
  readonly explanation: string;
  /** The Pulumi program, in `programs`; `yaml` makes one in YAML. */
  readonly program: string | "yaml";
  /** Files that are laid beside the program, by their path there: the file in this folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether it sends requests, so that the latency of the service concerns it. */
  readonly sendsRequests: boolean;
}

const nothing = "node_modules/pulumi-datadog-org-connections";

export const contenders: readonly Contender[] = [
  {
    name: "floor",
    title: "engine alone",
    explanation:
      "our program and the very same provider text, which loads an entry that sends nothing and answers at once: what the engine itself takes",
    program: "programs/ours.ts",
    files: {
      [`${nothing}/package.json`]: "nothing/package.json",
      [`${nothing}/program.js`]: "nothing/program.js",
      [`${nothing}/provider.js`]: "nothing/provider.js",
    },
    sendsRequests: false,
  },
  {
    name: "ours",
    title: "this provider",
    explanation: "this package",
    program: "programs/ours.ts",
    files: {},
    sendsRequests: true,
  },
  {
    name: "plugin",
    title: "plugin",
    explanation: "the plugin's executable, and a program in TypeScript like that of this provider",
    program: "programs/plugin.ts",
    files: {},
    sendsRequests: true,
  },
  {
    name: "yaml",
    title: "plugin, YAML",
    explanation: "the plugin's executable, and a program in YAML, which needs no Node.js",
    program: "yaml",
    files: {},
    sendsRequests: true,
  },
  {
    name: "captured",
    title: "captured by value",
    explanation:
      "a provider object that [pulumi.dynamic.Resource captures](../tools/bench/programs/captured.ts), as Pulumi's guide shows",
    program: "programs/captured.ts",
    files: {},
    sendsRequests: true,
  },
];

/** Connections to these sinks, all of the same types. */
export interface Declared {
  readonly sinks: readonly string[];
  readonly types: readonly string[];
}

/** The files of a contender's project; a program in TypeScript as the CommonJS that `tsc` makes. */
export async function filesOf(
  { program, files }: Contender,
  declared: Declared,
): Promise<Record<string, string>> {
  if (program === "yaml") return { "Pulumi.yaml": yamlProgram(declared) };
  const source = await readFile(join(import.meta.dirname, program), "utf8");
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const laid = Object.entries(files).map(async ([path, file]) => [
    path,
    await readFile(join(import.meta.dirname, file), "utf8"),
  ]);
  return {
    "index.cjs": outputText,
    "connections.json": JSON.stringify(declared),
    ...Object.fromEntries(await Promise.all(laid)),
  };
}

/** The program as JSON, which is YAML too. */
function yamlProgram({ sinks, types }: Declared): string {
  const resources = sinks.map((sinkOrgId, index) => [
    `sink-${index}`,
    {
      type: "datadog-org-connections:OrgConnection",
      properties: { sinkOrgId, connectionTypes: types },
    },
  ]);
  return JSON.stringify({
    name: "test",
    runtime: "yaml",
    resources: Object.fromEntries(resources),
  });
}
