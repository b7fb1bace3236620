import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { consumers } from "../consumers/consumers.ts";
import { pluginConsumers } from "../consumers/plugin/plugin-consumers.ts";
import * as plugin from "../consumers/plugin/report.ts";
import { cellsOf } from "../consumers/report.ts";

it.each([
  ["consumers", consumers.map(cellsOf)],
  ["plugin consumers", pluginConsumers.map(plugin.cellsOf)],
])(
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
