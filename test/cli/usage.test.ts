import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { linesTold, list, newFolder, profilesOf, runTool } from "./fixture.ts";

const running = useFakeDatadog();

describe("wrong usage ends with 2", () => {
  it.each([
    [[], "Usage: datadog-org-connections"],
    [["lst"], "error: unknown command 'lst'"],
    [["list", "--nope"], "error: unknown option '--nope'"],
    [["list", "more"], "error: too many arguments"],
    [["list", "--site", "datadog.example"], "Known sites: datadoghq.com"],
    [["graph", "--format", "png"], "error: option '--format <format>'"],
    [["graph", "--out", "orgs.png"], "error: --out orgs.png: end it with .mmd or .dot, or add"],
    [
      ["graph", "--out", "orgs.svg"],
      "For SVG, pipe DOT to Graphviz: graph --format dot | dot -Tsvg",
    ],
    [["graph", "--format", "svg"], "error: option '--format <format>'"],
    [["import", "--out-file", "a", "--program", "a"], "error: --out-file and --program name the"],
    [["import", "--out-file", "a", "--program", "./a", "--force"], "--program name the same file"],
  ])("%j", async (args, message) => {
    const fake = running();
    const { code, stdout, stderr } = await runTool(args, { env: environmentOf(fake) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(fake.requestLines).toEqual([]);
  });
});

it.each(["list", "import", "graph", "doctor", "drift"])(
  "%s --help tells of --json",
  async (name) => {
    const { code, stdout } = await runTool([name, "--help"], { env: {} });
    expect(code).toBe(0);
    expect(stdout).toContain("--json");
    expect(stdout).toMatch(/JSON: \w+/);
  },
);

it("--version is that of the package", async () => {
  expect(await runTool(["--version"], { env: {} })).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: "",
  });
});

it("without credentials, the message says where they can be", async () => {
  const { code, stderr } = await runTool(["list"], { env: {} });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Missing Datadog credentials: neither a pair of keys.*\n$/);
});

it("a profile without credentials is named", async () => {
  const { code, stderr } = await runTool(["list", "--profile", "shop"], { env: {} });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: there is no credential profile "shop".*DD_APP_KEY_SHOP.*\n$/);
});

describe("a long wait that Datadog asks for is told while it lasts", () => {
  const letWait = (times: number) =>
    running().fault({ kind: "status", status: 429, headers: { "retry-after": "60" }, times });

  it.each(["list", "import", "graph", "doctor"])("by %s", async (command) => {
    letWait(1);
    const told = await linesTold([command], { env: environmentOf(running()), count: 1 });
    expect(told).toEqual([expect.stringMatching(/^[A-Z].* in (5\d|60) s$/)]);
  });

  it("for each profile", async () => {
    letWait(2);
    const env = profilesOf(running(), "payments", "shop");
    expect((await linesTold(["list"], { env, count: 2 })).sort()).toEqual([
      expect.stringMatching(/^Profile "payments": .* in (5\d|60) s$/),
      expect.stringMatching(/^Profile "shop": .* in (5\d|60) s$/),
    ]);
  });
});

describe("--stack-config", () => {
  async function run(yaml: string, env: Record<string, string> = {}, more: string[] = []) {
    const cwd = await newFolder();
    await writeFile(join(cwd, "Pulumi.dev.yaml"), yaml);
    return runTool(["list", "--stack-config", "Pulumi.dev.yaml", ...more], { env, cwd });
  }

  it("plain values serve as they serve the provider", async () => {
    const fake = running();
    const { code } = await run(`config:
  datadog-org-connections:apiUrl: ${fake.url}
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:profiles:
    payments:
      apiKey: ${orgs.payments.apiKey}
      appKey: "${orgs.payments.appKey}"
`);
    expect(code).toBe(0);
    expect(fake.requestLines).toEqual([list]);
  });

  it("a number is taken as it is written", async () => {
    const { url } = running();
    const { code, stderr } = await run(`config:
  datadog-org-connections:apiUrl: ${url}
  datadog-org-connections:apiKey: 00000000000000000000000000000001e5
  datadog-org-connections:appKey: 12345678901234567890123456789012
`);
    expect(code).toBe(1);
    expect(stderr).toContain("401 Unauthorized");
    expect(running().requests[0]?.headers).toMatchObject({
      "dd-api-key": "00000000000000000000000000000001e5",
      "dd-application-key": "12345678901234567890123456789012",
    });
  });

  const encrypted = `encryptionsalt: v1:salt
config:
  datadog-org-connections:profiles:
    payments:
      apiKey:
        secure: v1:abc
      appKey:
        secure: v1:def
      orgId: ${orgs.payments.id}
`;

  it("a value that only Pulumi can decrypt is named where it is needed", async () => {
    const { code, stderr } = await run(encrypted);
    expect(code).toBe(1);
    expect(stderr).toContain('error: Missing Datadog credentials of the profile "payments"');
    expect(stderr).toContain(
      "Pulumi.dev.yaml holds datadog-org-connections:profiles.payments.apiKey, " +
        "datadog-org-connections:profiles.payments.appKey encrypted, which only Pulumi can read: set " +
        "the keys in the environment.",
    );
  });

  it("keys of the environment serve in its place", async () => {
    const fake = running();
    expect(await run(encrypted, profilesOf(fake, "payments"))).toMatchObject({ code: 0 });
    expect(fake.requestLines).toEqual([list]);
  });

  it("that is no YAML, or no file of a stack, is refused without a word of its content", async () => {
    const broken = await run(`config: [${orgs.payments.apiKey}`);
    expect(broken).toMatchObject({
      code: 1,
      stderr: "error: Cannot read Pulumi.dev.yaml: it is no YAML.\n",
    });
    const other = await run(`config: ${orgs.payments.apiKey}`);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("it isn't the configuration file of a Pulumi stack");
    const missing = await runTool(["list", "--stack-config", "none.yaml"], { env: {} });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("error: Cannot read none.yaml: ENOENT");
  });
});

it("--site wins over every address of the environment and the configuration", async () => {
  const fake = running();
  const cwd = await newFolder();
  await writeFile(
    join(cwd, "Pulumi.dev.yaml"),
    `config:
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:profiles: { payments: { apiUrl: "${fake.url}" } }
`,
  );
  const env = { ...profilesOf(fake, "payments"), DD_HOST_PAYMENTS: fake.url };
  // The doctor tells the address of what can't be reached: no proxy is there.
  const { code, stdout } = await runTool(
    ["doctor", "--json", "--stack-config", "Pulumi.dev.yaml", "--site", "datadoghq.eu"],
    { env: { ...env, HTTPS_PROXY: "http://127.0.0.1:1" }, cwd },
  );
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    profiles: [{ profile: "payments", apiUrl: "https://api.datadoghq.eu" }],
  });
  expect(fake.requestLines).toEqual([]);
});
