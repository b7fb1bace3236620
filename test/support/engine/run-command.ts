import { spawn } from "node:child_process";
import { constants } from "node:os";

/** How a command runs. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Killed after so many milliseconds. Default: never. */
  readonly timeout?: number;
  /** Called with each piece of output as it arrives. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** When it is aborted, the command gets a SIGINT. */
  readonly interrupt?: AbortSignal | undefined;
}

/** How a command ended. */
export interface CommandResult {
  /** The exit code; as in a shell, 127 if the command was not found, 128 + n after signal n. */
  readonly code: number;
  readonly stdout: string;
  /** Both output streams as a terminal shows them. */
  readonly output: string;
}

/** Runs a command to its end. Does not throw when the command fails, or does not exist. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { onOutput, interrupt, ...spawnOptions } = options;
  const child = spawn(command, args, {
    ...spawnOptions,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let output = "";
  const collect = (text: string): void => {
    output += text;
    onOutput?.(text);
  };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    collect(text);
  });
  child.stderr?.setEncoding("utf8").on("data", collect);
  interrupt?.addEventListener("abort", () => child.kill("SIGINT"));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: 127, stdout, output: output + error.message }));
    child.on("close", (code, signal) => {
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), stdout, output });
    });
  });
}

/**
 * Runs a command that must succeed.
 *
 * @throws Error with its output if it fails.
 */
export async function succeed(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const result = await runCommand(command, args, options);
  if (result.code === 0) return result;
  throw new Error(
    `"${command} ${args.join(" ")}" ended with code ${result.code}:\n${result.output}`,
  );
}
