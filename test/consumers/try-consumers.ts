import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, it } from "vitest";
import { putBetweenMarks, table } from "../repository/markdown.ts";
import { type FakeDatadog, startFakeDatadog } from "../support/fake-datadog/index.ts";

const documentation = "docs/consumers.md";

/** A use of the package, as a row of a table in the documentation. */
export interface Row {
  /** The row's cells, without its result. */
  readonly cells: readonly string[];
  /** Tries it in an empty folder; returns the result, as the table has it. */
  run(folder: string, fake: FakeDatadog): Promise<string>;
}

/**
 * Tries each row with a fake Datadog of its own. If all were tried, writes the table into the
 * documentation.
 *
 * @param mark The table's marks in the document.
 * @param tools Names what the table was made with.
 */
export function tryConsumers(
  mark: string,
  head: readonly string[],
  rows: readonly Row[],
  tools: () => Promise<string>,
): void {
  const results = new Map<Row, string>();

  for (const row of rows) {
    it.concurrent(row.cells.filter(Boolean).join(", "), async () => {
      const folder = await mkdtemp(join(tmpdir(), "consumer-"));
      const fake = await startFakeDatadog();
      try {
        results.set(row, await row.run(folder, fake));
      } finally {
        await fake.close();
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  afterAll(async () => {
    const tried = rows.map((row) => [...row.cells, results.get(row) ?? "failed, or not tried"]);
    const written = table([...head, "result"], tried);
    console.log(`\n${written}\n`);
    if (results.size < rows.length) return;
    const day = new Date().toISOString().slice(0, 10);
    const origin = `Made on ${day} with ${await tools()}.`;
    await putBetweenMarks(documentation, mark, `${written}\n\n${origin}`);
  });
}

/** Methods of the requests that change something. */
export function writesOf({ requests }: FakeDatadog): string[] {
  return requests.map(({ method }) => method).filter((method) => method !== "GET");
}
