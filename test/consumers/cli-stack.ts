import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import {
  GetRequiredPackagesResponse,
  type RunRequest,
  RunResponse,
} from "@pulumi/pulumi/proto/language_pb.js";
import type { Engine } from "../support/engine/engine.ts";
import { type CommandResult, runCommand, succeed } from "../support/engine/run-command.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { environmentOf, stackEnvironment } from "../support/harness/environment.ts";

/** A consumer's program, ready to run. */
export interface Program {
  readonly engine: Engine;
  readonly folder: string;
  /** Executable that runs the program. Default: the engine finds its language host. */
  readonly runtime?: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
}

/** The operations on a program's stack. */
export interface Operations {
  /** Prints the outputs, the sink's name among them. */
  up(...flags: readonly "--refresh"[]): Promise<CommandResult>;
  preview(...flags: readonly ("--expect-no-changes" | "--refresh")[]): Promise<CommandResult>;
  destroy(): Promise<CommandResult>;
}

/** The environment of a stack of Payments that has its state in this folder. */
export async function environmentIn(
  folder: string,
  installed: Parameters<typeof stackEnvironment>[0],
  fake: FakeDatadog,
): Promise<Record<string, string>> {
  const [home, backend] = [join(folder, "home"), join(folder, "backend")];
  for (const made of [home, backend]) await mkdir(made);
  return { ...stackEnvironment(installed, { home, backend }), ...environmentOf(fake) };
}

/**
 * Makes a stack of a program that runs in a process of its own.
 *
 * @param config The keys may be paths.
 */
export async function createStack(
  { engine, folder, runtime, env }: Program,
  config: Readonly<Record<string, string>> = { hub: orgs.hub.id },
): Promise<Operations> {
  const always = ["--stack", "consumer", "--non-interactive", "--color", "never"];
  const pulumi = (...args: readonly string[]) =>
    runCommand(engine.command, [...args, ...always], { cwd: folder, env });

  async function withProgram(...args: readonly string[]): Promise<CommandResult> {
    if (runtime === undefined) return pulumi(...args);
    const host = await startLanguageHost(runtime, env);
    try {
      return await pulumi(...args, "--client", host.address);
    } finally {
      host.server.forceShutdown();
    }
  }

  await pulumi("stack", "init");
  const values = Object.entries(config).flatMap(([key, value]) => [
    "--plaintext",
    `${key}=${value}`,
  ]);
  await pulumi("config", "set-all", "--path", ...values);
  return {
    up: async (...flags) => {
      const up = await withProgram("up", "--yes", "--skip-preview", ...flags);
      const outputs = await pulumi("stack", "output", "--json");
      return { ...up, output: up.output + outputs.stdout };
    },
    preview: (...flags) => withProgram("preview", ...flags),
    destroy: () => pulumi("destroy", "--yes", "--skip-preview"),
  };
}

/** The exit code of a program that has already printed what is wrong. */
const alreadyPrinted = 32;

/** Starts a language host, which runs a program as Pulumi's own does. */
async function startLanguageHost(runtime: string, env: NodeJS.ProcessEnv) {
  const run: handleUnaryCall<RunRequest, RunResponse> = ({ request }, reply) => {
    runProgram(request, runtime, env).then((response) => reply(null, response), reply);
  };
  const server = new Server();
  server.addService(LanguageRuntimeService, {
    getRequiredPackages: (_: unknown, reply: (error: null, response: object) => void) =>
      reply(null, new GetRequiredPackagesResponse()),
    run,
  });
  const address = await new Promise<string>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
  return { server, address };
}

/** Runs a program by the `cmd/run` of its own @pulumi/pulumi. */
async function runProgram(
  request: RunRequest,
  runtime: string,
  env: NodeJS.ProcessEnv,
): Promise<RunResponse> {
  const info = request.getInfo();
  const cwd = info?.getProgramDirectory() ?? "";
  const flags = Object.entries({
    monitor: request.getMonitorAddress(),
    engine: request.getArgsList()[0],
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    "root-directory": info?.getRootDirectory(),
    pwd: cwd,
    parallel: request.getParallel(),
    "dry-run": request.getDryrun(),
  }).flatMap(([name, value]) => (value ? [`--${name}=${value}`] : []));
  // In a process of its own, since the environment may have another way to find modules.
  const resolve = ["-p", 'require.resolve("@pulumi/pulumi/cmd/run")'];
  const { stdout: command } = await succeed(process.execPath, resolve, { cwd, env });
  const args = [command.trim(), ...flags, info?.getEntryPoint() ?? "."];
  const { code, output } = await runCommand(runtime, args, {
    cwd,
    env: {
      ...env,
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    },
  });
  const response = new RunResponse().setBail(code === alreadyPrinted);
  if (code === 0 || code === alreadyPrinted) return response;
  return response.setError(`the program ended with code ${code}:\n${output}`);
}
