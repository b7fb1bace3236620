import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from "vitest";
import { version } from "../../provider/api/version.ts";
import { connectionsIn, idTo, newStack, providerSettings } from "../end-to-end/fixture.ts";
import { argsTo, yamlProgram } from "../end-to-end/providers.ts";
import { runCommand, succeed } from "../support/engine/run-command.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { stackEnvironment } from "../support/harness/environment.ts";

const datadog = useFakeDatadog();
const installation = inject("installation");
const executable = inject("plugin");
const script = join(
  installation.project,
  "node_modules/.bin/pulumi-resource-datadog-org-connections",
);

/** Stands for the engine: the plugin only looks whether it is there. */
let engine: Server;
let engineAddress: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  engine = new Server();
  engineAddress = await new Promise((resolve, reject) => {
    engine.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
});

afterEach(() => {
  child?.kill("SIGKILL");
  engine.forceShutdown();
});

/** Starts the plugin as the engine does, and calls it at the port that it prints; returns the port. */
async function start(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  stderr: "inherit" | "pipe" = "inherit",
): Promise<string> {
  child = spawn(command, args, { env, stdio: ["ignore", "pipe", stderr] });
  const lines: string[] = [];
  const printed = new Promise<string>((resolve) => {
    const record = (text: string) => {
      lines.push(text);
      resolve(text);
    };
    child?.stdout
      ?.setEncoding("utf8")
      .on("data", record)
      .on("end", () => resolve(""));
  });
  const text = await printed;
  expect(text).toMatch(/^\d+\n$/);
  expect(await infoOf(text)).toMatchObject({ version });
  expect(lines).toEqual([text]); // also after it answered a call
  return text.trim();
}

/** Accepts connections and stays silent; returns its address. */
async function silentServer(port = 0): Promise<string> {
  const server = createServer((socket) => socket.on("error", () => undefined).resume());
  await once(server.listen(port, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${Object(server.address()).port}`;
}

async function infoOf(port: string): Promise<PluginInfo.AsObject | undefined> {
  const client = new ResourceProviderClient(
    `127.0.0.1:${port.trim()}`,
    credentials.createInsecure(),
  );
  try {
    return await new Promise((resolve, reject) => {
      client.getPluginInfo(new Empty(), (error, info) =>
        error ? reject(error) : resolve(info?.toObject()),
      );
    });
  } finally {
    client.close();
  }
}

const scriptEnv = { PATH: installation.nodeDirectory };
const commands: readonly [string, string, Record<string, string>][] = [
  ["the executable, without Node.js", executable, { PATH: "" }],
  ["the package's command", script, scriptEnv],
];

it("the executable and the package's command end with one line if no engine is at the address", async () => {
  const refusing = "127.0.0.1:1";
  const unresolvable = "engine.invalid:80";
  const silent = await silentServer();
  const runs = commands.flatMap(([, command, env]) =>
    [refusing, unresolvable, silent].map(async (address) => {
      const { code, stdout, output } = await runCommand(command, [address], { env });
      expect(output.replace(stdout, "")).toBe(`No Pulumi engine answers at ${address}.\n`);
      expect(code).toBe(1);
    }),
  );
  await Promise.all(runs); // at the same time: each takes ten seconds
});

describe.each(commands)("%s", (_, command, env) => {
  it.each([[[]], [["--logtostderr", "-v=9", "--tracing", "http://127.0.0.1:9411"]]])(
    "prints nothing but its port, and answers there, with the engine's flags %j",
    async (flags) => {
      await start(command, [...flags, engineAddress], env);
    },
  );

  it.each([[[]], [["--tracing", "http://127.0.0.1:9411"]]])(
    "started by hand, waits for a command to attach, and says how: %j",
    async (args) => {
      const port = await start(command, args, env, "pipe");
      const [said] = await once(Object(child?.stderr).setEncoding("utf8"), "data");
      expect(said).toBe(
        `This is the Pulumi plugin "datadog-org-connections" ${version}. It waits for a Pulumi ` +
          `command to attach, for debugging: PULUMI_DEBUG_PROVIDERS=datadog-org-connections:${port}. ` +
          "To use the plugin, install it instead: pulumi plugin install resource " +
          `datadog-org-connections ${version} --file PATH\n`,
      );
      expect(child?.exitCode).toBeNull();
    },
  );

  it("ends after the engine has ended, not before, even if another server has its port then", async () => {
    await start(command, [engineAddress], env);
    expect(child?.exitCode).toBeNull();
    const ended = once(Object(child), "exit");
    engine.forceShutdown();
    await silentServer(Number(engineAddress.split(":")[1]));
    expect(await ended).toEqual([expect.any(Number), null]);
  });
});

it.each(["engine", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "tcp://127.0.0.1:80", ":80"])(
  "%s isn't the address of an engine",
  async (address) => {
    const { code, stdout, output } = await runCommand(script, [address], { env: scriptEnv });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(output).toBe(`"${address}" isn't the address of a Pulumi engine, HOST:PORT.\n`);
  },
);

it("the executable ignores NODE_OPTIONS, which are meant for the user's program", async () => {
  const env = { PATH: "", NODE_OPTIONS: "--require=./missing.cjs --no-such-option" };
  await start(executable, [engineAddress], env);
});

it("the CLI installs the executable, reads its schema, and finds no mistake in it", async () => {
  const home = await mkdtemp(join(installation.root, "home-"));
  const env = { ...stackEnvironment(installation, { home, backend: home }), PATH: "" };
  const pulumi = (...args: string[]) => succeed(installation.engine.command, args, { env });
  const plugin = ["resource", "datadog-org-connections", `v${version}`];
  await pulumi("plugin", "install", ...plugin, "--file", executable);
  const name = `datadog-org-connections@${version}`;
  const { stdout } = await pulumi("package", "get-schema", name);
  expect(JSON.parse(stdout)).toMatchObject({ name: "datadog-org-connections", version });
  const packed = join(installation.project, "node_modules/pulumi-datadog-org-connections");
  const schema = join(packed, "dist/plugin/schema.json");
  expect(await pulumi("schema", "check", schema)).toMatchObject({ output: "" });
});

it("attached for debugging, one process serves two providers, each with its own keys, and one operation after the other", async () => {
  const fake = datadog();
  const port = await start(script, [], scriptEnv, "pipe");
  const by = (name: string) => ({ ...argsTo(orgs.hub), options: { provider: `\${${name}}` } });
  const explicit = {
    "of-payments": providerSettings(fake, orgs.payments),
    "of-shop": providerSettings(fake, orgs.shop),
  };
  const program = yamlProgram({ payments: by("of-payments"), shop: by("of-shop") }, explicit);
  const stack = await newStack(fake, program, {
    env: { PULUMI_DEBUG_PROVIDERS: `datadog-org-connections:${port}` },
  });
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 5 } });
  expect(connectionsIn(fake)).toEqual(["Payments to Hub: logs", "Shop to Hub: logs"]);
  fake.setTypes(idTo(fake, orgs.hub), ["audit"]);
  expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 1 } });
  expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 5 } });
  expect(fake.connections).toEqual([]);
  expect(child?.exitCode).toBeNull();
});
