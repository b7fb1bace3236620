import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Engine } from "../support/engine/find.ts";
import { type CommandResult, runCommand } from "../support/engine/run-command.ts";

/** What a stack of a consumer's program is made of. */
export interface CliStackOptions {
  readonly engine: Engine;
  /** The program's folder. */
  readonly folder: string;
  /** Executable that runs the program. Default: the engine finds its language host. */
  readonly runtime?: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
}

/** A stack of a program in a process of its own, run as by Pulumi's own language host or by it. */
export class CliStack {
  readonly #options: CliStackOptions;

  private constructor(options: CliStackOptions) {
    this.#options = options;
  }

  /** Makes an empty stack; the keys of its configuration may be paths. */
  static async create(
    options: CliStackOptions,
    config: Readonly<Record<string, string>>,
  ): Promise<CliStack> {
    const stack = new CliStack(options);
    await stack.#pulumi(["stack", "init"]);
    const values = Object.entries(config).flatMap(([key, value]) => [
      "--plaintext",
      `${key}=${value}`,
    ]);
    await stack.#pulumi(["config", "set-all", "--path", ...values]);
    return stack;
  }

  up(): Promise<CommandResult> {
    return this.#runProgram(["up", "--yes", "--skip-preview"]);
  }

  preview(...flags: readonly string[]): Promise<CommandResult> {
    return this.#runProgram(["preview", ...flags]);
  }

  /** The stack's outputs, as JSON. */
  async outputs(): Promise<string> {
    return (await this.#pulumi(["stack", "output", "--json"])).stdout;
  }

  destroy(): Promise<CommandResult> {
    return this.#pulumi(["destroy", "--yes", "--skip-preview"]);
  }

  async #runProgram(args: readonly string[]): Promise<CommandResult> {
    const { runtime } = this.#options;
    if (runtime === undefined) return this.#pulumi(args);
    const host = await startHost({ ...this.#options, runtime });
    try {
      return await this.#pulumi([...args, "--client", host.address]);
    } finally {
      host.process.stdin?.end();
    }
  }

  #pulumi(args: readonly string[]): Promise<CommandResult> {
    const { engine, folder, env } = this.#options;
    const always = ["--stack", "consumer", "--non-interactive", "--color", "never"];
    return runCommand(engine.command, [...args, ...always], { cwd: folder, env });
  }
}

async function startHost({
  runtime,
  env,
}: {
  readonly runtime: string;
  readonly env: NodeJS.ProcessEnv;
}): Promise<{ process: ChildProcess; address: string }> {
  const script = join(import.meta.dirname, "program-host.cjs");
  const host = spawn(process.execPath, [script, runtime], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = await once(createInterface(host.stdout), "line");
  return { process: host, address: `127.0.0.1:${port}` };
}
