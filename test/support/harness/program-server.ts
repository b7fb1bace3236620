import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

interface ProgramServerOptions {
  /** The project that has the packages of the program. */
  readonly project: string;
  /** Path of the Pulumi program. */
  readonly program: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onOutput: (text: string) => void;
}

/** A process that runs a program when the engine asks for it. */
export interface ProgramServer {
  /** For the flag `--client`. */
  readonly address: string;
  stop(): void;
}

/** A program without `"type"` in its package.json is fine here, though Node.js warns of it. */
const noTypelessWarning = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON";

/** Starts `program-server.mts` of the project. */
export async function startProgramServer(options: ProgramServerOptions): Promise<ProgramServer> {
  const { project, program, cwd, env, onOutput } = options;
  const child = fork(join(project, "program-server.mts"), [program], {
    cwd,
    env,
    execArgv: [noTypelessWarning],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", onOutput);
  }
  const [port] = await once(child, "message");
  return { address: `127.0.0.1:${port}`, stop: () => child.connected && child.disconnect() };
}
