import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { consumersTable } from "../consumers/consumers.ts";
import { pluginConsumersTable } from "../consumers/plugin/plugin-consumers.ts";
import type { ConsumersTable } from "../consumers/try-consumers.ts";

const rowsOf = <Consumer>({ mark, consumers, cellsOf }: ConsumersTable<Consumer>) =>
  [mark, consumers.map(cellsOf)] as const;

it.each([rowsOf(consumersTable), rowsOf(pluginConsumersTable)])(
  "the documented table of %s has those that `npm run test:consumers` tests, in their order",
  async (mark, expected) => {
    const text = await readFile("docs/consumers.md", "utf8");
    const [, table = ""] =
      new RegExp(`<!-- ${mark} -->(.*)<!-- /${mark} -->`, "s").exec(text) ?? [];
    const rows = table.split("\n").filter((line) => line.startsWith("| a"));
    const cells = rows.map((row) =>
      row.split(" | ").map((cell) => cell.replaceAll("|", "").trim()),
    );
    expect(cells.map((row) => row.slice(0, -1))).toEqual(expected);
  },
);
