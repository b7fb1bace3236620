import { rm, stat } from "node:fs/promises";
import { expect, it } from "vitest";
import type { FakeDatadog } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { declare, manyConnections, newStack, recordedConnections } from "./fixture.ts";
import { type Declared, programOf, providers, type Resource } from "./providers.ts";

const datadog = useFakeDatadog();
/** How often each provider is killed, once while it creates and once while it changes. */
const rounds = Number(process.env["KILL_ROUNDS"] ?? 1);
/** Chooses the write of the first kill. */
const seed = Number(process.env["MODEL_SEED"] ?? 1);
const count = 50;
const minute = 60_000;

/** Each of these connections with other arguments. */
const withArgs = (declared: Declared, args: Resource): Declared =>
  Object.fromEntries(Object.entries(declared).map(([name, one]) => [name, { ...one, ...args }]));

/** Half of these connections, with another type. */
function changed(declared: Declared): Declared {
  const half = Object.entries(declared).filter((_, index) => index % 2 === 0);
  return withArgs(Object.fromEntries(half), { connectionTypes: ["metrics"] });
}

/** Starts `up`, and kills all of its processes once so many writes have arrived. */
async function killAt(writes: number, stack: Stack, fake: FakeDatadog): Promise<boolean> {
  let arrived = 0;
  const enough = new Promise<void>((resolve) => {
    fake.beforeApply = ({ method }) => {
      if (method !== "GET") arrived += 1;
      if (arrived === writes) resolve();
    };
  });
  const up = stack.up();
  await Promise.race([enough, up]);
  await stack.kill();
  return (await up).code !== 0;
}

/** What docs/reliability.md says to do. */
async function recover(stack: Stack): Promise<void> {
  const attributes = `${stack.stateFile}.attrs`;
  if ((await stat(attributes)).size === 0) await rm(attributes);
  expect(await stack.pulumi(["cancel", "--yes"])).toMatchObject({ code: 0 });
  const { code, output } = await stack.up({ refresh: true });
  expect(code, output).toBe(0);
}

async function expectAsDeclared(stack: Stack, fake: FakeDatadog, writes: number): Promise<void> {
  const recorded = (await recordedConnections(stack)).map(({ id }) => id).sort();
  expect(recorded, `killed at write ${writes}`).toHaveLength(count);
  expect(recorded).toEqual(fake.connections.map(({ id }) => id).sort());
  expect(fake.connections.filter(({ types }) => types.join() !== "logs")).toEqual([]);
}

it.each(providers)(
  "with the $name, a kill at any moment loses no connection and leaves none as it shouldn't be",
  async (provider) => {
    const fake = datadog();
    for (let kills = 0, attempt = seed; kills < rounds; attempt += 1) {
      for (const { id } of fake.connections) fake.remove(id);
      const declared = withArgs(manyConnections(fake, count), { adoptExisting: true });
      const stack = await newStack(fake, programOf(declared, provider));
      const writes = 1 + ((17 * attempt) % (count - 10));
      if (!(await killAt(writes, stack, fake))) continue; // it was done before it could be killed
      await recover(stack);
      await expectAsDeclared(stack, fake, writes);
      await declare(stack, provider, changed(declared));
      const wasKilled = await killAt(writes, stack, fake);
      await declare(stack, provider, declared);
      if (!wasKilled) continue;
      await recover(stack);
      await expectAsDeclared(stack, fake, writes);
      kills += 1;
    }
  },
  15 * minute,
);
