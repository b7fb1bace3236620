import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { codeOf } from "./documents.ts";

const guides = (await readdir("docs")).filter((name) => name.endsWith(".md"));
const files = [
  "README.md",
  ...guides.map((name) => `docs/${name}`),
  "sdk/get-org-connections.ts",
  "sdk/org-connection.ts",
];

/** What a reader brings along to a snippet that isn't a whole program. */
const brought = `
declare const pulumi: typeof import("@pulumi/pulumi");
declare const OrgConnection: typeof import("pulumi-datadog-org-connections").OrgConnection;
declare const getOrgConnections: typeof import("pulumi-datadog-org-connections").getOrgConnections;
declare const getOrgConnectionsOutput: typeof import("pulumi-datadog-org-connections").getOrgConnectionsOutput;
declare const args: import("pulumi-datadog-org-connections").OrgConnectionArgs;
declare const sinkOrgId: string;
declare const hub: string;
declare const id: string;
`;

const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(config, ts.sys, ".").options,
  paths: { "pulumi-datadog-org-connections": [resolve("sdk/index.ts")] },
};

it("the TypeScript of README, guides and docblocks compiles", async () => {
  const texts = new Map([[resolve("test/brought.d.ts"), brought]]);
  for (const file of files) {
    const text = (await readFile(file, "utf8")).replace(/^ +\* ?/gm, ""); // as docblocks begin lines
    for (const [index, code] of codeOf("ts", text).entries()) {
      texts.set(resolve(`test/${file.replaceAll("/", "-")}-${index}.ts`), `${code}\nexport {};\n`);
    }
  }
  expect(texts.size).toBeGreaterThan(10);
  expect(problemsOf(texts)).toEqual([]);
});

/** Compiles texts that lie in no file. */
function problemsOf(texts: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: read, getSourceFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? read(name);
  host.getSourceFile = (name, version) => {
    const text = texts.get(name);
    return text === undefined
      ? getSourceFile(name, version)
      : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
}
