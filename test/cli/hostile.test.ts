import * as fs from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import ts from "typescript";
import { beforeEach, describe, expect, it } from "vitest";
import { render, topologyOf } from "../../cli/graph.ts";
import { importFile, programText, selectImportable } from "../../cli/import.ts";
import { escapeText, table } from "../../cli/output.ts";
import { outputsOf } from "../../provider/outputs.ts";
import { takeRequests } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import * as fixture from "./fixture.ts";

const { connect, environmentOf, newFolder, profilesOf, runTool, stateOf } = fixture;
const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

/** One line that a terminal shows as one line, with nothing before it and no request sent. */
function expectRefused(
  { code, stdout, stderr }: fixture.ToolResult,
  message: string | RegExp,
): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error: [^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,4000}\n$/u);
  expect(stderr).toMatch(message);
  expect(fake.requestLines).toEqual([]);
}

const drift = (input: string | Uint8Array, ...args: string[]) =>
  runTool(["drift", ...args], { env: profilesOf(fake, "payments"), input });
const withConfig = (stackConfig: string | Uint8Array) =>
  runTool(["list"], { env: {}, stackConfig });

describe("an encoding", () => {
  const utf16 = (text: string) => Buffer.from(text, "utf16le");

  it.each([
    ["UTF-8 with a byte order mark", (text: string) => Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little-endian", (text: string) => utf16(`\ufeff${text}`)],
    ["UTF-16, big-endian", (text: string) => utf16(`\ufeff${text}`).swap16()],
    ["UTF-16, little-endian, without the mark", utf16],
    ["UTF-16, big-endian, without the mark", (text: string) => utf16(text).swap16()],
  ])("%s is read", async (_name, encoded) => {
    const { id } = connect(fake, "payments", "hub");
    const state = encoded(stateOf(id, {}, { sinkOrgName: "Søk 検索" }));
    expect(await drift(state)).toMatchObject({ code: 0, stderr: "" });
    fake.clearRequests();
    const { apiKey, appKey } = orgs.payments;
    const lines = Object.entries({ apiUrl: fake.url, apiKey, appKey }).map(
      ([name, value]) => `  datadog-org-connections:${name}: ${value}\n`,
    );
    const config = encoded(`config:\n${lines.join("")}`);
    expect(await withConfig(config)).toMatchObject({ code: 0, stderr: "" });
    expect(takeRequests(fake)).toEqual(["Payments: GET list 200"]);
  });

  it.each([
    ["Latin-1", Buffer.from("{ é", "latin1")],
    ["half a UTF-16 character", Buffer.from([0xff, 0xfe, 0x7b])],
    ["an executable", Buffer.from("\x7fELF\x02\x01\x01\xff", "latin1")],
  ])("%s is refused", async (_name, content) => {
    expectRefused(await drift(content), "standard input: it isn't text in UTF-8 or UTF-16.");
    expectRefused(await withConfig(content), "Pulumi.dev.yaml: it isn't text in UTF-8 or UTF-16.");
  });
});

it.each([
  ["/dev/zero", "larger than 256 MiB"],
  [".", "EISDIR"],
  ["none.json", "ENOENT"],
  ["\u001b[2J", "ENOENT"],
])("the file %j is refused", async (file, message) => {
  expectRefused(await drift("", "--state", file), message);
  expectRefused(await runTool(["list", "--stack-config", file], { env: {} }), message);
});

describe("a state", () => {
  const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
  const notExported =
    "error: Cannot use standard input: it isn't the output of `pulumi stack export` (JSON with a `deployment`).\n";
  const invalid = (name: string) =>
    `Cannot use standard input: properties of urn:pulumi:test::test::pulumi-nodejs:dynamic/datadog:OrgConnection::to-hub are missing or invalid: ${name}. Run`;

  it.each([
    ["nothing", "", notExported],
    ["no JSON", "no JSON", notExported],
    ["a list", "[]", notExported],
    ["nothing deployed", '{"version":3}', notExported],
    ["a resource without type", '{"deployment":{"resources":[{}]}}', notExported],
    ["no list of resources", '{"deployment":{"resources":{"0":{}}}}', notExported],
    ["100,000 lists in each other", "[".repeat(100_000), notExported],
    ["a type that isn't text", stateOf(id, { type: ["x"] }), notExported],
    ["no id", stateOf(id, { id: undefined }), invalid("id")],
    ["an empty id", stateOf(""), invalid("id")],
    ["an id with a path", stateOf(`${id}/../x`), invalid("id")],
    ["an id with a line break", stateOf(`${id}\n`), invalid("id")],
    ["an id of 600 KB", stateOf("a".repeat(600_000)), invalid("id")],
    ["a path as source", stateOf(id, {}, { sourceOrgId: ".." }), invalid("sourceOrgId")],
    ["a number as sink", stateOf(id, {}, { sinkOrgId: 7 }), invalid("sinkOrgId")],
    ["objects as types", stateOf(id, {}, { connectionTypes: [{}] }), invalid("connectionTypes")],
    ["a list as profile", stateOf(id, {}, { profile: [] }), invalid("profile")],
    [
      "a URN with a terminal's commands",
      stateOf("..", { urn: "urn:\u001b[2J\r\n\u202ex" }),
      "properties of urn: [2J x are missing",
    ],
    ["a URN of 600 KB", stateOf("..", { urn: "u".repeat(600_000) }), /properties of u{200}… are/],
  ])("with %s is refused", async (_name, input, message) => {
    expectRefused(await drift(input), message);
  });

  it("with null for what isn't set, and ids in upper case, is read", async () => {
    const existing = connect(fake, "payments", "hub").id.toUpperCase();
    const outputs = { sinkOrgName: null, sourceOrgId: orgs.payments.id.toUpperCase() };
    expect(await drift(stateOf(existing, {}, outputs))).toMatchObject({ code: 0 });
  });

  it("with long names and a terminal's commands is shown cut and escaped", async () => {
    const existing = connect(fake, "payments", "hub", ["audit"]).id;
    const urn = `urn:pulumi:test::test::t::\u001b[2J${"n".repeat(600_000)}`;
    const names = { sinkOrgName: `a\rb${"s".repeat(600_000)}`, connectionTypes: ["l\r\nm"] };
    const { code, stdout } = await drift(stateOf(existing, { urn }, names));
    expect(code).toBe(7);
    expect(stdout.split("\n")).toHaveLength(3);
    expect(stdout).toMatch(/\\u\{1b\}\[2Jn+… .*l\\u\{d\}\\u\{a\}m/);
    expect(stdout.length).toBeLessThan(1000);
  });
});

describe("a stack configuration", () => {
  const key = orgs.payments.apiKey; // the tool must not show it
  const notYaml = "error: Cannot read Pulumi.dev.yaml: it isn't valid YAML.\n";
  const notConfig = "Cannot use Pulumi.dev.yaml: it isn't a Pulumi stack configuration file";
  const deep = "[".repeat(20_000);
  const aliases = Array.from({ length: 40 }, (_, index) =>
    index === 0 ? "a0: &a0 [x]" : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
  );

  it.each([
    ["broken YAML", `config: [${key}`, notYaml],
    ["a name twice", `config:\n  a: ${key}\n  a: b\n`, notYaml],
    ["lists in each other", `config: {a: ${deep}`, notYaml],
    ["lists in each other that end", `config: {a: ${deep}${"]".repeat(20_000)}}`, notYaml],
    ["aliases that double each other", `${aliases.join("\n")}\nconfig: {a: *a39}`, notYaml],
    ["text as its configuration", `config: ${key}`, notConfig],
    ["a list", "- config", notConfig],
    ["a list as its configuration", `config: [${key}]`, notConfig],
  ])("with %s is refused", async (_name, content, message) => {
    expectRefused(await withConfig(content), message);
  });
});

describe("the files to write", () => {
  const write = (cwd: string, ...args: string[]) =>
    runTool(["import", "--json", ...args], { env: environmentOf(fake), cwd });

  /** Everything in a folder, with the targets of links. */
  async function contents(folder: string): Promise<Record<string, string>> {
    const entries = (await fs.readdir(folder)).sort().map(async (name) => {
      const path = join(folder, name);
      const found = await fs.lstat(path);
      if (found.isSymbolicLink()) return [name, `-> ${await fs.readlink(path)}`];
      return [name, found.isFile() ? await fs.readFile(path, "utf8") : "/"];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  async function folderWithFiles() {
    const cwd = await newFolder();
    await fs.writeFile(join(cwd, "mine"), "mine");
    await fs.mkdir(join(cwd, "folder"));
    await fs.symlink("nowhere", join(cwd, "to-nothing"));
    await fs.symlink("mine", join(cwd, "to-mine"));
    await fs.symlink("folder", join(cwd, "to-folder"));
    await fs.link(join(cwd, "mine"), join(cwd, "mine-too"));
    return { cwd, before: await contents(cwd) };
  }

  beforeEach(() => {
    connect(fake, "payments", "hub");
  });

  it.each([
    ["missing/index.ts", "ENOENT", "new.json", []],
    ["mine/index.ts", "ENOTDIR", "new.json", []],
    ["folder", "it already exists", "new.json", []],
    ["mine", "it already exists", "new.json", []],
    ["to-nothing", "EEXIST", "new.json", []],
    ["missing/index.ts", "ENOENT", "new.json", ["--force"]],
    ["folder", "EISDIR", "mine", ["--force"]],
    ["/dev/full", "ENOSPC", "mine", ["--force"]],
    ["/dev/full", "ENOSPC", "to-nothing", ["--force"]],
  ])("%s can't be written (%s): %s stays as it was, %j", async (program, problem, file, force) => {
    const { cwd, before } = await folderWithFiles();
    const names = ["--out-file", file, "--program", program];
    const { code, stdout, stderr } = await write(cwd, ...names, ...force);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^error: Cannot write ${program}: .*${problem}.*\n$`));
    expect(await contents(cwd)).toEqual(before);
  });

  it.each([
    ["mine", "to-mine"],
    ["mine", "mine-too"],
    ["to-nothing", "nowhere"],
    ["nowhere", "to-nothing"],
    ["folder/new", "to-folder/new"],
  ])("%s and %s are one file, which is refused", async (file, program) => {
    const { cwd, before } = await folderWithFiles();
    const names = ["--out-file", file, "--program", program, "--force"];
    const { code, stdout, stderr } = await write(cwd, ...names);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `error: Cannot write ${program}: it is the same file as ${file}. Choose two different files.\n`,
    );
    expect(await contents(cwd)).toEqual(before);
    expect(await contents(join(cwd, "folder"))).toEqual({});
  });

  it("two devices are written, also if they are one", async () => {
    const { cwd } = await folderWithFiles();
    await fs.symlink("/dev/null", join(cwd, "null"));
    const names = ["--out-file", "null", "--program", "/dev/null", "--force"];
    expect(await write(cwd, ...names)).toMatchObject({ code: 0 });
  });

  it("a graph that can't be written prints no JSON", async () => {
    const { cwd, before } = await folderWithFiles();
    const args = ["graph", "--json", "--format", "mermaid", "--out", "folder"];
    const run = await runTool(args, { env: environmentOf(fake), cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toMatch(/^error: Cannot write folder: .+\n$/);
    expect(await contents(cwd)).toEqual(before);
  });
});

describe("names", () => {
  const hostile = ['"', "'", "`", "\\", "\n", "\r\n", "\0", "\u001b[2J", "\u0085", "\u2028"].concat(
    ["\u2029", "\u202e", "\u2066", "\ud800", "\u{e0001}", "*/", "//", `\${process.exit(1)}`],
    ["</script>", "&quot;", "#quot;", "#34;", "&#34;", '"]; end', "|", "1. ", "- "],
    ["%%{init: {}}%%", "__proto__", "constructor", "\\N", "検索"],
  );
  fc.configureGlobal({ seed: 1 }); // the same inputs in each run
  const part = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary" }), fc.string());
  const text = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(""));
  const connection = fc.record({
    id: fc.uuid(),
    sourceOrgId: fc.uuid(),
    sourceOrgName: text,
    sinkOrgId: fc.uuid(),
    sinkOrgName: text,
    connectionTypes: fc.uniqueArray(text, { minLength: 1, maxLength: 4 }),
    createdAt: fc.constant("2025-08-26T20:19:38Z"),
  });
  const connections = fc.uniqueArray(connection, { selector: ({ id }) => id, maxLength: 6 });
  const profile = fc.option(
    text.filter((name) => name !== ""),
    { nil: undefined },
  );
  const importables = fc
    .array(fc.tuple(connection, profile), { maxLength: 6 })
    .map((all) =>
      all.map(([each, name]) => ({
        connection: each,
        outputs: outputsOf(each, name === undefined ? {} : { profile: name }),
      })),
    )
    .map((all) => selectImportable(all).importable);
  const misleading = /(?!\u200c|\u200d|\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

  it("make a program that parses, and declares exactly the connections", () => {
    fc.assert(
      fc.property(importables, (importable) => {
        const program = programText(importable);
        expect(program).not.toMatch(misleading);
        expect(evaluated(program)).toEqual(
          importable.map(({ name, outputs: { profile, sinkOrgId, connectionTypes } }) => ({
            name,
            args: { ...(profile !== undefined && { profile }), sinkOrgId, connectionTypes },
            options: { protect: true },
          })),
        );
      }),
    );
  });

  it("make an import file with the exact strings, and plain, unique names of resources", () => {
    fc.assert(
      fc.property(importables, (importable) => {
        const file = importFile(importable);
        expect(file).not.toMatch(misleading);
        expect(JSON.parse(file).resources).toMatchObject(
          importable.map(({ id, name, outputs }) => ({ id, name, outputs })),
        );
        const names = importable.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) expect(name).toMatch(/^([a-z0-9]+-)*to(-[a-z0-9]+)+$/);
      }),
    );
  });

  it("make Mermaid labels without anything that it could interpret as syntax", () => {
    fc.assert(
      fc.property(connections, (samples) => {
        const topology = topologyOf(samples);
        const lines = render(topology, "mermaid").trimEnd().split("\n").slice(1);
        const label = String.raw`((?:[\p{L}\p{N}\p{M} ,.-]|#\d+;)+)`;
        const form = String.raw`^ {2}org_\w+(?:\["${label}"\]| -->(?:\|"${label}"\|)? org_\w+)$`;
        const labels = lines.map((line) => {
          const [, org, types = ""] = new RegExp(form, "u").exec(line) ?? ["", "neither"];
          return fromMermaid(org ?? types);
        });
        expect(labels).toEqual([
          ...topology.orgs.map(({ name }) => escapeText(name)),
          ...topology.connections.map(({ connectionTypes }) =>
            escapeText(connectionTypes.join(", ")).replace(/^ +$/, ""),
          ),
        ]);
      }),
    );
  });

  it("make DOT statements of one line, with the exact label", () => {
    fc.assert(
      fc.property(connections, (samples) => {
        const topology = topologyOf(samples);
        const lines = render(topology, "dot").trimEnd().split("\n").slice(4, -1);
        const form = /^ {2}org_\w+(?: -> org_\w+)? \[label="((?:[^"\\&]|\\["\\]|&amp;)*)"\];$/u;
        const labels = lines.map((line) => fromDot(form.exec(line)?.[1] ?? "neither"));
        expect(labels).toEqual([
          ...topology.orgs.map(({ name }) => escapeText(name)),
          ...topology.connections.map(({ connectionTypes }) =>
            escapeText(connectionTypes.join(", ")),
          ),
        ]);
      }),
    );
  });

  it("make a table with a line for each row, and no control characters", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (rows) => {
        const lines = table(["A", "B"], rows).split("\n");
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(line).not.toMatch(misleading);
      }),
    );
  });

  /** Runs a program and returns what it declares. */
  function evaluated(program: string): unknown[] {
    const compiled = ts.transpileModule(program, {
      reportDiagnostics: true,
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    expect(compiled.diagnostics).toEqual([]);
    const declared: unknown[] = [];
    class OrgConnection {
      constructor(name: string, args: unknown, options: unknown) {
        declared.push({ name, args, options });
      }
    }
    new Function("require", "exports", compiled.outputText)(() => ({ OrgConnection }), {});
    return declared;
  }

  function fromMermaid(label: string): string {
    return label.replace(/#(\d+);/g, (_all, code) => String.fromCodePoint(Number(code)));
  }

  /** A backslash escapes the next character; the only entity is that of the ampersand. */
  function fromDot(label: string): string {
    return label.replace(/\\(.)|&amp;/gu, (_all, escaped) => escaped ?? "&");
  }
});
