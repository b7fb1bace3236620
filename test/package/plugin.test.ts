import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { version } from "../../provider/api/version.ts";
import { runCommand, succeed } from "../support/engine/run-command.ts";
import { stackEnvironment } from "../support/harness/environment.ts";

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
  engine = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
  await once(engine, "listening");
  engineAddress = `127.0.0.1:${Object(engine.address()).port}`;
});

afterEach(() => {
  child?.kill("SIGKILL");
  engine.close();
});

/** Starts the plugin as the engine does; resolves to the port that it prints. */
async function start(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  child = spawn(command, [...args, engineAddress], { env, stdio: ["ignore", "pipe", "inherit"] });
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
  await infoOf(text);
  expect(lines).toEqual([text]); // also after it answered a call
  return text.trim();
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

describe.each([
  ["the executable, without Node.js", executable, { PATH: "" }],
  ["the package's command", script, { PATH: installation.nodeDirectory }],
])("%s", (_, command, env) => {
  it("prints nothing but its port, and answers there", async () => {
    const port = await start(command, [], env);
    expect(await infoOf(port)).toMatchObject({ version });
  });

  it("takes the engine's flags", async () => {
    const flags = ["--logtostderr", "-v=9", "--tracing", "http://127.0.0.1:9411"];
    const port = await start(command, flags, env);
    expect(await infoOf(port)).toMatchObject({ version });
  });

  it.each([[[]], [["--tracing", "http://127.0.0.1:9411"]]])(
    "says what it is if it gets no address of an engine: %j",
    async (args) => {
      const { code, stdout, output } = await runCommand(command, args, { env });
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(output).toBe(
        `This is the Pulumi plugin "datadog-org-connections" ${version}, which the Pulumi engine ` +
          "starts with its address as the last argument. To use it, install it with " +
          `"pulumi plugin install resource datadog-org-connections v${version} --file PATH", ` +
          "or put it into a folder of PATH.\n",
      );
    },
  );

  it("ends after the engine has ended, not before", async () => {
    const found = once(engine, "connection");
    await start(command, [], env);
    await found;
    expect(child?.exitCode).toBeNull();
    const ended = once(Object(child), "exit");
    engine.close();
    expect(await ended).toEqual([0, null]);
  });
});

it("the executable ignores NODE_OPTIONS, which are meant for the user's program", async () => {
  const env = { PATH: "", NODE_OPTIONS: "--require=./missing.cjs --no-such-option" };
  const port = await start(executable, [], env);
  expect(await infoOf(port)).toMatchObject({ version });
});

it("the CLI installs the executable, and reads its schema", async () => {
  const home = await mkdtemp(join(installation.root, "home-"));
  const env = { ...stackEnvironment(installation, { home, backend: home }), PATH: "" };
  const pulumi = (...args: string[]) => succeed(installation.engine.command, args, { env });
  const plugin = ["resource", "datadog-org-connections", `v${version}`];
  await pulumi("plugin", "install", ...plugin, "--file", executable);
  const name = `datadog-org-connections@${version}`;
  const { stdout } = await pulumi("package", "get-schema", name);
  expect(JSON.parse(stdout)).toMatchObject({ name: "datadog-org-connections", version });
});
