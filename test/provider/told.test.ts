import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OrgPool } from "../../provider/orgs/org-pool.ts";
import { type FakeDatadog, orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { configOf, newProvider } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let told: string[];

beforeEach(() => {
  fake = running();
  told = [];
  vi.spyOn(console, "log").mockImplementation((line) => told.push(line));
});

afterEach(() => {
  vi.restoreAllMocks();
});

const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const recorded = { ...inputs, sourceOrgId: orgs.payments.id };

describe("a type that isn't known", () => {
  const warning = 'warning: connection type "spans" isn\'t known to this package';
  const news = { ...inputs, connectionTypes: ["logs", "spans"] };

  it("is told once in an operation", async () => {
    const provider = newProvider(configOf(fake));
    await provider.check({}, news);
    await provider.check({}, news);
    expect(told).toEqual([warning]);
  });

  it("isn't told where the inputs fail anyway", async () => {
    await newProvider(configOf(fake)).check({}, { ...news, sinkOrgId: "hub" });
    expect(told).toEqual([]);
  });
});

describe("a wait that Datadog asks for", () => {
  const letWait = (seconds: string) =>
    fake.fault({ kind: "status", status: 429, headers: { "retry-after": seconds } });
  const line = /Datadog lets requests wait: going on in (5\d|60) s$/;
  const goOn = () => {}; // nobody waits for the end of these calls

  it("is told once where a user would wonder about it", async () => {
    letWait("60");
    const sources = { config: new Map(Object.entries(configOf(fake))), environment: {} };
    const tell = (message: string) => told.push(message);
    const org = new OrgPool(sources, { firstBackoffSeconds: 0.001, tell }).get(undefined);
    org.list().catch(goOn);
    while (told.length === 0) await setTimeout(1);
    org.create(orgs.hub.id, ["logs"]).catch(goOn);
    await setTimeout(20);
    expect(told).toEqual([expect.stringMatching(line)]);
  });

  it("is told as a warning, where it is long", async () => {
    letWait("0.01");
    letWait("60");
    newProvider(configOf(fake)).read(id, recorded).catch(goOn);
    while (told.length === 0) await setTimeout(1);
    expect(told).toEqual([expect.stringMatching(/^warning: Datadog lets/)]);
    expect(fake.requests).toHaveLength(2);
  });
});
