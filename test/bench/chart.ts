import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { contenders } from "./contenders.ts";
import type { Operation } from "./life.ts";
import { type Results, secondsOf } from "./results.ts";

const shown: readonly Operation[] = ["up (create)", "refresh", "up (types changed)", "destroy"];

/** An SVG: the time of the operations by the number of connections, a line for each contender. */
export function chartOf(results: Results): Promise<string> {
  return new View(parse(compile(chartSpec(results)).spec), { renderer: "none" }).toSVG();
}

function chartSpec(results: Results): TopLevelSpec {
  const values = results.series
    .filter(({ latencyMs }) => latencyMs === 0)
    .flatMap((series) =>
      shown.map((operation) => ({
        operation,
        contender: titleOf(series.contender),
        connections: series.connections,
        seconds: secondsOf(series, operation),
        width: series.contender === "floor" ? 6 : 2,
      })),
    );
  return {
    background: "white",
    config: { font: "sans-serif" },
    data: { values },
    facet: { field: "operation", type: "nominal", title: null, sort: [...shown] },
    columns: 2,
    spec: {
      width: 300,
      height: 190,
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "connections", type: "quantitative", title: "connections" },
        y: { field: "seconds", type: "quantitative", title: "seconds" },
        // The floor's line is wide, so that it shows below a line that lies on it.
        strokeWidth: { field: "width", type: "quantitative", scale: null },
        color: {
          field: "contender",
          type: "nominal",
          title: null,
          legend: { orient: "bottom", columns: 1, labelLimit: 400 },
          scale: {
            domain: contenders.map(({ title }) => title),
            range: contenders.map(({ color }) => color),
          },
        },
      },
    },
    resolve: { scale: { y: "independent" } },
  };
}

function titleOf(name: string): string {
  return contenders.find((contender) => contender.name === name)?.title ?? name;
}
