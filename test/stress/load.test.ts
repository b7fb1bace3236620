import { expect, it } from "vitest";
import {
  environmentOf,
  manyConnections,
  newStack,
  recordedConnections,
} from "../end-to-end/fixture.ts";
import { programOf } from "../end-to-end/providers.ts";
import { type FakeDatadog, passingFaults } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";

const datadog = useFakeDatadog();
const minute = 60_000;
const count = 2000;
const faults = [...passingFaults, { kind: "hangBefore" }, { kind: "hangAfter" }] as const;

/** Lets 5 % of the requests meet a fault, each kind in turn. */
function injectFaults(fake: FakeDatadog): void {
  let requests = 0;
  fake.beforeApply = () => {
    requests += 1;
    const fault = requests % 20 === 0 ? faults[(requests / 20) % faults.length] : undefined;
    if (fault) fake.fault(fault); // for the next request
  };
}

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
    injectFaults(fake);
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

    fake.beforeApply = undefined;
    fake.clearFaults();
    for (const path of ["offset=0", "offset=1000"]) {
      for (const kind of ["resetAfter", "hangBefore", "truncatedJson"] as const) {
        fake.fault({ kind, path });
      }
    }
    fake.clearRequests();
    expectSuccess(await stack.refresh(), { same: count + 1 });
    expect(fake.requests).toHaveLength(8);
    const answered = fake.requests.filter(({ fault }) => fault === undefined);
    expect(answered.map(({ path }) => path)).toEqual([
      "/api/v2/org_connections?limit=1000&offset=0",
      "/api/v2/org_connections?limit=1000&offset=1000",
    ]);

    injectFaults(fake);
    fake.clearRequests();
    expectSuccess(await stack.destroy(), { delete: count + 1 });
    expectFewRefused();
    expect(fake.connections).toEqual([]);
    expect(await recordedConnections(stack)).toEqual([]);
  },
  30 * minute,
);
