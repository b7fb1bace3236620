import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { takeRequests } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import * as fixture from "./fixture.ts";

const { connect, connectMany, environmentOf, installedTool, profilesOf, runTool } = fixture;
const datadog = useFakeDatadog();
const commands = ["list", "orgs", "import", "graph", "doctor", "drift"];
const failed = { code: 1, stdout: "" };

describe("wrong usage ends with 2", () => {
  it.each([
    ["", "Usage: datadog-org-connections"],
    ["lst", "error: unknown command 'lst'"],
    ["list --nope", "error: unknown option '--nope'"],
    ["list more", "error: too many arguments"],
    ["list --site datadog.example", "Known sites: datadoghq.com"],
    ["graph --format svg", "error: option '--format <format>'"],
    ["graph --out orgs.png", "error: --out orgs.png: unknown extension; use .mmd or .dot, or"],
    ["graph --out orgs.svg", "For SVG, pipe DOT to Graphviz: graph --format dot | dot -Tsvg"],
    ["import --out-file a --program ./a --force", "--program name the same file"],
    ["import --plugin --program a", "'--plugin' cannot be used with option '--program <file>'"],
  ])("%s", async (command, message) => {
    const args = command.split(" ").filter((arg) => arg !== "");
    const { code, stdout, stderr } = await runTool(args, { env: environmentOf(datadog()) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(datadog().requestLines).toEqual([]);
  });
});

it.each<[string, RegExp]>([
  ["--version", /^\d+\.\d+\.\d+\n$/],
  ...commands.map((command): [string, RegExp] => [`${command} --help`, /--json .*JSON: \w+/s]),
])("%s", async (command, expected) => {
  const { code, stdout } = await runTool(command.split(" "), { env: {} });
  expect(code).toBe(0);
  expect(stdout).toMatch(expected);
});

describe("a failure is reported on one line, and standard output is empty", () => {
  const failureOf = (profile: string) =>
    `error: Cannot list the org connections of the profile "${profile}": .+\n`;

  it.each(["list", "orgs", "import", "graph", "drift"])(
    "%s, for each profile that failed",
    async (command) => {
      datadog().revoke(orgs.payments.apiKey);
      datadog().revoke(orgs.shop.appKey);
      const env = profilesOf(datadog(), "hub", "payments", "shop");
      const input = fixture.stateOf();
      const { code, stdout, stderr } = await runTool([command], { env, input });
      expect({ code, stdout }).toEqual(failed);
      expect(stderr).toMatch(new RegExp(`^${failureOf("payments")}${failureOf("shop")}$`));
    },
  );

  it("20 of many", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `none-${index}`);
    const { code, stderr } = await runTool(["list", "--profile", ...names], { env: {} });
    expect(code).toBe(1);
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("error: 10 more errors");
  });
});

describe("a long rate limit is reported while it lasts", () => {
  const rateLimit = (times: number) =>
    datadog().fault({ kind: "status", status: 429, headers: { "retry-after": "60" }, times });

  it.each([
    ["doctor", "", []],
    ["list", 'Profile "payments": ', ["payments"]],
    ["list", 'Profile "[ps].*": ', ["payments", "shop"]],
  ] as const)("by %s: %s", async (command, prefix, profiles) => {
    const count = Math.max(1, profiles.length);
    rateLimit(count);
    const env = profiles.length > 0 ? profilesOf(datadog(), ...profiles) : environmentOf(datadog());
    const lines = await fixture.stderrLines([command], { env, count });
    expect(new Set(lines).size).toBe(count);
    for (const line of lines) expect(line).toMatch(new RegExp(`^${prefix}[A-Z].* in (5\\d|60) s$`));
  });
});

describe("--stack-config", () => {
  it("plain values are used, as by the provider", async () => {
    const fake = datadog();
    const stackConfig = `config:
  datadog-org-connections:apiUrl: ${fake.url}
  datadog-org-connections:site: null
  datadog-org-connections:profiles:
    secure: # a name that is also Pulumi's for encrypted values
      apiKey: ${orgs.payments.apiKey}
      appKey: "${orgs.payments.appKey}"
      bearerToken: null
      orgId: ~
    shop: null
`;
    expect(await runTool(["list"], { env: {}, stackConfig })).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(takeRequests(fake)).toEqual(["Payments: GET list 200"]);
  });

  it("a number is used as written", async () => {
    const stackConfig = `config:
  datadog-org-connections:apiUrl: ${datadog().url}
  datadog-org-connections:apiKey: 00000000000000000000000000000001e5
  datadog-org-connections:appKey: 12345678901234567890123456789012
`;
    const { code } = await runTool(["list"], { env: {}, stackConfig });
    expect(code).toBe(1);
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
    const { code, stderr } = await runTool(["list"], { env: {}, stackConfig: encrypted });
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
  ])("keys in the environment replace encrypted ones: %s", async (_what, stackConfig) => {
    const env = profilesOf(datadog(), "payments");
    expect(await runTool(["list"], { env, stackConfig })).toMatchObject({ code: 0 });
    expect(takeRequests(datadog())).toEqual(["Payments: GET list 200"]);
  });
});

describe("a key that was pasted as the name of a profile isn't shown", () => {
  const name = "ABCDEF0123456789ABCDEF0123456789";

  function expectNotShown({ stdout, stderr }: fixture.ToolResult): void {
    expect(stdout + stderr).toContain("(a text of 32 characters)");
    expect((stdout + stderr).toUpperCase()).not.toContain(name);
  }

  it.each([
    ["doctor", name],
    ["orgs", name],
    ["drift", name],
    [`drift --profile ${name}`, undefined],
  ])("by %s", async (command, profile) => {
    const { payments, shop } = orgs;
    const keys = { [`DD_API_KEY_${name}`]: shop.apiKey, [`DD_APP_KEY_${name}`]: shop.appKey };
    const input = fixture.stateOf(payments.id, {}, { profile });
    const env = { DD_HOST: datadog().url, ...keys };
    expectNotShown(await runTool(command.split(" "), { env, input }));
  });

  it("among the encrypted settings", async () => {
    const settings = "{ apiKey: { secure: v1:abc }, appKey: { secure: v1:def } }";
    const stackConfig = `config: { datadog-org-connections:profiles: { ${name}: ${settings} } }`;
    const result = await runTool(["list"], { env: {}, stackConfig });
    expect(result.stderr).toContain("Pulumi.dev.yaml contains encrypted values");
    expectNotShown(result);
  });
});

it("--site wins over every address of the environment and the configuration", async () => {
  const fake = datadog();
  const stackConfig = `config:
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:profiles: { payments: { apiUrl: "${fake.url}" } }
`;
  // Nothing listens at the proxy, but doctor still reports the address.
  const proxy = { DD_HOST_PAYMENTS: fake.url, HTTPS_PROXY: "http://127.0.0.1:1" };
  const env = { ...profilesOf(fake, "payments"), ...proxy };
  const args = ["doctor", "--site", "datadoghq.eu"];
  const profile = { profile: "payments", ok: false, apiUrl: "https://api.datadoghq.eu" };
  expect(await fixture.runJson(args, { env, stackConfig })).toMatchObject({
    code: 1,
    json: { profiles: [profile] },
  });
  expect(fake.requestLines).toEqual([]);
});

describe("a run without an answer fails", () => {
  const quick = `config:
  datadog-org-connections:maxRetries: 0
  datadog-org-connections:timeoutSeconds: 1
`;

  /** Starts a server that isn't Datadog, and returns its address. */
  async function listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port }: AddressInfo = Object(server.address());
    return `http://127.0.0.1:${port}`;
  }

  it.each(commands)("%s, if the service switches protocols", async (command) => {
    const answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
    const server = createServer((_request, response) => response.socket?.end(answer));
    const env = profilesOf({ url: await listen(server) }, "payments");
    const input = fixture.stateOf();
    const { code, stdout, stderr } = await runTool([command], { env, input, stackConfig: quick });
    expect(code).toBe(1);
    expect(command === "doctor" ? stdout : stdout + stderr).toMatch(
      command === "doctor" ? / {2}problem / : /^error: .+\n$/,
    );
  });

  it("if its event loop runs empty", async () => {
    const { command, path } = installedTool();
    // A request whose promise never settles, and that keeps nothing alive.
    const preload = "data:text/javascript,globalThis.Promise.allSettled=()=>new Promise(()=>{})";
    const args = ["--import", preload, command, "list"];
    const env = { ...environmentOf(datadog()), PATH: path };
    const { code, stdout, output } = await runCommand(process.execPath, args, { env });
    expect({ code, stdout }).toEqual(failed);
    expect(output).toMatch(/^error: a request to Datadog ended without an answer\. .+\n$/);
  });

  it("if a proxy never answers", async () => {
    const server = createServer().on("connect", (_request, socket) => {
      onTestFinished(() => void socket.destroy());
    });
    const proxy = { HTTPS_PROXY: await listen(server) };
    const env = { ...environmentOf({ url: "https://api.datadoghq.eu" }), ...proxy };
    const { code, stdout, stderr } = await runTool(["list"], { env, stackConfig: quick });
    expect({ code, stdout }).toEqual(failed);
    expect(stderr).toMatch(/^error: .+\n$/);
  });
});

describe("an answer that can't be printed is a failure with one line", () => {
  /** Runs a script with the tool as `$TOOL`. */
  async function shell(script: string) {
    const { command, path } = installedTool();
    const PATH = `${path}:${process.env["PATH"]}`;
    const env = { ...environmentOf(datadog()), PATH, TOOL: command };
    return runCommand("sh", ["-c", script], { env });
  }

  it.each(["list", "list --json", "graph", "doctor", "--help", "--version"])(
    "%s, on a full disk",
    async (command) => {
      connectMany(datadog(), 10);
      const { code, output } = await shell(`"$TOOL" ${command} >/dev/full`);
      expect(code).toBe(1);
      expect(output).toMatch(
        /^error: Cannot print the answer: ENOSPC: no space left on device.*\n$/,
      );
    },
  );

  it("list, if its reader stops reading", async () => {
    connectMany(datadog(), 1000);
    const { output } = await shell(`{ "$TOOL" list --json; echo "code $?" >&2; } | head -n 1`);
    expect(output.split("\n").sort()).toEqual([
      "",
      "code 1",
      expect.stringMatching(/^error: Cannot print the answer: .*EPIPE.*$/),
      "{",
    ]);
  });

  it("but messages that can't be printed aren't", async () => {
    connect(datadog(), "payments", "hub");
    const command = '"$TOOL" graph --json --out "$(mktemp -d)/orgs.dot" 2>/dev/full';
    const { code, stdout } = await shell(command);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ connections: [{ sinkOrgId: orgs.hub.id }] });
  });
});
