import fc from "fast-check";
import ts from "typescript";
import { expect, it } from "vitest";
import { dot, mermaid, topologyOf } from "../../cli/graph.ts";
import { importFile, programText, selectImportable } from "../../cli/import.ts";
import { escapeText, table } from "../../cli/output.ts";

const hostile = [
  '"',
  "'",
  "`",
  "\\",
  "\n",
  "\r\n",
  "\0",
  "\u001b[2J",
  "\u0085",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\ud800",
  "\u{e0001}",
  "*/",
  "//",
  `\${process.exit(1)}`,
  "</script>",
  "&quot;",
  "#quot;",
  "#34;",
  "&#34;",
  '"]; end',
  "|",
  "1. ",
  "- ",
  "%%{init: {}}%%",
  "__proto__",
  "constructor",
  "\\N",
  "\\",
  "検索",
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary" }), fc.string()), {
    maxLength: 4,
  })
  .map((parts) => parts.join(""));

const connection = fc.record({
  sourceOrgId: fc.uuid(),
  sourceOrgName: text,
  sinkOrgId: fc.uuid(),
  sinkOrgName: text,
  profile: fc.option(
    text.filter((name) => name !== ""),
    { nil: undefined },
  ),
  types: fc.uniqueArray(text, { minLength: 1, maxLength: 4 }),
  id: fc.uuid(),
});

const connections = fc.uniqueArray(connection, { selector: ({ id }) => id, maxLength: 6 });
type Sample = typeof connection extends fc.Arbitrary<infer T> ? T : never;

const listedOf = (samples: readonly Sample[]) =>
  samples.map(({ profile, types, ...rest }) => ({
    ...rest,
    connectionTypes: types,
    createdAt: "2025-08-26T20:19:38Z",
  }));

const importableOf = (samples: readonly Sample[]) =>
  selectImportable(
    samples.map((sample) => ({
      profile: sample.profile,
      isSource: true,
      connection: {
        id: sample.id,
        connectionTypes: sample.types,
        createdAt: "2025-08-26T20:19:38Z",
        sourceOrgId: sample.sourceOrgId,
        sourceOrgName: sample.sourceOrgName,
        sinkOrgId: sample.sinkOrgId,
        sinkOrgName: sample.sinkOrgName,
      },
    })),
  ).importable;

const misleading = /(?!\u200c|\u200d|\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

it("the program parses, and declares exactly the connections", () => {
  fc.assert(
    fc.property(connections, (samples) => {
      const importable = importableOf(samples);
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

it("the names of the resources are plain and unique", () => {
  fc.assert(
    fc.property(connections, (samples) => {
      const names = importableOf(samples).map(({ name }) => name);
      expect(new Set(names).size).toBe(samples.length);
      for (const name of names) expect(name).toMatch(/^([a-z0-9]+-)*to(-[a-z0-9]+)+$/);
    }),
  );
});

it("the import file contains the exact strings", () => {
  fc.assert(
    fc.property(connections, (samples) => {
      const importable = importableOf(samples);
      const file = importFile(importable);
      expect(file).not.toMatch(misleading);
      expect(JSON.parse(file).resources).toMatchObject(
        importable.map(({ id, name, outputs }) => ({ id, name, outputs })),
      );
    }),
  );
});

it("Mermaid labels contain nothing that it could interpret as syntax", () => {
  fc.assert(
    fc.property(connections, (samples) => {
      const topology = topologyOf(listedOf(samples));
      const lines = mermaid(topology).trimEnd().split("\n").slice(1);
      const text = String.raw`((?:[\p{L}\p{N}\p{M} ,.-]|#\d+;)+)`;
      const form = String.raw`^ {2}org_\w+(?:\["${text}"\]| -->(?:\|"${text}"\|)? org_\w+)$`;
      const labels = lines.map((line) => {
        const [, org, types = ""] = new RegExp(form, "u").exec(line) ?? ["", "neither"];
        return fromMermaid(org ?? types);
      });
      expect(labels).toEqual([
        ...topology.orgs.map((org) => escapeText(org.name)),
        ...topology.edges.map(({ types }) => escapeText(types.join(", ")).replace(/^ +$/, "")),
      ]);
    }),
  );
});

it("every DOT statement is on one line, with the exact label", () => {
  fc.assert(
    fc.property(connections, (samples) => {
      const topology = topologyOf(listedOf(samples));
      const lines = dot(topology).trimEnd().split("\n").slice(4, -1);
      const statement =
        /^ {2}(org_\w+(?: -> org_\w+)?) \[label="((?:[^"\\&]|\\["\\]|&amp;)*)"\];$/u;
      const read = lines.map((line) => {
        const [, subject, label = ""] = statement.exec(line) ?? [];
        return [subject, fromDot(label)];
      });
      expect(read).toEqual([
        ...topology.orgs.map(({ key, name }) => [key, escapeText(name)]),
        ...topology.edges.map(({ source, sink, types }) => [
          `${source.key} -> ${sink.key}`,
          escapeText(types.join(", ")),
        ]),
      ]);
    }),
  );
});

it("a table has a line for each row, and no control characters", () => {
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
