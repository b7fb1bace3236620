import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, inject, it, onTestFinished } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { runCommand } from "../support/engine/run-command.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { connectMany, profilesOf, runTool, stateOf } from "./fixture.ts";

const datadog = useFakeDatadog();
const commands = ["list", "import", "graph", "doctor", "drift"];
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Starts a server that isn't Datadog, and returns its address. */
async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`;
}

describe("a command without an answer ends with one line and exit code 1", () => {
  it.each(commands)("%s, if the service switches protocols", async (command) => {
    const server = createServer().on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    });
    server.on("request", (_request, response) => {
      response.socket?.end(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
      );
    });
    const env = profilesOf({ url: await listen(server) }, "payments");
    const config = { "datadog-org-connections:maxRetries": "0" };
    const { code, stdout, stderr } = await runTool([command], { env, config, input: stateOf() });
    if (command !== "doctor") {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^error: .+\n$/);
    } else {
      expect(code).toBe(1);
      expect(stdout + stderr).toMatch(/error: |problem/);
    }
  });

  it("if its event loop runs empty", async () => {
    const { project, nodeDirectory } = inject("installation");
    const tool = join(project, "node_modules/.bin/datadog-org-connections");
    // A request whose promise never settles, and that keeps nothing alive.
    const preload = "data:text/javascript,globalThis.Promise.allSettled=()=>new Promise(()=>{})";
    const { code, stdout, output } = await runCommand(
      process.execPath,
      ["--import", preload, tool, "list"],
      { env: { ...environmentOf(datadog()), PATH: nodeDirectory } },
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(output).toMatch(/^error: a request to Datadog ended without an answer\. .+\n$/);
  });
});

it("a proxy that never answers doesn't keep the tool alive", async () => {
  const server = createServer();
  server.on("connect", (_request, socket) => {
    onTestFinished(() => {
      socket.destroy();
    });
  });
  const proxy = await listen(server);
  const env = { ...environmentOf({ url: "https://api.datadoghq.eu" }), HTTPS_PROXY: proxy };
  const config = {
    "datadog-org-connections:maxRetries": "0",
    "datadog-org-connections:timeoutSeconds": "1",
  };
  const { code, stdout, stderr } = await runTool(["list"], { env, config });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^error: .+\n$/);
});

describe("an answer that can't be printed is a failure with one line", () => {
  /** Runs a script with the tool as `$TOOL`. */
  async function shell(script: string) {
    const { project, nodeDirectory } = inject("installation");
    const tool = join(project, "node_modules/.bin/datadog-org-connections");
    const path = `${nodeDirectory}:${process.env["PATH"]}`;
    const env = { ...environmentOf(datadog()), PATH: path, TOOL: tool };
    return runCommand("sh", ["-c", script], { env });
  }

  it.each(["list", "list --json", "graph", "doctor", "--help", "--version"])(
    "%s, on a full disk",
    async (command) => {
      connectMany(datadog(), 10);
      expect(await shell(`"$TOOL" ${command} >/dev/full`)).toMatchObject({
        code: 1,
        output: expect.stringMatching(
          /^error: Cannot print the answer: ENOSPC: no space left on device.*\n$/,
        ),
      });
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
    datadog().connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const command = '"$TOOL" graph --json --out "$(mktemp -d)/orgs.dot" 2>/dev/full';
    const { code, stdout } = await shell(command);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ connections: [{ sinkOrgId: orgs.hub.id }] });
  });
});
