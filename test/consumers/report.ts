import { readFile, writeFile } from "node:fs/promises";
import type { Consumer } from "./consumer.ts";
import { packageManagers } from "./package-managers.ts";

const [begin, end] = ["<!-- consumers: begin -->", "<!-- consumers: end -->"];

const head = [
  "consumer",
  "package manager",
  "module system",
  "TypeScript",
  "@pulumi/pulumi",
  "Node.js",
  "result",
];

/** The table in Markdown: consumers, and what came of them. */
export function tableOf(rows: readonly (readonly [Consumer, string])[]): string {
  const body = rows.map(([consumer, result]) => [...cellsOf(consumer), result]);
  const lines = [head, head.map(() => "---"), ...body];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/** What the table says of a consumer, but for the result. */
export function cellsOf(consumer: Consumer): string[] {
  return [
    consumer.what,
    packageManagers[consumer.packageManager].title,
    consumer.type === "module" ? "ES module" : "CommonJS",
    consumer.typescript ?? "",
    consumer.pulumi,
    consumer.runtime === "bun without Node.js" ? "none" : consumer.node,
  ];
}

/** Puts a text between the marks of a document. */
export async function putBetweenMarks(path: string, text: string): Promise<void> {
  const whole = await readFile(path, "utf8");
  const [before, after] = [whole.split(begin)[0], whole.split(end)[1]];
  if (before === undefined || after === undefined) throw new Error(`${path} has no marks`);
  await writeFile(path, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}
