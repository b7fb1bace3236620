import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FakeDatadog, orgs, passingFaults } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { configOf, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
  fake.allowDoubles = true; // only the provider stands in the way of a second connection
});
afterEach(() => {
  vi.restoreAllMocks();
});

type Fault = Parameters<FakeDatadog["fault"]>[0];

const faults = [...passingFaults, { kind: "hangAfter" } as const].map((fault) => {
  const { status, headers } = { status: undefined, headers: undefined, ...fault };
  return [
    [fault.kind, status, headers && "with a header"].filter(Boolean).join(" "),
    fault,
  ] as const;
});
const isRateLimit = (fault: Fault) => fault.kind === "status" && fault.status === 429;

/** Creates a connection. The time of a request that gets no answer runs out once it was applied. */
async function create(fault: Fault): Promise<string> {
  const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
  const clock = new InstantClock();
  const created = newProvider(configOf(fake), { clock }).create(inputs);
  if (fault.kind === "hangAfter") {
    created.catch(() => {}); // it may fail before it is awaited below
    while (existing().length === 0) await setImmediate();
    clock.expire();
  }
  return (await created).id;
}

const existing = () => fake.connections.map(({ id }) => id);

describe.each(faults)("a creation that meets %s", (_name, fault) => {
  it.each([1, 4])("%d times makes one connection, the one that is recorded", async (times) => {
    fake.fault({ ...fault, method: "POST", times });

    const id = await create(fault);

    expect(existing()).toEqual([id]);
  });

  it("and whose look fails too is sent again only if it surely did nothing", async () => {
    fake.fault({ ...fault, method: "POST" });
    fake.fault({ kind: "status", status: 503, method: "GET", times: 99 });

    const outcome = create(fault);

    if (isRateLimit(fault)) {
      const id = await outcome;
      expect(existing()).toEqual([id]);
    } else {
      await expect(outcome).rejects.toThrow("It isn't known whether the connection was created.");
      expect(fake.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
    }
  });
});
