import { literal, visible } from "./escape";

/** Prints a result on standard output. */
export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Prints a result as one JSON document. */
export function printJson(value: unknown): void {
  print(literal(value, 2));
}

/** Tells a person something on standard error, on one line. */
export function note(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}
