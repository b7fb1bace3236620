import { escapeText, literal } from "./escape";

/** Prints a result to standard output. */
export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Prints a result to standard output, as one JSON document. */
export function printJson(value: unknown): void {
  print(literal(value, 2));
}

/** Prints a message to the user on standard error, on one line. */
export function note(text: string): void {
  process.stderr.write(`${escapeText(text)}\n`);
}

/** Returns `1 connection`, `2,000 connections`. */
export function pluralize(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
