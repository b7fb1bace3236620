import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandResult, runCommand } from "../engine/run-command.ts";
import { stackEnvironment } from "./environment.ts";
import { type ProgramServer, startProgramServer } from "./program-server.ts";
import { makeStackFolders, type StackFolders, stackName, writeAllInto } from "./stack-folders.ts";
import type {
  Environment,
  Events,
  OperationOptions,
  OperationResult,
  StackConfig,
  StackOptions,
  StackState,
  Step,
  UpResult,
} from "./stack-options.ts";

type RunOptions = Pick<OperationOptions, "env" | "interrupt"> & Pick<StackOptions, "onOutput">;

/**
 * A stack with a state and a work folder of its own, run by the real engine. Operations never throw
 * because the engine failed; what only prepares or reads does.
 *
 * @example
 * const stack = await Stack.create({ installation: inject("installation"), files: { "index.ts": program } });
 * const { code, changes } = await stack.up();
 */
export class Stack {
  readonly name = stackName;
  readonly #options: StackOptions;
  readonly #folders: StackFolders;
  readonly #transcript: string[] = [];
  #requestsInTranscript = 0;

  private constructor(options: StackOptions, folders: StackFolders) {
    this.#options = options;
    this.#folders = folders;
  }

  /** Makes an empty stack. It is removed together with its installation. */
  static async create(options: StackOptions): Promise<Stack> {
    const stack = new Stack(options, await makeStackFolders(options));
    for (const [path, text] of Object.entries(options.files ?? {})) await stack.write(path, text);
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

  /** Every file and command so far, with its output and requests: it shows why a test failed. */
  get transcript(): string {
    return this.#transcript.join("\n");
  }

  /** Writes a file of the work folder, such as a changed program. */
  async write(path: string, text: string): Promise<void> {
    this.#transcript.push(`${path}:`, indented(text));
    await writeAllInto(this.#folders.work, { [path]: text });
  }

  /** Sets configuration; with `path`, keys such as `a:b.c` and `a:b[0]` name parts of values. */
  async setConfig(config: StackConfig, { path = false } = {}): Promise<void> {
    const values = Object.entries(config).flatMap(([key, value]) =>
      typeof value === "string"
        ? ["--plaintext", `${key}=${value}`]
        : ["--secret", `${key}=${value.value}`],
    );
    if (values.length === 0) return;
    await this.#succeed(["config", "set-all", ...flag("path", path), ...values]);
  }

  async up(options: OperationOptions = {}): Promise<UpResult> {
    const args = ["up", "--yes", "--skip-preview"];
    const result = await this.#operation(args, { ...options, runProgram: true });
    const { resources = [] } = (await this.readState()).deployment;
    const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
    return { ...result, outputs: root?.outputs ?? {} };
  }

  preview(options: OperationOptions = {}): Promise<OperationResult> {
    return this.#operation(["preview"], { ...options, runProgram: true });
  }

  refresh(options: OperationOptions = {}): Promise<OperationResult> {
    const { previewOnly, runProgram } = options;
    const mode = previewOnly ? ["--preview-only"] : ["--yes", "--skip-preview"];
    return this.#operation(["refresh", ...mode, ...flag("run-program", runProgram)], options);
  }

  destroy(options: OperationOptions = {}): Promise<OperationResult> {
    const args = ["destroy", "--yes", "--skip-preview", ...flag("run-program", options.runProgram)];
    return this.#operation(args, options);
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

  async importState(state: StackState): Promise<void> {
    const path = join(this.#folders.scratch, "state.json");
    await writeFile(path, JSON.stringify(state));
    await this.#succeed(["stack", "import", "--file", path]);
  }

  /** Runs any `pulumi` command on this stack. */
  async pulumi(
    args: readonly string[],
    { env, ...options }: RunOptions = {},
  ): Promise<CommandResult> {
    const { installation, color = "never", requests = () => [] } = this.#options;
    const result = await runCommand(
      installation.engine.command,
      [...args, "--stack", this.name, "--non-interactive", "--color", color],
      { cwd: this.#folders.work, env: this.#environment(env), ...options },
    );
    const all = requests();
    const those = all.slice(this.#requestsInTranscript);
    this.#requestsInTranscript = all.length;
    this.#transcript.push(
      `$ pulumi ${args.map(withoutSecret).join(" ")}`,
      indented(result.output.trimEnd()),
      `  exit code ${result.code}, ${those.length} requests:`,
      indented(those.join("\n")),
    );
    return result;
  }

  /** Ends at once every process of this stack: engine, program, provider. */
  async kill(): Promise<void> {
    // Each has the path of the state in its environment.
    const { stdout } = await runCommand("ps", ["axeww", "-o", "pid=,command="]);
    for (const line of stdout.split("\n").filter((one) => one.includes(this.stateDirectory))) {
      try {
        process.kill(Number.parseInt(line, 10), "SIGKILL");
      } catch {
        // It ended by itself.
      }
    }
  }

  async #succeed(args: readonly string[]): Promise<CommandResult> {
    const result = await this.pulumi(args);
    if (result.code === 0) return result;
    throw new Error(
      `"pulumi ${args[0]} ${args[1]}" ended with code ${result.code}: ${result.output}`,
    );
  }

  /** Runs an operation, and the program that it asks for. */
  async #operation(args: readonly string[], options: OperationOptions): Promise<OperationResult> {
    const { env, interrupt, expectNoChanges, refresh, replace = [], flags = [] } = options;
    const { installation, reusesProcesses = false, onOutput = () => {} } = this.#options;
    const { work, scratch, isYaml } = this.#folders;
    let programOutput = "";
    let server: ProgramServer | undefined;
    if (options.runProgram && !isYaml) {
      server = await startProgramServer({
        project: installation.project,
        program: join(work, options.program ?? this.#options.program ?? "index.ts"),
        cwd: work,
        env: this.#environment(env),
        reusesProcesses,
        onOutput(text) {
          programOutput += text;
          onOutput(text);
        },
      });
    }
    const log = join(scratch, `events-${crypto.randomUUID()}.json`);
    const all = [
      ...args,
      ...flag("refresh", refresh),
      ...replace.flatMap((urn) => ["--replace", urn]),
      ...flag("expect-no-changes", expectNoChanges),
      ...flags,
      ...(server ? ["--client", server.address] : []),
      ...["--event-log", log],
    ];
    const { code, output } = await this.pulumi(all, { env, interrupt, onOutput });
    server?.end(code === 0 && reusesProcesses);
    return { code, output: programOutput + output, ...(await readEvents(log)) };
  }

  #environment(env: Environment = {}): Environment {
    const { installation, env: ofStack } = this.#options;
    return { ...stackEnvironment(installation, this.#folders), ...ofStack, ...env };
  }
}

/** Reads the file that `--event-log` names; its last line is cut off if the engine was killed. */
async function readEvents(file: string): Promise<Events> {
  const text = await readFile(file, "utf8").catch(() => "");
  const events = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const stepsOf = (kind: "resourcePreEvent" | "resOutputsEvent"): Step[] =>
    events
      .filter((event) => event[kind])
      .map(({ [kind]: { metadata } }) => ({ operation: metadata.op, urn: metadata.urn }));
  const summary = events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent;
  return {
    changes: summary?.resourceChanges ?? {},
    steps: stepsOf("resourcePreEvent"),
    outcomes: stepsOf("resOutputsEvent"),
  };
}

const flag = (name: string, isSet = false) => (isSet ? [`--${name}`] : []);

const indented = (text: string) => text.replace(/^/gm, "  | ");

/** An argument that comes after `--secret` is `key=value`. */
const withoutSecret = (arg: string, index: number, args: readonly string[]) =>
  args[index - 1] === "--secret" ? arg.replace(/=.*/, "=[secret]") : arg;
