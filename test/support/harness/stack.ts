import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandResult } from "../engine/run-command.ts";
import type { RunnerRequest } from "./protocol.ts";
import { makeStackFolders, type StackFolders, writeInto } from "./stack-folders.ts";
import type {
  Environment,
  OperationOptions,
  OperationResult,
  ProgramOptions,
  ProgramResult,
  RefreshOptions,
  StackConfig,
  StackOptions,
} from "./stack-options.ts";
import { StackProcess } from "./stack-process.ts";
import type { ImportFile, StackState } from "./state.ts";

/**
 * A stack with a state, a home and a work folder of its own, run by the real engine. Operations
 * never throw because the engine failed; what only prepares or reads does.
 *
 * @example
 * const stack = await Stack.create({ installation: inject("installation"), files: { "index.ts": program } });
 * const { code, changes } = await stack.up();
 */
export class Stack {
  readonly name = "test";
  readonly #program: string;
  readonly #folders: StackFolders;
  readonly #process: StackProcess;

  private constructor(options: StackOptions, folders: StackFolders) {
    this.#program = options.program ?? "index.ts";
    this.#folders = folders;
    this.#process = new StackProcess(options, folders);
  }

  /** Makes an empty stack. It is removed with the installation that it lies in. */
  static async create(options: StackOptions): Promise<Stack> {
    const stack = new Stack(options, await makeStackFolders(options.installation, options));
    await stack.#succeed(["stack", "init"]);
    await stack.setConfig(options.config ?? {});
    return stack;
  }

  /** The folder that holds the program. */
  get workDirectory(): string {
    return this.#folders.work;
  }

  /** The folder of the `file://` backend: the state, its backups and its history. */
  get stateDirectory(): string {
    return this.#folders.backend;
  }

  /** The file that every step of an operation writes whole. */
  get stateFile(): string {
    const { backend, projectName } = this.#folders;
    return join(backend, ".pulumi", "stacks", projectName, `${this.name}.json`);
  }

  /** Writes a file of the work folder, such as a changed program. */
  async write(path: string, text: string): Promise<void> {
    await writeInto(this.#folders.work, path, text);
  }

  /** Sets configuration; with `path`, keys such as `a:b.c` and `a:b[0]` name parts of values. */
  async setConfig(config: StackConfig, { path = false } = {}): Promise<void> {
    const values = Object.entries(config).flatMap(([key, value]) =>
      typeof value === "string"
        ? ["--plaintext", `${key}=${value}`]
        : ["--secret", `${key}=${value.value}`],
    );
    if (values.length === 0) return;
    await this.#succeed(["config", "set-all", ...(path ? ["--path"] : []), ...values]);
  }

  /** `pulumi up`. */
  up(options: ProgramOptions = {}): Promise<ProgramResult> {
    return this.#runProgram("up", options);
  }

  /** `pulumi preview`. */
  preview(options: ProgramOptions = {}): Promise<OperationResult> {
    return this.#runProgram("preview", options);
  }

  /** `pulumi refresh`. */
  refresh(options: RefreshOptions = {}): Promise<OperationResult> {
    const { previewOnly, runProgram, expectNoChanges, env } = options;
    if (runProgram) return this.#runProgram("refresh", options);
    const mode = previewOnly ? ["--preview-only"] : ["--yes", "--skip-preview"];
    const expect = expectNoChanges ? ["--expect-no-changes"] : [];
    return this.#process.operation(this.#args(["refresh", ...mode, ...expect]), env);
  }

  /** `pulumi destroy`. */
  destroy({ env }: Pick<OperationOptions, "env"> = {}): Promise<OperationResult> {
    return this.#process.operation(this.#args(["destroy", "--yes", "--skip-preview"]), env);
  }

  /** `pulumi import --file`, with further flags such as `--protect=false`. */
  async importFile(
    file: ImportFile,
    { flags = [], env }: { flags?: readonly string[]; env?: Environment } = {},
  ): Promise<OperationResult> {
    const path = await this.#scratchFile("import.json", file);
    const args = ["import", "--file", path, "--generate-code=false", "--yes", ...flags];
    return this.#process.operation(this.#args(args), env);
  }

  /** The state; its secrets stay encrypted. */
  async exportState(): Promise<StackState> {
    return JSON.parse((await this.#succeed(["stack", "export"])).stdout);
  }

  /** Replaces the state. */
  async importState(state: StackState): Promise<void> {
    const path = await this.#scratchFile("state.json", state);
    await this.#succeed(["stack", "import", "--file", path]);
  }

  /** Runs any `pulumi` command on this stack. */
  pulumi(args: readonly string[], { env }: { env?: Environment } = {}): Promise<CommandResult> {
    return this.#process.cli(this.#args(args), env);
  }

  #runProgram(
    operation: RunnerRequest["operation"],
    options: ProgramOptions & RefreshOptions,
  ): Promise<ProgramResult> {
    const request = {
      operation,
      stackName: this.name,
      program: join(this.#folders.work, options.program ?? this.#program),
      refresh: options.refresh ?? false,
      previewOnly: options.previewOnly ?? false,
      expectNoChanges: options.expectNoChanges ?? false,
      replace: options.replace ?? [],
      diff: options.diff ?? false,
    };
    return this.#process.programOperation(request, options.env);
  }

  async #succeed(args: readonly string[]): Promise<CommandResult> {
    const result = await this.pulumi(args);
    if (result.code === 0) return result;
    throw new Error(
      `"pulumi ${args[0]} ${args[1]}" ended with code ${result.code}: ${result.output}`,
    );
  }

  #args(args: readonly string[]): readonly string[] {
    return [...args, "--stack", this.name];
  }

  async #scratchFile(name: string, content: unknown): Promise<string> {
    const path = join(this.#folders.scratch, name);
    await writeFile(path, JSON.stringify(content));
    return path;
  }
}
