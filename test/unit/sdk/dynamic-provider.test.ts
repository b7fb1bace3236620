import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { handler } from "../../../sdk/dynamic-provider.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf } from "../fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const inputs = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };

/** A provider as the engine's host sets it up for one operation. */
async function newProvider(changes: Record<string, string> = {}) {
  const config: Record<string, string> = { ...configOf(fake), ...changes };
  const get = (key: string) => config[key];
  const provider = handler();
  await provider.configure?.({ config: { get, require: (key) => get(key) ?? "" } });
  return provider;
}

it("lives through its operations in the shapes of the host", async () => {
  const provider = await newProvider();
  expect(await provider.check?.({}, inputs)).toEqual({ inputs, failures: [] });
  const refused = await provider.check?.({}, { ...inputs, sinkOrgId: "hub" });
  const reason = "sinkOrgId isn't a UUID. Set it to the receiving org's UUID.";
  expect(refused?.failures).toEqual([{ property: "", reason }]);

  const { id, outs } = await provider.create(inputs);
  expect(outs).toMatchObject({ ...inputs, sinkOrgName: "Hub" });
  expect(await provider.read?.(id, outs)).toEqual({ id, props: outs, inputs });

  const news = { ...inputs, connectionTypes: ["audit"] };
  expect(await provider.diff?.(id, outs, inputs)).toEqual({ changes: false, replaces: [] });
  expect(await provider.diff?.(id, outs, news)).toEqual({ changes: true, replaces: [] });
  expect(await provider.diff?.(id, outs, { ...inputs, sinkOrgId: orgs.shop.id })).toEqual({
    changes: true,
    replaces: ["sinkOrgId"],
  });
  expect(await provider.update?.(id, outs, news)).toEqual({ outs: { ...outs, ...news } });

  await (await newProvider()).delete?.(id, outs);
  expect(fake.connections).toEqual([]);
  expect(await (await newProvider()).read?.(id, outs)).toEqual({ id: "" });
});

it("updates a resource that another provider recorded, so that the state has the provider's text", async () => {
  const provider = await newProvider();
  const news = { ...inputs, __provider: "text" };
  expect(await provider.diff?.(id, inputs, news)).toEqual({ changes: true, replaces: [] });
  expect(await provider.diff?.(id, news, news)).toEqual({ changes: false, replaces: [] });
  expect(await provider.update?.(id, inputs, news)).toEqual({ outs: inputs });
  expect(fake.requestLines).toEqual([]);
});

it("shows warnings on standard output, from which they become messages of the update", async () => {
  const lines = vi.spyOn(console, "log").mockImplementation(() => {});
  await (await newProvider()).check?.({}, { ...inputs, connectionTypes: ["spans"] });
  expect(lines.mock.calls).toEqual([
    [expect.stringMatching(/^warning: connection type "spans" isn't known to this package\. /)],
  ]);
});

it("shows no stack, although the host prints one", async () => {
  fake.fault({ kind: "status", status: 403, body: "" });
  const read = (await newProvider()).read?.(id, inputs);
  const error: unknown = await read?.catch((caught: unknown) => caught);
  if (!(error instanceof Error)) throw error;
  expect(error.message).toMatch(/^Cannot read the org connection \S+: /);
  expect(`${error}: ${error.stack}`).toBe(error.message);
});

it("takes null as not set, of a program and of a connection that is read for the first time", async () => {
  const provider = await newProvider();
  const nulls = { profile: null, adoptExisting: null, importId: null };
  expect(await provider.check?.({}, { ...inputs, ...nulls })).toEqual({ inputs, failures: [] });

  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  expect(await provider.read?.(id, { profile: null, connectionTypes: null })).toMatchObject({ id });
});
