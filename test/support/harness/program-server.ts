import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Environment } from "./stack-options.ts";

interface ProgramServerOptions {
  /** The project that has the packages of the program. */
  readonly project: string;
  /** Path of the Pulumi program. */
  readonly program: string;
  readonly cwd: string;
  readonly env: Environment;
  readonly onOutput: (text: string) => void;
  /** Whether the process may have served another program before. */
  readonly reusesProcesses: boolean;
}

/** A process that runs a program when the engine asks for it. */
export interface ProgramServer {
  /** For the flag `--client`. */
  readonly address: string;
  /** Ends the process, or lets it serve another program of the project. */
  end(isReusable: boolean): void;
}

/** Processes that may serve another program, by their projects. */
const idle = new Map<string, ChildProcess[]>();

/** Serves a program with the `program-server.mts` of its project, in an idle process or a new one. */
export async function startProgramServer(options: ProgramServerOptions): Promise<ProgramServer> {
  const { project, program, cwd, env, onOutput, reusesProcesses } = options;
  const child = (reusesProcesses && idle.get(project)?.pop()) || startProcess(project, env);
  const streams = [child.stdout, child.stderr];
  for (const stream of streams) stream?.on("data", onOutput);
  child.send({ program, cwd, env });
  const port = await portOf(child);
  return {
    address: `127.0.0.1:${port}`,
    end(isReusable) {
      for (const stream of streams) stream?.off("data", onOutput);
      if (!child.connected) return;
      if (isReusable) idle.set(project, [...(idle.get(project) ?? []), child]);
      else child.disconnect();
    },
  };
}

/** The port, which the process sends when it is ready. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error("the program's process ended before it was ready"));
    child.once("exit", fail);
    child.once("message", (port: number) => {
      child.off("exit", fail);
      resolve(port);
    });
  });
}

function startProcess(project: string, env: Environment): ChildProcess {
  const child = fork(join(project, "program-server.mts"), [], {
    env,
    // A program without "type" in its package.json is fine here, though Node.js warns of it.
    execArgv: ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8");
  return child;
}
