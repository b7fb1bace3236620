import { stat } from "node:fs/promises";
import { expect, it } from "vitest";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { environmentOf, manyConnections, newStack, oneList, programOf } from "./fixture.ts";

const running = useFakeDatadog();
const minute = 60_000;

it(
  "a connection takes at most 1.65 KB of state",
  async () => {
    const fake = running();
    const stack = await newStack(fake, programOf(manyConnections(fake, 300)));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 301 } });
    expect(fake.requestLines).toEqual(Array(300).fill("POST /api/v2/org_connections 200"));
    const { size } = await stat(stack.stateFile);
    expect(size).toBeLessThanOrEqual(300 * 1650);
  },
  5 * minute,
);

it(
  "a refresh costs one request for each 1,000 connections",
  async () => {
    const fake = running();
    const declared = manyConnections(fake, 1200);
    const stack = await newStack(fake, programOf(declared), {
      // Saving the whole state after each step, which the engine does, takes a minute here.
      env: { ...environmentOf(fake), PULUMI_SKIP_CHECKPOINTS: "true" },
    });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 1201 } });
    fake.clearRequests();
    expect(await stack.refresh()).toMatchObject({ code: 0, changes: { same: 1201 } });
    expect(fake.requestLines).toEqual([
      "GET /api/v2/org_connections?limit=1000&offset=0 200",
      "GET /api/v2/org_connections?limit=1000&offset=1000 200",
    ]);

    const thousand = Object.fromEntries(Object.entries(declared).slice(0, 1000));
    await stack.write("index.ts", programOf(thousand));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { delete: 200, same: 1001 } });
    fake.clearRequests();
    expect(await stack.refresh()).toMatchObject({ code: 0, changes: { same: 1001 } });
    expect(fake.requestLines).toEqual(oneList);
  },
  10 * minute,
);
