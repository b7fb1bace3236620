import { table } from "../repository/markdown.ts";
import type { Consumer } from "./consumer.ts";
import { packageManagers } from "./package-managers.ts";

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
  return table(
    head,
    rows.map(([consumer, result]) => [...cellsOf(consumer), result]),
  );
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
