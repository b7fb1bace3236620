import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommandResult } from "../engine/run-command.ts";
import { initializeStack } from "./initialize-stack.ts";
import { makeStackFolders, readManifest, type StackFolders, writeInto } from "./stack-folders.ts";
import type {
  DestroyOptions,
  Environment,
  OperationOptions,
  OperationResult,
  ProgramOptions,
  RefreshOptions,
  StackConfig,
  StackOptions,
  UpResult,
} from "./stack-options.ts";
import { StackProcess } from "./stack-process.ts";
import type { ImportFile, StackState } from "./state.ts";
import { Transcript } from "./transcript.ts";

/**
 * A stack with a state and a work folder of its own, run by the real engine. Operations never throw
 * because the engine failed; what only prepares or reads does.
 *
 * @example
 * const stack = await Stack.create({ installation: inject("installation"), files: { "index.ts": program } });
 * const { code, changes } = await stack.up();
 */
export class Stack {
  readonly name = "test";
  /** What was written and run so far, and what came of it. */
  readonly transcript: Transcript;
  readonly #program: string;
  readonly #folders: StackFolders;
  readonly #process: StackProcess;

  private constructor(options: StackOptions, folders: StackFolders) {
    this.#program = options.program ?? "index.ts";
    this.#folders = folders;
    this.transcript = new Transcript(options);
    this.#process = new StackProcess(options, folders, this.transcript);
  }

  /** Makes an empty stack. It is removed with the installation that it lies in. */
  static async create(options: StackOptions): Promise<Stack> {
    const folders = await makeStackFolders(options.installation, options);
    const stack = new Stack(options, folders);
    await initializeStack(options.installation, folders, stack.name);
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
    this.transcript.addFile(path, text);
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
  async up(options: ProgramOptions = {}): Promise<UpResult> {
    const result = await this.#runProgram(["up", "--yes", "--skip-preview"], options);
    const { resources = [] } = (await this.readState()).deployment;
    const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
    return { ...result, outputs: root?.outputs ?? {} };
  }

  /** `pulumi preview`. */
  preview(options: ProgramOptions = {}): Promise<OperationResult> {
    return this.#runProgram(["preview"], options);
  }

  /** `pulumi refresh`. */
  refresh(options: RefreshOptions = {}): Promise<OperationResult> {
    const { previewOnly, runProgram } = options;
    const args = ["refresh", ...(previewOnly ? ["--preview-only"] : ["--yes", "--skip-preview"])];
    return runProgram
      ? this.#runProgram([...args, "--run-program"], options)
      : this.#run(args, options);
  }

  /** `pulumi destroy`. */
  destroy(options: DestroyOptions = {}): Promise<OperationResult> {
    const args = ["destroy", "--yes", "--skip-preview"];
    return options.runProgram
      ? this.#runProgram([...args, "--run-program"], options)
      : this.#run(args, options);
  }

  /** `pulumi import --file`. */
  async importFile(
    file: ImportFile,
    options: Omit<OperationOptions, "expectNoChanges"> = {},
  ): Promise<OperationResult> {
    const path = await this.#scratchFile("import.json", file);
    return this.#run(["import", "--file", path, "--generate-code=false", "--yes"], options);
  }

  /** The state's file as it is, in the shape of `exportState`; its secrets stay encrypted. */
  async readState(): Promise<StackState> {
    const { version, checkpoint } = JSON.parse(await readFile(this.stateFile, "utf8"));
    return { version, deployment: checkpoint.latest ?? {} };
  }

  /** `pulumi stack export`; secrets stay encrypted. */
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
    return this.#process.cli(this.#args(args), { env });
  }

  async #runProgram(args: readonly string[], options: ProgramOptions): Promise<OperationResult> {
    const { refresh, diff, replace = [], program } = options;
    const all = [
      ...args,
      ...(refresh ? ["--refresh"] : []),
      ...(diff ? ["--diff"] : []),
      ...replace.flatMap((urn) => ["--replace", urn]),
    ];
    const { work } = this.#folders;
    const { runtime } = await readManifest(work);
    const path = runtime === "yaml" ? undefined : join(work, program ?? this.#program);
    return this.#run(all, options, path);
  }

  #run(
    args: readonly string[],
    options: OperationOptions,
    program?: string,
  ): Promise<OperationResult> {
    const { expectNoChanges, flags = [] } = options;
    const all = [...args, ...(expectNoChanges ? ["--expect-no-changes"] : []), ...flags];
    return this.#process.operation(this.#args(all), options, program);
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
