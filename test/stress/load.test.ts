import { expect, it } from "vitest";
import {
  environmentOf,
  manyConnections,
  newStack,
  recordedConnections,
} from "../end-to-end/fixture.ts";
import { programOf } from "../end-to-end/providers.ts";
import { passingFaults } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";

const datadog = useFakeDatadog();
const minute = 60_000;
const count = 2000;
const kinds = [...passingFaults, { kind: "hangBefore" }, { kind: "hangAfter" }] as const;
const fivePercent = { probability: 0.05, seed: 1, kinds };
/** With this seed the first page meets three faults, and the second one too. */
const manyFaults = { probability: 0.5, seed: 15, kinds };

function expectSuccess(result: OperationResult, changes: OperationResult["changes"]): void {
  expect(result, result.output.slice(-2000)).toMatchObject({ code: 0, changes });
}

it(
  `${count} connections come and go under 5 % faults and a rate limit`,
  async () => {
    const fake = datadog();
    fake.allowDoubles = true; // otherwise there could be none, whatever the provider does
    const stack = await newStack(fake, programOf(manyConnections(fake, count)), {
      // The engine saves the state after each step, all of it: at this size that would be the limit.
      env: { ...environmentOf(fake), PULUMI_SKIP_CHECKPOINTS: "true" },
      config: { "datadog-org-connections:timeoutSeconds": "5" },
    });
    const requestsPerPeriod = 50;
    fake.setFaultRate(fivePercent);
    fake.setRateLimit({ requests: requestsPerPeriod, periodSeconds: 4 });
    const expectFewRefused = () => {
      const refused = fake.requests.filter(({ status, fault }) => status === 429 && !fault);
      expect(refused.length).toBeLessThanOrEqual(count / requestsPerPeriod);
    };

    expectSuccess(await stack.up(), { create: count + 1 });
    expectFewRefused();
    expect(fake.connections).toHaveLength(count);
    expect(new Set(fake.connections.map(({ sinkOrgId }) => sinkOrgId)).size).toBe(count);
    const recorded = (await recordedConnections(stack)).map(({ id }) => id);
    expect(recorded.sort()).toEqual(fake.connections.map(({ id }) => id).sort());

    fake.setFaultRate(manyFaults);
    fake.clearRequests();
    expectSuccess(await stack.refresh(), { same: count + 1 });
    expect(fake.requests).toHaveLength(8);
    const answered = fake.requests.filter(({ fault }) => fault === undefined);
    expect(answered.map(({ path }) => path)).toEqual([
      "/api/v2/org_connections?limit=1000&offset=0",
      "/api/v2/org_connections?limit=1000&offset=1000",
    ]);

    fake.setFaultRate(fivePercent);
    fake.clearRequests();
    expectSuccess(await stack.destroy(), { delete: count + 1 });
    expectFewRefused();
    expect(fake.connections).toEqual([]);
    expect(await recordedConnections(stack)).toEqual([]);
  },
  30 * minute,
);
