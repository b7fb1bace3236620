import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OrgConnectionProvider } from "../../provider/org-connection-provider.ts";
import { type FakeDatadog, orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { configOf, newProvider, own } from "./fixture.ts";

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

describe("where nothing tells whose the credentials are, what isn't there", () => {
  const warning =
    `warning: the org connection ${id} isn't there for these credentials; it couldn't be made sure ` +
    "that they are those of its source org";
  let provider: ReturnType<typeof newProvider>;

  beforeEach(() => {
    fake.addCredentials(orgs.payments, { token: "ddsat_1" });
    const { [`${own}:apiUrl`]: url = "" } = configOf(fake);
    provider = newProvider({ [`${own}:apiUrl`]: url, [`${own}:bearerToken`]: "ddsat_1" });
  });

  it("is read as gone, with a warning", async () => {
    expect(await provider.read(id, recorded)).toEqual({ id: "" });
    expect(told).toEqual([warning]);
  });

  it("counts as deleted, with a warning", async () => {
    await provider.delete(id, recorded);
    expect(told).toEqual([warning]);
  });
});

it("nothing is told where it is known whose the credentials are", async () => {
  const provider = newProvider(configOf(fake));
  await provider.read(id, recorded);
  await provider.delete(id, recorded);
  expect(told).toEqual([]);
});

describe("a wait that Datadog asks for", () => {
  function newImpatientProvider(retryAfter: string): OrgConnectionProvider {
    fake.fault({ kind: "status", status: 429, headers: { "retry-after": retryAfter } });
    const provider = new OrgConnectionProvider(0.001);
    const config = configOf(fake);
    const get = (key: string) => config[key];
    provider.configure({ config: { get, require: (key) => get(key) ?? "" } });
    return provider;
  }

  it("is told once where a user would wonder about it", async () => {
    const provider = newImpatientProvider("60");
    const goOn = () => {}; // nobody waits for the end of these calls
    provider.read(id, recorded).catch(goOn);
    while (told.length === 0) await setTimeout(1);
    provider.delete(id, recorded).catch(goOn);
    await setTimeout(20);
    expect(told).toEqual([
      expect.stringMatching(/^warning: Datadog lets requests wait: going on in (5\d|60) s$/),
    ]);
  });

  it("isn't told where it is short", async () => {
    await newImpatientProvider("0.01").read(id, recorded);
    expect(fake.requests).toHaveLength(3);
    expect(told).toEqual([]);
  });
});
