import { stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { environmentOf, manyConnections, newStack, oneList, path } from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

/** Bytes of state that a connection may take. */
const limits = { "dynamic provider": 1650, plugin: 1300 };

describe.each(ways)("by the $name", (way) => {
  it(`300 connections take at most ${limits[way.name]} bytes of state each, and are refreshed by one request`, async () => {
    const fake = running();
    const stack = await newStack(fake, way.program(manyConnections(fake, 300)), {
      // The engine would save the whole state after each step.
      env: { ...environmentOf(fake), PULUMI_SKIP_CHECKPOINTS: "true" },
    });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 301 } });
    expect(fake.requestLines).toEqual(Array(300).fill(`POST ${path} 200`));
    const { size } = await stat(stack.stateFile);
    expect(size).toBeLessThanOrEqual(300 * limits[way.name]);
    fake.clearRequests();
    expect(await stack.refresh()).toMatchObject({ code: 0, changes: { same: 301 } });
    expect(fake.requestLines).toEqual(oneList);
  });
});
