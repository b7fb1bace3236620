import type { Contender } from "./contenders.ts";
import type { LifeCosts, Operation } from "./life.ts";
import type { LookupCosts } from "./lookups.ts";
import { median } from "./median.ts";
import type { Startup } from "./startup.ts";

/** The costs of a contender's stacks of one size, with one latency of the service. */
export interface Series {
  readonly contender: Contender["name"];
  readonly connections: number;
  readonly latencyMs: number;
  /** One life for each round. */
  readonly rounds: readonly LifeCosts[];
}

/** What a run of the benchmark found; `docs/benchmark.json`. */
export interface Results {
  /** Date of the run, `2026-11-24`. */
  readonly date: string;
  readonly cores: number;
  readonly versions: Readonly<Record<"node" | "pulumi" | "@pulumi/pulumi" | "package", string>>;
  readonly startup: Startup;
  readonly lookups: readonly LookupCosts[];
  readonly series: readonly Series[];
}

/** What a series is about. */
type Subject = Pick<Series, "contender" | "connections" | "latencyMs">;

/** Those without latency first, and small stacks first. */
export function sortedSeries({ series }: Results): Series[] {
  return series.toSorted(
    (one, other) => one.latencyMs - other.latencyMs || one.connections - other.connections,
  );
}

export function isOfSame(one: Subject, other: Subject): boolean {
  return (
    one.contender === other.contender &&
    one.connections === other.connections &&
    one.latencyMs === other.latencyMs
  );
}

/** The series of a contender, if it was measured. */
export function seriesOf({ series }: Results, wanted: Subject): Series | undefined {
  return series.find((one) => isOfSame(one, wanted));
}

/** Median of the wall time of an operation, in seconds. */
export function secondsOf({ rounds }: Series, operation: Operation): number {
  return median(rounds.map((costs) => costs[operation].seconds));
}

/** Median of the state's size after the first `up`, in bytes for each connection. */
export function stateBytesEach({ rounds, connections }: Series): number {
  return median(rounds.map((costs) => costs["up (create)"].stateBytes)) / connections;
}

/** Median of the highest peak of the provider's memory among the operations, in bytes. */
export function peakMemoryOf({ rounds }: Series): number {
  return median(
    rounds.map((costs) =>
      Math.max(...Object.values(costs).map(({ peakMemoryBytes }) => peakMemoryBytes)),
    ),
  );
}
