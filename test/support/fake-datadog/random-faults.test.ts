import { expect, it } from "vitest";
import { creation, keysOf, list, PATH, send } from "./client.ts";
import { orgs } from "./orgs.ts";
import { passingFaults } from "./random-faults.ts";
import { useFakeDatadog } from "./vitest.ts";

const running = useFakeDatadog();
const { hub, payments } = orgs;
const broken = { kind: "status", status: 503 } as const;
const missing = { kind: "status", status: 404 } as const;

async function statuses(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    found.push((await send(running(), { headers: keysOf(payments) })).status);
  }
  return found;
}

it("meet as many requests as told, each kind as often", async () => {
  running().setFaultRate({ probability: 0.2, seed: 1, kinds: [broken, missing] });
  const found = await statuses(1000);
  expect(found.filter((status) => status === 503).length / 1000).toBeCloseTo(0.1, 1);
  expect(found.filter((status) => status === 404).length / 1000).toBeCloseTo(0.1, 1);
  expect(running().requests.filter(({ fault }) => fault === "status")).toHaveLength(
    found.filter((status) => status !== 200).length,
  );
});

it("follow from the seed", async () => {
  const withSeed = (seed: number) => {
    running().setFaultRate({ probability: 0.5, seed, kinds: [broken] });
    return statuses(50);
  };
  const first = await withSeed(1);
  expect(await withSeed(1)).toEqual(first);
  expect(await withSeed(2)).not.toEqual(first);
});

it("leave a request to its scripted fault, and end when told", async () => {
  const fake = running();
  fake.setFaultRate({ probability: 1, seed: 1, kinds: [broken] });
  fake.fault(missing);
  expect(await statuses(2)).toEqual([404, 503]);
  fake.setFaultRate(undefined);
  expect(await statuses(1)).toEqual([200]);
});

it.each(passingFaults)("that pass, such as %o, pass", async (kind) => {
  const fake = running();
  fake.fault(kind);
  const call = { method: "POST", headers: keysOf(payments), body: creation(hub.id, ["logs"]) };
  const body = async () => (await send(fake, { ...call, path: PATH })).text();
  await body().catch(() => "");
  await body();
  expect((await list(fake, payments)).sources).toEqual(["Payments"]);
});
