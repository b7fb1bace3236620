import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

/** The texts of files, by their paths. */
async function textsOf(...patterns: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for await (const path of glob(patterns)) {
    if (!path.includes("node_modules")) texts.set(path, await readFile(path, "utf8"));
  }
  return texts;
}

const documents = await textsOf("*.md", "{.github,cli,docs,examples,test}/**/*.md");
const source = await textsOf("{cli,plugin,provider,sdk}/**/*.ts");

const fence = /^(?<indent> *)```(?<language>\w*)\n(?<code>[\s\S]*?)^\k<indent>```$/gm;

/** The text of a document without its blocks of code. */
const proseOf = (path: string) => documents.get(path)?.replace(fence, "") ?? "";

/** The links that lead to files of the repository, or to headings of their own document. */
function linksOf(path: string): string[] {
  const targets = [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => !/^(https?:|\.\.\/blob\/)/.test(target));
}

/** The anchors that GitHub gives the headings of a document. */
function anchorsOf(path: string): string[] {
  const headings = [...proseOf(path).matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

it("what a document links to exists", () => {
  const links = [...documents.keys()].flatMap((path) =>
    linksOf(path).map((link) => ({ path, link })),
  );
  expect(links.length).toBeGreaterThan(50);
  const broken = links.filter(({ path, link }) => {
    const [file = "", anchor] = link.split("#", 2);
    const target = file === "" ? path : join(dirname(path), file);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken).toEqual([]);
});

it("every message that Troubleshooting explains is one that a user can see", () => {
  /** What Datadog, Node.js or Pulumi say. */
  const foreign = [
    "401 Unauthorized",
    "403 Forbidden",
    "400 Bad Request",
    "429 Too Many Requests",
    "Cannot find module 'pulumi-datadog-org-connections/provider'",
    "Cannot read properties of undefined (reading 'toJavaScript')",
    "could not find latest version for provider datadog-org-connections",
  ];
  const guide = documents.get("docs/troubleshooting.md") ?? "";
  const messages = [...guide.matchAll(/\*\*`([^`]+)`\*\*/g)].map(([, message = ""]) => message);
  expect(messages.length).toBeGreaterThan(20);
  const text = [...source.values()].join("\n").replace(/["'`] \+\s+["'`]/g, ""); // one text in two lines
  const parts = messages
    .filter((message) => !foreign.includes(message))
    .flatMap((message) => message.split("…").map((part) => part.trim()));
  expect(parts.filter((part) => !text.includes(part))).toEqual([]);
});

it("the TypeScript of README, guides and docblocks compiles", () => {
  /** The names that a snippet may use without declaring them. */
  const declarations = `
declare const pulumi: typeof import("@pulumi/pulumi");
declare const OrgConnection: typeof import("pulumi-datadog-org-connections").OrgConnection;
declare const getOrgConnections: typeof import("pulumi-datadog-org-connections").getOrgConnections;
declare const getOrgConnectionsOutput: typeof import("pulumi-datadog-org-connections").getOrgConnectionsOutput;
declare const args: import("pulumi-datadog-org-connections").OrgConnectionArgs;
declare const sinkOrgId: string;
declare const hub: string;
declare const id: string;
`;
  const files = [...documents, ...source].filter(([path]) => /^(README|docs|sdk)/.test(path));
  const texts = new Map([[resolve("test/declarations.d.ts"), declarations]]);
  for (const [path, text] of files) {
    const lines = text.replace(/^ +\* ?/gm, ""); // as docblocks begin lines
    for (const { groups, index } of lines.matchAll(fence)) {
      if (groups?.["language"] !== "ts") continue;
      const file = resolve(`test/${path.replaceAll("/", "-")}-${index}.ts`);
      texts.set(file, `${groups["code"]}\nexport {};\n`);
    }
  }
  expect(texts.size).toBeGreaterThan(10);
  expect(problemsOf(texts)).toEqual([]);
});

/** Compiles texts that aren't in files. */
function problemsOf(texts: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const options: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, ".").options,
    paths: { "pulumi-datadog-org-connections": [resolve("sdk/index.ts")] },
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: read } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? read(name);
  const program = ts.createProgram([...texts.keys()], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
}
