import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { list, newFolder, profilesOf, runTool, stderrLines } from "./fixture.ts";

const datadog = useFakeDatadog();

describe("wrong usage ends with 2", () => {
  it.each([
    [[], "Usage: datadog-org-connections"],
    [["lst"], "error: unknown command 'lst'"],
    [["list", "--nope"], "error: unknown option '--nope'"],
    [["list", "more"], "error: too many arguments"],
    [["list", "--site", "datadog.example"], "Known sites: datadoghq.com"],
    [["graph", "--format", "png"], "error: option '--format <format>'"],
    [
      ["graph", "--out", "orgs.png"],
      "error: --out orgs.png: unknown extension; use .mmd or .dot, or",
    ],
    [
      ["graph", "--out", "orgs.svg"],
      "For SVG, pipe DOT to Graphviz: graph --format dot | dot -Tsvg",
    ],
    [["graph", "--format", "svg"], "error: option '--format <format>'"],
    [["import", "--out-file", "a", "--program", "a"], "error: --out-file and --program name the"],
    [["import", "--out-file", "a", "--program", "./a", "--force"], "--program name the same file"],
  ])("%j", async (args, message) => {
    const fake = datadog();
    const { code, stdout, stderr } = await runTool(args, { env: environmentOf(fake) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(fake.requestLines).toEqual([]);
  });
});

it.each(["list", "import", "graph", "doctor", "drift"])(
  "%s --help describes --json",
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

it("without credentials, the message says where to set them", async () => {
  const { code, stderr } = await runTool(["list"], { env: {} });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: Missing Datadog credentials: neither a pair of keys.*\n$/);
});

it("a profile without credentials is named", async () => {
  const { code, stderr } = await runTool(["list", "--profile", "shop"], { env: {} });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: there is no credential profile "shop".*DD_APP_KEY_SHOP.*\n$/);
});

describe("a long rate limit is reported while it lasts", () => {
  const rateLimit = (times: number) =>
    datadog().fault({ kind: "status", status: 429, headers: { "retry-after": "60" }, times });

  it.each(["list", "import", "graph", "doctor"])("by %s", async (command) => {
    rateLimit(1);
    const lines = await stderrLines([command], { env: environmentOf(datadog()), count: 1 });
    expect(lines).toEqual([expect.stringMatching(/^[A-Z].* in (5\d|60) s$/)]);
  });

  it("for each profile", async () => {
    rateLimit(2);
    const env = profilesOf(datadog(), "payments", "shop");
    expect((await stderrLines(["list"], { env, count: 2 })).sort()).toEqual([
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

  it("plain values are used, as by the provider", async () => {
    const fake = datadog();
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

  it("a number is used as written", async () => {
    const { url } = datadog();
    const { code, stderr } = await run(`config:
  datadog-org-connections:apiUrl: ${url}
  datadog-org-connections:apiKey: 00000000000000000000000000000001e5
  datadog-org-connections:appKey: 12345678901234567890123456789012
`);
    expect(code).toBe(1);
    expect(stderr).toContain("401 Unauthorized");
    expect(datadog().requests[0]?.headers).toMatchObject({
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

  it("a missing setting that is encrypted is named", async () => {
    const { code, stderr } = await run(encrypted);
    expect(code).toBe(1);
    expect(stderr).toContain('error: Missing Datadog credentials of the profile "payments"');
    expect(stderr).toContain(
      "Pulumi.dev.yaml contains encrypted values, which only Pulumi can read: " +
        "datadog-org-connections:profiles.payments.apiKey, " +
        "datadog-org-connections:profiles.payments.appKey. Set the keys in the environment instead.",
    );
  });

  it.each([
    ["keys", encrypted],
    ["a key beside one that isn't", encrypted.replace(/apiKey:\s+secure: v1:abc/, "apiKey: abc")],
  ])("keys in the environment replace encrypted ones: %s", async (_what, yaml) => {
    const fake = datadog();
    expect(await run(yaml, profilesOf(fake, "payments"))).toMatchObject({ code: 0 });
    expect(fake.requestLines).toEqual([list]);
  });

  it('a profile may have the name "secure", and null counts as not set', async () => {
    const fake = datadog();
    const { code, stdout } = await run(
      `config:
  datadog-org-connections:apiUrl: ${fake.url}
  datadog-org-connections:site: null
  datadog-org-connections:profiles:
    secure:
      apiKey: ${orgs.payments.apiKey}
      appKey: ${orgs.payments.appKey}
      bearerToken: null
      orgId: ~
    shop: null
`,
      {},
      ["--json"],
    );
    expect({ code, stdout: JSON.parse(stdout) }).toMatchObject({ code: 0, stdout: {} });
    expect(fake.requestLines).toEqual([list]);
    expect(fake.requests[0]?.headers["dd-api-key"]).toBe(orgs.payments.apiKey);
  });
});

it("--site wins over every address of the environment and the configuration", async () => {
  const fake = datadog();
  const cwd = await newFolder();
  await writeFile(
    join(cwd, "Pulumi.dev.yaml"),
    `config:
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:profiles: { payments: { apiUrl: "${fake.url}" } }
`,
  );
  const env = { ...profilesOf(fake, "payments"), DD_HOST_PAYMENTS: fake.url };
  // Nothing listens at the proxy, but doctor still reports the address.
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
