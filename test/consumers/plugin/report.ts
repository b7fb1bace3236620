import { table } from "../../repository/markdown.ts";
import type { PluginConsumer } from "./plugin-consumer.ts";

const head = ["program", "Pulumi's SDK", "class of the resource", "result"];

/** The table in Markdown: programs, and what came of them. */
export function tableOf(
  consumers: readonly PluginConsumer[],
  resultOf: (index: number) => string,
): string {
  return table(
    head,
    consumers.map((consumer, index) => [...cellsOf(consumer), resultOf(index)]),
  );
}

/** What the table says of a program, but for the result. */
export function cellsOf({ what, pulumi, resourceClass }: PluginConsumer): string[] {
  return [what, pulumi, resourceClass];
}
