import { beforeEach, expect, it } from "vitest";
import { listConnections } from "../../../provider/listing.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, newProvider, newSettings } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;

/** The service knows types that came after this package; so does the program. */
beforeEach(() => {
  fake = running();
  fake.knownTypes.add("spans").add("traces");
  provider = newProvider(configOf(fake));
});

const sinkOrgId = orgs.hub.id;
const inputs = (...connectionTypes: string[]) => ({ sinkOrgId, connectionTypes });
const connect = (...types: string[]) =>
  fake.connect({ source: orgs.payments, sink: sinkOrgId, types });

it("a create passes a later type on, and records it", async () => {
  const { outputs } = await provider.create(inputs("logs", "traces"));

  expect(fake.connections).toMatchObject([{ types: ["logs", "traces"] }]);
  expect(outputs).toMatchObject(inputs("logs", "traces"));
});

it("an update passes a later type on, and records it", async () => {
  const { id } = connect("spans");

  const updated = await provider.update(id, inputs("spans"), inputs("spans", "traces"));

  expect(fake.connections).toMatchObject([{ types: ["spans", "traces"] }]);
  expect(updated).toEqual(expect.objectContaining(inputs("spans", "traces")));
});

it("an update whose answer was lost is found, although the list holds a later type", async () => {
  const { id } = connect("logs");
  fake.fault({ kind: "resetAfter", method: "PATCH" });
  provider = newProvider({ ...configOf(fake), "datadog-org-connections:maxRetries": "0" });

  const updated = await provider.update(id, inputs("logs"), inputs("traces"));

  expect(updated).toMatchObject(inputs("traces"));
});

it("a creation whose answer was lost is found by its later type", async () => {
  fake.fault({ kind: "resetAfter", method: "POST" });

  const { id, outputs } = await provider.create(inputs("traces"));

  expect(fake.connections).toMatchObject([{ id }]);
  expect(outputs).toMatchObject(inputs("traces"));
});

it("a read keeps later types, among the inputs too, so that drift to one is seen", async () => {
  const { id } = connect("traces", "logs");

  const read = await provider.read(id, inputs("logs"));

  expect(read.inputs).toEqual(inputs("logs", "traces"));
  expect(read.outputs).toMatchObject(inputs("logs", "traces"));
  const diff = (...types: string[]) =>
    provider.diff(id, { ...read.outputs, ...inputs(...types) }, inputs("logs", "traces"));
  expect(await diff("logs", "traces")).toMatchObject({ updates: [] });
  expect(await diff("logs")).toMatchObject({ updates: ["connectionTypes"], replaces: [] });
  expect(await diff("logs", "spans")).toMatchObject({ updates: ["connectionTypes"], replaces: [] });
});

it("adoption and the option import take over a connection with a later type", async () => {
  const { id } = connect("traces");

  const imported = await newProvider(configOf(fake)).create({ ...inputs("traces"), importId: id });
  const adopted = await newProvider(configOf(fake)).create({
    ...inputs("logs", "traces"),
    adoptExisting: true,
  });

  expect(imported).toMatchObject({ id, outputs: inputs("traces") });
  expect(adopted).toMatchObject({ id, outputs: inputs("logs", "traces") });
  expect(fake.connections).toMatchObject([{ id, types: ["logs", "traces"] }]);
});

it("a list shows later types", async () => {
  connect("traces", "logs");

  expect(await listConnections(newSettings(configOf(fake)))).toMatchObject([
    inputs("logs", "traces"),
  ]);
});
