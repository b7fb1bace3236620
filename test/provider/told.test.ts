import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OrgPool } from "../../provider/orgs/org-pool.ts";
import { type FakeDatadog, orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { InstantClock } from "./clock.ts";
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

const unproved =
  `warning: the org connection ${id} isn't there for these credentials; it couldn't be made sure ` +
  "that they are those of its source org";

describe("where nothing tells whose the credentials are, what isn't there", () => {
  let provider: ReturnType<typeof newProvider>;

  beforeEach(() => {
    fake.addCredentials(orgs.payments, { token: "ddsat_1" });
    const { [`${own}:apiUrl`]: url = "" } = configOf(fake);
    provider = newProvider({ [`${own}:apiUrl`]: url, [`${own}:bearerToken`]: "ddsat_1" });
  });

  it("is read as gone, with a warning", async () => {
    expect(await provider.read(id, recorded)).toEqual({ id: "" });
    expect(told).toEqual([unproved]);
  });

  it("counts as deleted, with a warning", async () => {
    await provider.delete(id, recorded);
    expect(told).toEqual([unproved]);
  });
});

describe("nothing is told of what isn't there", () => {
  it.each([
    ["for the credentials of its source", recorded],
    [
      "for the credentials of its sink",
      { ...recorded, sourceOrgId: orgs.shop.id, sinkOrgId: orgs.payments.id },
    ],
  ])("%s", async (_what, props) => {
    const provider = newProvider(configOf(fake));
    expect(await provider.read(id, props)).toEqual({ id: "" });
    await provider.delete(id, props);
    expect(told).toEqual([]);
  });
});

it("a state that doesn't name the source proves nothing", async () => {
  expect(await newProvider(configOf(fake)).read(id, inputs)).toEqual({ id: "" });
  expect(told).toEqual([unproved]);
});

it("nothing is told where a resource that was renamed keeps its connection", async () => {
  const provider = newProvider(configOf(fake));
  const { id: existing } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  await provider.create({ ...inputs, adoptExisting: true });
  await provider.delete(existing, recorded);
  expect(told).toEqual([]);
});

describe("a wait that Datadog asks for", () => {
  const letWait = (seconds: string) =>
    fake.fault({ kind: "status", status: 429, headers: { "retry-after": seconds } });

  it("is told once where a user would wonder about it", async () => {
    for (const seconds of ["5", "5.5", "60"]) letWait(seconds);
    const sources = { config: new Map(Object.entries(configOf(fake))), environment: {} };
    const tell = (message: string) => told.push(message);
    const org = new OrgPool(sources, { clock: new InstantClock(), tell }).get(undefined);
    await org.list();
    expect(told).toEqual(["Rate limited by Datadog; retrying in 6 s"]);
  });

  it("is told as a warning, where it is long", async () => {
    letWait("60");
    await newProvider(configOf(fake), new InstantClock()).read(id, recorded);
    expect(told).toEqual(["warning: Rate limited by Datadog; retrying in 60 s"]);
  });
});
