import { expect, it } from "vitest";
import { contenders } from "./contenders.ts";
import type { LifeCosts } from "./life.ts";
import { reportsOf } from "./report.ts";
import type { Results, Series } from "./results.ts";

/** A life in which every operation takes so many seconds. */
function life(
  seconds: number,
  requests: Record<string, number> = {},
  peakMemoryBytes = 160e6,
): LifeCosts {
  const cost = {
    seconds,
    requests,
    trafficBytes: 57_100,
    stateBytes: 150_000,
    peakMemoryBytes,
  };
  return {
    "up (create)": cost,
    "up (nothing to do)": cost,
    "preview --refresh": cost,
    refresh: cost,
    "up (types changed)": cost,
    destroy: cost,
  };
}

const series: readonly Series[] = [
  { contender: "floor", connections: 100, latencyMs: 0, rounds: [life(2)] },
  { contender: "floor", connections: 1000, latencyMs: 0, rounds: [life(20)] },
  { contender: "ours", connections: 100, latencyMs: 0, rounds: [life(2)] },
  {
    contender: "ours",
    connections: 1000,
    latencyMs: 0,
    rounds: [life(99, { GET: 1 }), life(21, { GET: 1 }), life(20, { GET: 1 })],
  },
  { contender: "ours", connections: 100, latencyMs: 100, rounds: [life(4)] },
  {
    contender: "plugin",
    connections: 1000,
    latencyMs: 0,
    rounds: [life(10, { GET: 1 }, 0)],
  },
];

const results: Results = {
  date: "2026-11-24",
  cores: 2,
  versions: { node: "24.1.0", pulumi: "v3.259.0", "@pulumi/pulumi": "3.270.0", package: "0.1.0" },
  startup: {
    providerMs: 50,
    programMs: 1,
    toPort: { executableMs: 43.4, scriptMs: 65.6, nodeMs: 40.2 },
  },
  lookups: [
    { connections: 1000, requests: 1, snapshotMs: 25, lookupUs: 4, snapshotBytes: 800_000 },
  ],
  series,
};

/** A table's rows without the spaces that only align it. */
function rows(file: "docs/comparison.md" | "docs/benchmark.md"): string[] {
  const { files, sections } = reportsOf(results);
  return (sections[file] ?? files[file] ?? "").split("\n").filter((line) => line.startsWith("|"));
}

it("shows the median of the rounds, and how much more than the floor that is", () => {
  expect(rows("docs/benchmark.md")).toContain(
    "| 1000 | `refresh` | 20.0 | 21.0 (+5.0 %) | 10.0 (−50.0 %) | – | – |",
  );
});

it("shows how many rounds there were", () => {
  expect(rows("docs/benchmark.md")).toContain("| 1000, 0 ms | 1 | 3 | 1 | – | – |");
});

it("shows no comparison where the floor wasn't measured", () => {
  expect(rows("docs/benchmark.md")).toContain("| 100 | `refresh` | – | 4.0 | – | – | – |");
});

it("shows in the comparison how the time grows from 100 connections to the largest stack", () => {
  expect(rows("docs/comparison.md")).toContain(
    "| `destroy` | 20.0 (× 10.0) | 21.0 (× 10.5) | 10.0 (× –) |",
  );
});

it("compares stacks of the largest size that all contenders were measured with", () => {
  const all = contenders.map(({ name }) => ({
    contender: name,
    connections: 300,
    latencyMs: 0,
    rounds: [life(6)],
  }));
  const { sections } = reportsOf({ ...results, series: [...series, ...all] });
  expect(sections["docs/comparison.md"]).toMatch(/^Seconds for 300 connections/);
});

it("shows requests and bytes, state and memory", () => {
  expect(rows("docs/benchmark.md")).toEqual(
    expect.arrayContaining([
      "| 1000 | `refresh` | none | 1 GET: 57.1 KB | 1 GET: 57.1 KB | – | – |",
      "| 1000 | 0.15 KB, 160 MB | 0.15 KB, 160 MB | 0.15 KB | – | – |",
    ]),
  );
});

it("shows how long the plugin takes to its port, beside Node.js", () => {
  expect(reportsOf(results).files["docs/benchmark.md"]).toContain(
    "the executable takes 43.4 ms, and the npm package's plugin 65.6 ms; Node.js alone takes 40.2 ms",
  );
});
