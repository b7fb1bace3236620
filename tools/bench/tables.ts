import { figure, surplus, table } from "../../test/repository/markdown.ts";
import { contenders } from "./contenders.ts";
import { type Cost, operations } from "./life.ts";
import {
  peakMemoryOf,
  type Results,
  type Series,
  secondsOf,
  seriesOf,
  sortedSeries,
  stateBytesEach,
} from "./results.ts";

const titles = contenders.map(({ title }) => title);

export function contendersTable(): string {
  return table(
    ["contender", ""],
    contenders.map(({ title, explanation }) => [title, explanation]),
  );
}

/** The sizes that were measured with a latency. */
function sizesOf(results: Results, latency: number): number[] {
  const measured = sortedSeries(results).filter(({ latencyMs }) => latencyMs === latency);
  return [...new Set(measured.map(({ connections }) => connections))];
}

/** The largest size that all contenders were measured with, without latency; else the largest. */
export function largestOfAll(results: Results): number {
  const sizes = sizesOf(results, 0);
  const isOfAll = (size: number) => !seriesOfAll(results, size, 0).includes(undefined);
  return sizes.findLast(isOfAll) ?? Math.max(...sizes);
}

/** How many lives stand behind each median. */
export function roundsTable(results: Results): string {
  const measured = new Map(
    sortedSeries(results).map((one) => [`${one.connections}, ${one.latencyMs} ms`, one]),
  );
  const rows = [...measured].map(([title, { connections, latencyMs }]) => [
    title,
    ...seriesOfAll(results, connections, latencyMs).map((series) => series?.rounds.length ?? "–"),
  ]);
  return table(["connections, latency", ...titles], rows);
}

function seriesOfAll(results: Results, connections: number, latencyMs: number) {
  return contenders.map(({ name }) =>
    seriesOf(results, { contender: name, connections, latencyMs }),
  );
}

export function timeTable(results: Results, latencyMs: number): string {
  const rows = sizesOf(results, latencyMs).flatMap((connections) => {
    const all = seriesOfAll(results, connections, latencyMs);
    return operations.map((operation) => {
      const [floor, ...others] = all.map((series) => series && secondsOf(series, operation));
      const compared = others.map((seconds) =>
        seconds === undefined || floor === undefined
          ? figure(seconds)
          : `${figure(seconds)} (${surplus(seconds, floor)})`,
      );
      return [connections, `\`${operation}\``, figure(floor), ...compared];
    });
  });
  return table(["connections", "operation", ...titles], rows);
}

/** Of the contenders that were measured with so many connections. */
export function timeWithGrowth(results: Results, connections: number): string {
  const all = seriesOfAll(results, connections, 0).filter((series) => series !== undefined);
  const measured = contenders.filter(({ name }) => all.some(({ contender }) => contender === name));
  const rows = operations.map((operation) => [
    `\`${operation}\``,
    ...all.map((series) => {
      const growth = growthOf(results, series, operation);
      return `${figure(secondsOf(series, operation))} (× ${figure(growth)})`;
    }),
  ]);
  const kilobytes = all.map((series) => figure(stateBytesEach(series) / 1000));
  const refreshes = all.map(({ rounds }) => rounds[0]?.["refresh"].requests["GET"] ?? 0);
  return table(
    ["", ...measured.map(({ title }) => title)],
    [
      ...rows,
      ["state for each connection, KB", ...kilobytes],
      ["requests of a refresh", ...refreshes],
    ],
  );
}

function growthOf(
  results: Results,
  series: Series,
  operation: (typeof operations)[number],
): number | undefined {
  const hundred = seriesOf(results, { ...series, connections: 100 });
  return hundred && secondsOf(series, operation) / secondsOf(hundred, operation);
}

export function growthTable(results: Results): string {
  const connections = Math.max(...sizesOf(results, 0));
  const all = seriesOfAll(results, connections, 0);
  const rows = operations.map((operation) => [
    `\`${operation}\``,
    ...all.map((series) => figure(series && growthOf(results, series, operation))),
  ]);
  return table([`${connections} / 100`, ...titles], rows);
}

export function requestTable(results: Results): string {
  const rows = sizesOf(results, 0).flatMap((connections) => {
    const all = seriesOfAll(results, connections, 0);
    return operations.map((operation) => [
      connections,
      `\`${operation}\``,
      ...all.map((series) => requestsOf(series?.rounds[0]?.[operation])),
    ]);
  });
  return table(["connections", "operation", ...titles], rows);
}

function requestsOf(cost: Cost | undefined): string {
  if (cost === undefined) return figure(undefined);
  const requests = Object.entries(cost.requests).map(([method, count]) => `${count} ${method}`);
  if (requests.length === 0) return "none";
  return `${requests.join(", ")}: ${figure(cost.trafficBytes / 1000)} KB`;
}

export function sizeTable(results: Results): string {
  const rows = sizesOf(results, 0).map((connections) => [
    connections,
    ...seriesOfAll(results, connections, 0).map(sizeOf),
  ]);
  return table(["connections", ...titles], rows);
}

function sizeOf(series: Series | undefined): string {
  if (series === undefined) return figure(undefined);
  const state = `${figure(stateBytesEach(series) / 1000)} KB`;
  const memory = peakMemoryOf(series);
  return memory > 0 ? `${state}, ${figure(memory / 1e6)} MB` : state;
}

export function lookupTable({ lookups }: Results): string {
  return table(
    ["connections", "requests", "snapshot, ms", "each lookup, µs", "snapshot in memory, MB"],
    lookups.map(({ connections, requests, snapshotMs, lookupUs, snapshotBytes }) => [
      connections,
      requests,
      figure(snapshotMs),
      figure(lookupUs),
      figure(snapshotBytes / 1e6),
    ]),
  );
}
