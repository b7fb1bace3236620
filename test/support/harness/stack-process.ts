import { join } from "node:path";
import { type CommandResult, runCommand } from "../engine/run-command.ts";
import { stackEnvironment } from "./environment.ts";
import { readEvents } from "./event-log.ts";
import { startProgramServer } from "./program-server.ts";
import type { StackFolders } from "./stack-folders.ts";
import type {
  Environment,
  OperationOptions,
  OperationResult,
  StackOptions,
} from "./stack-options.ts";
import type { Transcript } from "./transcript.ts";

type RunOptions = Pick<OperationOptions, "env" | "interrupt"> & {
  readonly onOutput?: ((text: string) => void) | undefined;
};

/** Starts the processes of one stack. */
export class StackProcess {
  readonly #options: StackOptions;
  readonly #folders: StackFolders;

  readonly #transcript: Transcript;

  constructor(options: StackOptions, folders: StackFolders, transcript: Transcript) {
    this.#transcript = transcript;
    this.#options = options;
    this.#folders = folders;
  }

  /** Runs the plain CLI. */
  async cli(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const { installation, color = "never" } = this.#options;
    const { env, interrupt, onOutput } = options;
    const result = await runCommand(
      installation.engine.command,
      [...args, "--non-interactive", "--color", color],
      { cwd: this.#folders.work, env: this.#environment(env), interrupt, onOutput },
    );
    this.#transcript.addRun(args, result);
    return result;
  }

  /**
   * Runs an operation.
   *
   * @param program The path of a program in TypeScript or JavaScript that the operation runs.
   */
  async operation(
    args: readonly string[],
    { env, interrupt }: OperationOptions,
    program?: string,
  ): Promise<OperationResult> {
    const log = join(this.#folders.scratch, `events-${crypto.randomUUID()}.json`);
    const { onOutput = () => {}, installation, reusesProcesses } = this.#options;
    let programOutput = "";
    const server =
      program === undefined
        ? undefined
        : await startProgramServer({
            project: installation.project,
            program,
            cwd: this.#folders.work,
            env: this.#environment(env),
            onOutput(text) {
              programOutput += text;
              onOutput(text);
            },
          });
    const client = server ? ["--client", server.address] : [];
    const { code, output } = await this.cli([...args, ...client, "--event-log", log], {
      env,
      interrupt,
      onOutput,
    });
    if (code === 0 && reusesProcesses) server?.release();
    else server?.stop();
    return { code, output: programOutput + output, ...(await readEvents(log)) };
  }

  #environment(env: Environment = {}): Environment {
    const { installation, env: stacks } = this.#options;
    return { ...stackEnvironment(installation, this.#folders), ...stacks, ...env };
  }
}
