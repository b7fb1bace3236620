import { expect, it } from "vitest";
import { oldestFirst } from "../../cli/list.ts";

it("sorts connections by creation time, in any time zone", () => {
  const times = [
    "2025-08-26T22:00:00.000000+02:00",
    "2025-08-26T20:00:00.000001+00:00",
    "2025-08-26T20:00:00.000002+00:00",
    "2025-08-26T19:00:01-01:00",
    "2025-08-26T20:00:02Z",
  ];
  const connections = times.map((createdAt) => ({ id: createdAt, connectionTypes: [], createdAt }));
  expect(connections.toReversed().sort(oldestFirst)).toEqual([
    connections[1],
    connections[2],
    connections[0],
    connections[3],
    connections[4],
  ]);
});

it("connections without a valid time come first, by id", () => {
  const connections = ["b", "a"].map((id) => ({ id, connectionTypes: [], createdAt: "?" }));
  expect(connections.sort(oldestFirst).map(({ id }) => id)).toEqual(["a", "b"]);
});
