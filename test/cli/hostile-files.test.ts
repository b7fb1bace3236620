import {
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { list, newFolder, profilesOf, runTool, stateOf, type ToolResult } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

const utf16 = (text: string) => Buffer.from(text, "utf16le");

/** How editors and shells write a text. */
const encodings: readonly [string, (text: string) => Uint8Array][] = [
  ["UTF-8 with a byte order mark", (text) => Buffer.from(`\ufeff${text}`)],
  ["UTF-16, little-endian", (text) => utf16(`\ufeff${text}`)],
  ["UTF-16, big-endian", (text) => utf16(`\ufeff${text}`).swap16()],
  ["UTF-16, little-endian, without the mark", utf16],
  ["UTF-16, big-endian, without the mark", (text) => utf16(text).swap16()],
];

const notText: readonly [string, Uint8Array][] = [
  ["Latin-1", Buffer.from("{ é", "latin1")],
  ["half a UTF-16 character", Buffer.from([0xff, 0xfe, 0x7b])],
  ["an executable", Buffer.from("\x7fELF\x02\x01\x01\xff", "latin1")],
];

/** One line that a terminal shows as one line, with nothing before it and no request sent. */
function expectRefused({ code, stdout, stderr }: ToolResult, message: string | RegExp): void {
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error: [^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,4000}\n$/u);
  expect(stderr).toMatch(message);
  expect(fake.requestLines).toEqual([]);
}

describe("a state", () => {
  const drift = (input: string | Uint8Array, ...args: string[]) =>
    runTool(["drift", ...args], { env: profilesOf(fake, "payments"), input });
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
    ["a path as id", stateOf(".."), invalid("id")],
    ["an id with a path", stateOf(`${id}/../x`), invalid("id")],
    ["an id with a line break", stateOf(`${id}\n`), invalid("id")],
    ["an id of 600 KB", stateOf("a".repeat(600_000)), invalid("id")],
    ["a path as source", stateOf(id, {}, { sourceOrgId: ".." }), invalid("sourceOrgId")],
    ["a number as sink", stateOf(id, {}, { sinkOrgId: 7 }), invalid("sinkOrgId")],
    [
      "types that aren't text",
      stateOf(id, {}, { connectionTypes: [{}] }),
      invalid("connectionTypes"),
    ],
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

  it.each(notText)("that is %s is refused", async (_name, input) => {
    expectRefused(await drift(input), "standard input: it isn't text in UTF-8 or UTF-16.");
  });

  it.each([
    ["/dev/zero", "larger than 256 MiB"],
    [".", "EISDIR"],
    ["none.json", "ENOENT"],
    ["\u001b[2J", "ENOENT"],
  ])("in the file %j is refused", async (file, message) => {
    expectRefused(await drift("", "--state", file), message);
  });

  it.each(encodings)("in %s is read", async (_name, encoded) => {
    const { id: existing } = fake.connect({
      source: orgs.payments,
      sink: orgs.hub,
      types: ["logs"],
    });
    const cwd = await newFolder();
    const state = encoded(stateOf(existing, {}, { sinkOrgName: "Søk 検索" }));
    await writeFile(join(cwd, "state.json"), state);
    const none = { code: 0, stdout: "No drift: 1 connection as recorded.\n", stderr: "" };
    expect(await drift(state)).toEqual(none);
    const env = profilesOf(fake, "payments");
    expect(await runTool(["drift", "--state", "state.json"], { env, cwd })).toEqual(none);
  });

  it("with null for what isn't set, and ids in upper case, is read", async () => {
    const { id: existing } = fake.connect({
      source: orgs.payments,
      sink: orgs.hub,
      types: ["logs"],
    });
    const outputs = { sinkOrgName: null, sourceOrgId: orgs.payments.id.toUpperCase() };
    expect(await drift(stateOf(existing.toUpperCase(), {}, outputs))).toMatchObject({ code: 0 });
  });

  it("with long names and a terminal's commands is shown cut and escaped", async () => {
    const urn = `urn:pulumi:test::test::t::\u001b[2J${"n".repeat(600_000)}`;
    fake.setTypes(fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] }).id, [
      "audit",
    ]);
    const existing = fake.connections[0]?.id ?? "";
    const names = { sinkOrgName: `a\rb${"s".repeat(600_000)}`, connectionTypes: ["l\r\nm"] };
    const { code, stdout } = await drift(stateOf(existing, { urn }, names));
    expect(code).toBe(7);
    expect(stdout.split("\n")).toHaveLength(3);
    expect(stdout).toMatch(/\\u\{1b\}\[2Jn+… .*l\\u\{d\}\\u\{a\}m/);
    expect(stdout.length).toBeLessThan(1000);
  });
});

describe("a stack configuration", () => {
  async function run(content: string | Uint8Array): Promise<ToolResult> {
    const cwd = await newFolder();
    await writeFile(join(cwd, "Pulumi.dev.yaml"), content);
    return runTool(["list", "--stack-config", "Pulumi.dev.yaml"], { env: {}, cwd });
  }
  const key = orgs.payments.apiKey; // the tool must not show it
  const notYaml = "error: Cannot read Pulumi.dev.yaml: it isn't valid YAML.\n";
  const notConfig = "Cannot use Pulumi.dev.yaml: it isn't a Pulumi stack configuration file";
  const aliases = Array.from({ length: 40 }, (_, index) =>
    index === 0 ? "a0: &a0 [x]" : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
  );

  it.each([
    ["broken YAML", `config: [${key}`, notYaml],
    ["a name twice", `config:\n  a: ${key}\n  a: b\n`, notYaml],
    ["lists in each other", `config: {a: ${"[".repeat(20_000)}`, notYaml],
    [
      "lists in each other that end",
      `config: {a: ${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
      notYaml,
    ],
    ["aliases that double each other", `${aliases.join("\n")}\nconfig: {a: *a39}`, notYaml],
    ["text as its configuration", `config: ${key}`, notConfig],
    ["a list", "- config", notConfig],
    ["a list as its configuration", `config: [${key}]`, notConfig],
  ])("with %s is refused", async (_name, content, message) => {
    expectRefused(await run(content), message);
  });

  it.each(notText)("that is %s is refused", async (_name, content) => {
    expectRefused(await run(content), "Pulumi.dev.yaml: it isn't text in UTF-8 or UTF-16.");
  });

  it.each([
    ["/dev/zero", "larger than 256 MiB"],
    [".", "EISDIR"],
    ["none.yaml", "ENOENT"],
  ])("in the file %j is refused", async (file, message) => {
    expectRefused(await runTool(["list", "--stack-config", file], { env: {} }), message);
  });

  it.each(encodings)("in %s is read", async (_name, encoded) => {
    const { apiKey, appKey } = orgs.payments;
    const settings = { apiUrl: fake.url, apiKey, appKey };
    const lines = Object.entries(settings).map(
      ([name, value]) => `  datadog-org-connections:${name}: ${value}\n`,
    );
    expect(await run(encoded(`config:\n${lines.join("")}`))).toMatchObject({ code: 0, stderr: "" });
    expect(fake.requestLines).toEqual([list]);
  });
});

describe("the files to write", () => {
  const write = (cwd: string, ...args: string[]) =>
    runTool(["import", "--json", ...args], { env: environmentOf(fake), cwd });

  /** Everything in a folder, with the targets of links. */
  async function contents(folder: string): Promise<Record<string, string>> {
    const names = (await readdir(folder)).sort();
    const entries = names.map(async (name) => {
      const path = join(folder, name);
      const found = await lstat(path);
      if (found.isSymbolicLink()) return [name, `-> ${await readlink(path)}`];
      return [name, found.isFile() ? await readFile(path, "utf8") : "/"];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  beforeEach(() => {
    fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  });

  async function folderWithFiles(): Promise<string> {
    const cwd = await newFolder();
    await writeFile(join(cwd, "mine"), "mine");
    await mkdir(join(cwd, "folder"));
    await symlink("nowhere", join(cwd, "to-nothing"));
    await symlink("mine", join(cwd, "to-mine"));
    await symlink("folder", join(cwd, "to-folder"));
    await link(join(cwd, "mine"), join(cwd, "mine-too"));
    return cwd;
  }

  it.each([
    ["missing/index.ts", "ENOENT", []],
    ["mine/index.ts", "ENOTDIR", []],
    ["folder", "it already exists", []],
    ["mine", "it already exists", []],
    ["to-nothing", "EEXIST", []],
    ["missing/index.ts", "ENOENT", ["--force"]],
    ["folder", "EISDIR", ["--force"]],
    ["/dev/full", "ENOSPC", ["--force"]],
  ])(
    "one that can't be written, %s (%s, %j), leaves all as they were",
    async (program, problem, force) => {
      const cwd = await folderWithFiles();
      const before = await contents(cwd);
      for (const outFile of ["new.json", ...(force.length > 0 ? ["mine", "to-nothing"] : [])]) {
        const { code, stdout, stderr } = await write(
          cwd,
          "--out-file",
          outFile,
          "--program",
          program,
          ...force,
        );
        expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
        expect(stderr).toMatch(new RegExp(`^error: Cannot write ${program}: .*${problem}.*\n$`));
        expect(await contents(cwd)).toEqual(before);
      }
      expect(await write(cwd)).toMatchObject({ code: 0 }); // needs no --force
    },
  );

  it.each([
    ["mine", "to-mine"],
    ["to-mine", "mine"],
    ["mine", "mine-too"],
    ["to-nothing", "nowhere"],
    ["nowhere", "to-nothing"],
    ["folder/new", "to-folder/new"],
  ])("%s and %s are one file, which is refused", async (outFile, program) => {
    const cwd = await folderWithFiles();
    const before = await contents(cwd);
    const names = ["--out-file", outFile, "--program", program, "--force"];
    const { code, stdout, stderr } = await write(cwd, ...names);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `error: Cannot write ${program}: it is the same file as ${outFile}. Choose two different files.\n`,
    );
    expect(await contents(cwd)).toEqual(before);
    expect(await contents(join(cwd, "folder"))).toEqual({});
  });

  it("two devices are written, also if they are one", async () => {
    const cwd = await newFolder();
    await symlink("/dev/null", join(cwd, "null"));
    const names = ["--out-file", "null", "--program", "/dev/null", "--force"];
    expect(await write(cwd, ...names)).toMatchObject({ code: 0 });
  });

  it.each(["mine", "missing/orgs.mmd", "folder"])(
    "a graph that can't be written to %s prints no JSON",
    async (out) => {
      const cwd = await folderWithFiles();
      const before = await contents(cwd);
      const args = ["graph", "--json", "--format", "mermaid", "--out", out];
      const { code, stdout, stderr } = await runTool(args, { env: environmentOf(fake), cwd });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(new RegExp(`^error: Cannot write ${out}: .+\n$`));
      expect(await contents(cwd)).toEqual(before);
    },
  );
});
