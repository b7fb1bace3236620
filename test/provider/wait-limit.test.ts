import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { configOf, newProvider } from "./fixture.ts";

const running = useFakeDatadog();

/** The clock of this process: it goes on by waiting only. */
const clock = vi.hoisted(() => ({ milliseconds: 0 }));
vi.mock("node:timers/promises", () => ({
  setTimeout: async (milliseconds: number) => {
    clock.milliseconds += milliseconds;
  },
}));

beforeEach(() => {
  clock.milliseconds = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => clock.milliseconds);
  vi.spyOn(Math, "random").mockReturnValue(0); // no backoff besides what Datadog asks for
});
afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  ["isn't told", "5", []],
  [
    "is told",
    "5.001",
    [expect.stringMatching(/^warning: Datadog lets requests wait: going on in 6 s$/)],
  ],
])("a wait %s if it takes %s s", async (_what, seconds, expected) => {
  const fake = running();
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.fault({ kind: "status", status: 429, headers: { "retry-after": seconds } });
  const told: unknown[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => told.push(line));

  expect(await newProvider(configOf(fake)).read(id, {})).toMatchObject({ id });

  expect(clock.milliseconds).toBe(1000 + 1000 * Number(seconds));
  expect(told).toEqual(expected);
});
