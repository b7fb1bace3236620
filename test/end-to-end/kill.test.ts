import { rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFailed } from "vitest";
import type { FakeDatadog } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { killAllWith } from "../support/harness/kill.ts";
import type { Stack } from "../support/harness/stack.ts";
import { manyConnections, newSilentStack, recordedConnections, showStack } from "./fixture.ts";
import { type Way, ways } from "./ways.ts";

const running = useFakeDatadog();
/** Kills of each way. */
const rounds = Number(process.env["KILL_ROUNDS"] ?? 2);
const count = 50;
const minute = 60_000;

/** A stack whose connections may all be adopted. */
function adoptingStack(fake: FakeDatadog, way: Way): Promise<Stack> {
  const declared = Object.entries(manyConnections(fake, count));
  const adopting = declared.map(([name, args]) => [name, { ...args, adoptExisting: true }]);
  const program = way.program(Object.fromEntries(adopting));
  return newSilentStack(fake, program, { reusesProcesses: false });
}

/** Starts `up`, and kills all of its processes once so many connections were asked for. */
async function killAt(posts: number, stack: Stack, fake: FakeDatadog): Promise<boolean> {
  const up = stack.up();
  const arrived = () => fake.requests.filter(({ method }) => method === "POST").length;
  while (arrived() < posts) await sleep(1);
  await killAllWith(stack.stateDirectory);
  return (await up).code !== 0;
}

/** What docs/interruptions.md says to do. */
async function recover(stack: Stack): Promise<void> {
  const attributes = `${stack.stateFile}.attrs`;
  if ((await stat(attributes)).size === 0) await rm(attributes);
  expect(await stack.pulumi(["cancel", "--yes"])).toMatchObject({ code: 0 });
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
}

it.each(ways)(
  "by the $name, a kill at any moment of a creation loses no connection and doubles none",
  async (way) => {
    const fake = running();
    fake.allowDoubles = true; // otherwise there could be none, whatever the provider does
    let stack: Stack | undefined;
    onTestFailed(() => stack && showStack(stack));
    let kills = 0;
    while (kills < rounds) {
      for (const { id } of fake.connections) fake.remove(id);
      fake.clearRequests();
      stack = await adoptingStack(fake, way);
      const posts = 1 + Math.floor(Math.random() * (count - 10));
      if (!(await killAt(posts, stack, fake))) continue; // it was done before it could be killed
      kills += 1;
      await recover(stack);
      const recorded = (await recordedConnections(stack)).map(({ id }) => id).sort();
      expect(recorded, `killed at POST ${posts}`).toHaveLength(count);
      expect(recorded).toEqual(fake.connections.map(({ id }) => id).sort());
    }
  },
  15 * minute,
);
