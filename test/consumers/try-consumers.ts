import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, it } from "vitest";
import { format, putBetweenMarks } from "../repository/generated.ts";
import { table } from "../repository/markdown.ts";
import { type FakeDatadog, startFakeDatadog } from "../support/fake-datadog/index.ts";

const documentation = "docs/consumers.md";

/** A table of the documentation. */
export interface ConsumersTable<Consumer> {
  /** Its marks in the document. */
  readonly mark: string;
  readonly head: readonly string[];
  readonly consumers: readonly Consumer[];
  /** The cells of a consumer's row, without its result. */
  cellsOf(consumer: Consumer): string[];
}

/** Methods of the requests that change something. */
export function writesOf({ requests }: FakeDatadog): string[] {
  return requests.map(({ method }) => method).filter((method) => method !== "GET");
}

/**
 * Tries each consumer in an empty folder with a fake Datadog of its own. If all were tried, writes
 * the table into the documentation.
 *
 * @param run Returns the result, as the table has it.
 * @param origin Says when and with what the table was made.
 */
export function tryConsumers<Consumer>(
  { mark, head, consumers, cellsOf }: ConsumersTable<Consumer>,
  run: (consumer: Consumer, folder: string, fake: FakeDatadog) => Promise<string>,
  origin: (day: string) => Promise<string>,
): void {
  const results = new Map<Consumer, string>();

  for (const consumer of consumers) {
    it.concurrent(cellsOf(consumer).filter(Boolean).join(", "), async () => {
      const folder = await mkdtemp(join(tmpdir(), "consumer-"));
      const fake = await startFakeDatadog();
      try {
        results.set(consumer, await run(consumer, folder, fake));
      } finally {
        await fake.close();
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  afterAll(async () => {
    const rows = consumers.map((consumer) => [
      ...cellsOf(consumer),
      results.get(consumer) ?? "failed, or not tried",
    ]);
    const written = table([...head, "result"], rows);
    console.log(`\n${written}\n`);
    if (results.size < consumers.length) return;
    const made = await origin(new Date().toISOString().slice(0, 10));
    await putBetweenMarks(documentation, mark, `${written}\n\n${made}`);
    await format([documentation]);
  });
}
