import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Engine } from "../support/engine/find.ts";
import { type CommandResult, runCommand } from "../support/engine/run-command.ts";
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

/** The environment of a stack whose state lies in a folder, and whose org is Payments. */
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

  async function runProgram(...args: readonly string[]): Promise<CommandResult> {
    if (runtime === undefined) return pulumi(...args);
    const script = join(import.meta.dirname, "program-host.cjs");
    const stdio = ["pipe", "pipe", "inherit"] as const;
    const host = spawn(process.execPath, [script, runtime], { env, stdio: [...stdio] });
    try {
      const [port] = await once(createInterface(host.stdout), "line");
      return await pulumi(...args, "--client", `127.0.0.1:${port}`);
    } finally {
      host.stdin.end();
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
      const up = await runProgram("up", "--yes", "--skip-preview", ...flags);
      const outputs = await pulumi("stack", "output", "--json");
      return { ...up, output: up.output + outputs.stdout };
    },
    preview: (...flags) => runProgram("preview", ...flags),
    destroy: () => pulumi("destroy", "--yes", "--skip-preview"),
  };
}
