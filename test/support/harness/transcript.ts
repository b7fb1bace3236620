import type { CommandResult } from "../engine/run-command.ts";
import type { StackOptions } from "./stack-options.ts";

/** What happened to a stack, for whoever wants to know why a test failed. */
export class Transcript {
  readonly #entries: string[] = [];
  readonly #requests: () => readonly string[];
  #seen = 0;

  constructor({ files = {}, requests = () => [] }: StackOptions) {
    this.#requests = requests;
    for (const [path, text] of Object.entries(files)) this.addFile(path, text);
  }

  addFile(path: string, text: string): void {
    this.#entries.push(`${path}:\n${indented(text)}`);
  }

  addRun(args: readonly string[], { code, output }: CommandResult): void {
    const all = this.#requests();
    const requests = all.slice(this.#seen);
    this.#seen = all.length;
    this.#entries.push(
      `$ pulumi ${args.map(withoutSecret).join(" ")}\n${indented(output.trimEnd())}`,
      `  exit code ${code}, ${requests.length} requests:\n${indented(requests.join("\n"))}`,
    );
  }

  toString(): string {
    return this.#entries.join("\n");
  }
}

/** An argument that comes after `--secret` is `key=value`. */
function withoutSecret(arg: string, index: number, args: readonly string[]): string {
  return args[index - 1] === "--secret" ? arg.replace(/=.*/, "=[secret]") : arg;
}

function indented(text: string): string {
  return text.replace(/^/gm, "  | ");
}
