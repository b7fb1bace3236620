import { visible } from "./escape";

const graphemes = new Intl.Segmenter();

/** What a terminal shows in two columns: emoji, and the scripts of East Asia in full width. */
const wide =
  /^(?:\p{Emoji_Presentation}|.+\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3040-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;

/** Lays out rows of cells in columns, as wide as a terminal shows them. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((cells) => cells.map(visible));
  const widths = headings.map((_, column) => maximum(lines.map((cells) => width(cells[column]))));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function width(cell = ""): number {
  return [...graphemes.segment(cell)].reduce(
    (columns, { segment }) => columns + (wide.test(segment) ? 2 : 1),
    0,
  );
}

function maximum(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

/** `1 connection`, `2,000 connections`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
