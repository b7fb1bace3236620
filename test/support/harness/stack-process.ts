import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, runCommand } from "../engine/run-command.ts";
import { stackEnvironment } from "./environment.ts";
import type { Changes, RunnerReply, RunnerRequest } from "./protocol.ts";
import type { StackFolders } from "./stack-folders.ts";
import type { Environment, OperationResult, ProgramResult, StackOptions } from "./stack-options.ts";

/** A program without `"type"` in its package.json is fine here, though Node.js warns of it. */
const noTypelessWarning = "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON";

/** Starts the processes of one stack. */
export class StackProcess {
  readonly #options: StackOptions;
  readonly #folders: StackFolders;

  constructor(options: StackOptions, folders: StackFolders) {
    this.#options = options;
    this.#folders = folders;
  }

  /** Runs the plain CLI. */
  cli(args: readonly string[], env?: Environment): Promise<CommandResult> {
    return this.#run(args, env);
  }

  /** Runs an operation that needs no program by the plain CLI, as a pipeline does. */
  async operation(args: readonly string[], env?: Environment): Promise<OperationResult> {
    const log = join(this.#folders.scratch, `events-${crypto.randomUUID()}.json`);
    const { onOutput } = this.#options;
    const { code, output } = await this.#run([...args, "--event-log", log], env, onOutput);
    return { code, output, outputs: {}, changes: await readChanges(log) };
  }

  /** Runs an operation that needs the program by the runner, in the project. */
  async programOperation(
    request: Omit<RunnerRequest, "projectName" | "color">,
    env?: Environment,
  ): Promise<ProgramResult> {
    const { installation, color = "never", onOutput } = this.#options;
    const { projectName, work } = this.#folders;
    const whole: RunnerRequest = { ...request, projectName, color };
    let reply: RunnerReply = { outputs: {}, changes: {}, steps: [] };
    const { code, output } = await runCommand(
      process.execPath,
      [noTypelessWarning, join(installation.project, "runner.mts"), JSON.stringify(whole)],
      {
        cwd: work,
        env: this.#environment(env),
        onOutput,
        onMessage: (message) => {
          if (isReply(message)) reply = message;
        },
      },
    );
    return { code, output, ...reply };
  }

  #run(
    args: readonly string[],
    env?: Environment,
    onOutput?: (text: string) => void,
  ): Promise<CommandResult> {
    const { installation, color = "never" } = this.#options;
    return runCommand(
      installation.engine.command,
      [...args, "--non-interactive", "--color", color],
      { cwd: this.#folders.work, env: this.#environment(env), onOutput },
    );
  }

  #environment(env: Environment = {}): Environment {
    const { installation, env: stacks } = this.#options;
    return { ...stackEnvironment(installation, this.#folders), ...stacks, ...env };
  }
}

/** The change summary, which is the log's last; none where the engine didn't get that far. */
async function readChanges(eventLog: string): Promise<Changes> {
  const lines = (await readFile(eventLog, "utf8").catch(() => "")).split("\n");
  const last = lines.findLast((line) => line.includes('"summaryEvent":'));
  if (last === undefined) return {};
  const event: { summaryEvent?: { resourceChanges?: Changes | null } } = JSON.parse(last);
  return event.summaryEvent?.resourceChanges ?? {};
}

function isReply(message: unknown): message is RunnerReply {
  return (
    typeof message === "object" && message !== null && "outputs" in message && "changes" in message
  );
}
