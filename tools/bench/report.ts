import { figure } from "../../test/repository/markdown.ts";
import type { Reports } from "./publish.ts";
import { type Results, sortedSeries } from "./results.ts";
import {
  contendersTable,
  growthTable,
  largestOfAll,
  lookupTable,
  requestTable,
  roundsTable,
  sizeTable,
  timeTable,
  timeWithGrowth,
} from "./tables.ts";

/** The page in `docs`, and the section of the comparison. */
export function reportsOf(results: Results): Reports {
  return {
    files: { "docs/benchmark.md": page(results) },
    sections: { "docs/comparison.md": section(results) },
  };
}

function section(results: Results): string {
  const { date, cores, versions } = results;
  const largest = largestOfAll(results);
  return [
    `Seconds for ${largest.toLocaleString("en-US")} connections, and in brackets how many times as long as 100 take:`,
    timeWithGrowth(results, largest),
    `Measured on ${date} by \`npm run bench\`: ${cores} cores, a service on loopback without latency, Pulumi ` +
      `${versions.pulumi}, Node.js ${versions.node}. [All figures](benchmark.md).`,
  ].join("\n\n");
}

function page(results: Results): string {
  const { date, cores, versions } = results;
  const latencies = [...new Set(sortedSeries(results).map(({ latencyMs }) => latencyMs))];
  return [
    "# Benchmark",
    `\`npm run bench\` wrote this page on ${date}: package ${versions.package}, Pulumi CLI ${versions.pulumi}, ` +
      `@pulumi/pulumi ${versions["@pulumi/pulumi"]}, Node.js ${versions.node}, ${cores} cores, a state folder on ` +
      "disk, and the [fake Datadog](../test/support/fake-datadog) on loopback. Each contender lives its life on a new " +
      "stack, one after the other, round after round; what is shown is the median. Each size was measured on " +
      "one machine within a day, and another size may have been measured on another one.",
    contendersTable(),
    "The rounds:",
    roundsTable(results),
    ...latencies.flatMap((latencyMs) => [
      `## Seconds, with ${latencyMs} ms of latency`,
      timeTable(results, latencyMs),
    ]),
    "## Growth",
    "How many times as long the largest stack takes as one of 100.",
    growthTable(results),
    "## Requests and bytes",
    "Bytes are those to and from the service, headers included.",
    requestTable(results),
    "## State and memory",
    "The state after the first `up`, for each connection, and the peak of the resident memory of the provider's process, where Node.js runs it.",
    sizeTable(results),
    "## Loading the package",
    `The provider's entry adds ${figure(results.startup.providerMs)} ms to what the engine's host loads itself; the ` +
      `program's entry adds ${figure(results.startup.programMs)} ms to a program that has loaded \`@pulumi/pulumi\`.`,
    ...startOfThePlugin(results),
    "## The provider without the engine",
    "Reading every connection once: one snapshot of the list, then a lookup for each.",
    lookupTable(results),
    "",
  ].join("\n\n");
}

function startOfThePlugin({ startup: { toPort } }: Results): string[] {
  if (toPort === undefined) return [];
  const { executableMs, scriptMs, nodeMs } = toPort;
  return [
    "## Start of the plugin",
    `From the start of its process to its port, the executable takes ${figure(executableMs)} ms, and the npm package's ` +
      `plugin ${figure(scriptMs)} ms; Node.js alone takes ${figure(nodeMs)} ms to print a line.`,
  ];
}
