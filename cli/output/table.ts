import { escapeText } from "./escape";

const graphemes = new Intl.Segmenter();

/** Characters that take two columns in a terminal: emoji, and full-width East Asian scripts. */
const wide =
  /^(?:\p{Emoji_Presentation}|.+\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3040-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;

/** Renders rows of cells as a table, aligned by their width in a terminal. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((cells) => cells.map(escapeText));
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
  return numbers.reduce((max, number) => Math.max(max, number), 0);
}
