import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { consumers } from "../consumers/consumers.ts";
import { cellsOf } from "../consumers/report.ts";

it("the documented table has the consumers that `npm run test:consumers` tests, in their order", async () => {
  const text = await readFile("docs/consumers.md", "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| a"));
  const cells = rows.map((row) => row.split(" | ").map((cell) => cell.replaceAll("|", "").trim()));
  expect(cells.map((row) => row.slice(0, -1))).toEqual(consumers.map(cellsOf));
});
