import { stat } from "node:fs/promises";
import { expect, it } from "vitest";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { currentUser, environmentOf, manyConnections, newStack, oneList, path } from "./fixture.ts";
import { programOf } from "./ways.ts";

const running = useFakeDatadog();

/** Each way in a program in TypeScript, and the bytes of state that a connection may take. */
const ways = [
  { name: "dynamic provider", limit: 1650 },
  { name: "plugin", limit: 1300 },
] as const;

it.each(ways)(
  "by the $name, 300 connections take at most $limit bytes of state each, and are refreshed by one request",
  async ({ name, limit }) => {
    const fake = running();
    const stack = await newStack(fake, programOf(manyConnections(fake, 300), name), {
      // The engine would save the whole state after each step.
      env: { ...environmentOf(fake), PULUMI_SKIP_CHECKPOINTS: "true" },
    });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 301 } });
    expect(fake.requestLines.toSorted()).toEqual([
      currentUser,
      ...Array(300).fill(`POST ${path} 200`),
    ]);
    const { size } = await stat(stack.stateFile);
    expect(size).toBeLessThanOrEqual(300 * limit);
    fake.clearRequests();
    expect(await stack.refresh()).toMatchObject({ code: 0, changes: { same: 301 } });
    expect(fake.requestLines).toEqual(oneList);
  },
);
