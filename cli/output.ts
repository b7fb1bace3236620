import { misleading } from "../provider/api/text";

/** Names and lists in a table, a graph or a message are cut after so many characters. */
const longestShown = 200;
const longestNote = 4000;

/** Escapes control and bidirectional characters in untrusted text. */
export function escapeText(text: string): string {
  const escaped = (character: string) => `\\u{${character.codePointAt(0)?.toString(16)}}`;
  return text.replace(misleading, (characters) => Array.from(characters, escaped).join(""));
}

export function escapeLines(text: string): string {
  return text.split("\n").map(escapeText).join("\n");
}

/** Cuts untrusted text that may be long. */
export function cut(text: string, longest = longestShown): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Lists distinct names in a message, in order: the first 20, and how many more there are. */
export function listed(names: Iterable<string>): string {
  const distinct = [...new Set(names)].sort();
  const shown = distinct.slice(0, 20).map((name) => cut(name, 100));
  const more = distinct.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more.toLocaleString("en")} more` : "");
}

/** Returns `1 connection`, `2,000 connections`. */
export function pluralize(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Compares two strings, in any locale with the same result. */
export function compare(a = "", b = ""): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Renders a value as JSON that is also a TypeScript literal, with the same characters escaped. */
export function literal(value: unknown, indent = 0): string {
  const lines = JSON.stringify(value, undefined, indent).split("\n");
  const escaped = (characters: string) =>
    characters
      .split("") // JSON's escapes are those of UTF-16 units
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("");
  return lines.map((line) => line.replace(misleading, escaped)).join("\n");
}

export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Prints a message to the user on standard error, on one line. */
export function note(text: string): void {
  process.stderr.write(`${escapeText(cut(text, longestNote))}\n`);
}

const graphemes = new Intl.Segmenter();

/** Characters that take two columns in a terminal: emoji, and full-width East Asian scripts. */
const wide =
  /^(?:\p{Emoji_Presentation}|.+\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3040-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;

/** Renders rows of cells as a table, aligned by their width in a terminal; long cells are cut. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((cells) => cells.map((cell) => escapeText(cut(cell))));
  const widths = headings.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, width(cells[column])), 0),
  );
  const padded = (cell: string, column: number) =>
    cell + " ".repeat((widths[column] ?? 0) - width(cell));
  return lines.map((cells) => cells.map(padded).join("  ").trimEnd()).join("\n");
}

function width(cell = ""): number {
  return [...graphemes.segment(cell)].reduce(
    (columns, { segment }) => columns + (wide.test(segment) ? 2 : 1),
    0,
  );
}
