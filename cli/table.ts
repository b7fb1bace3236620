import stringWidth from "string-width";
import { visible } from "./visible";

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
  return stringWidth(cell);
}

function maximum(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}

/** `1 connection`, `2,000 connections`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
