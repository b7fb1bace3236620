import { beforeEach, describe, expect, it } from "vitest";
import { recordedOf } from "../../provider/outputs.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { configOf, inputsTo, messageOf, newProvider, recordedAs } from "./fixture.ts";

const { hub, payments } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

const inputs = inputsTo(hub);
const names = { sinkOrgName: "Hub", sourceOrgName: "Payments", createdByName: "Ada" };
const ids = { sourceOrgId: payments.id, createdBy: payments.user.id };

it.each<[string, FakeDatadog["answers"], object]>([
  ["nothing", {}, { ...names, ...ids }],
  ["names", { names: false }, ids],
  ["who takes part", { relationships: [] }, {}],
  ["the source", { relationships: ["sink_org"] }, { sinkOrgName: "Hub" }],
  ["microseconds", { createdAtEndsInZ: true }, { ...names, ...ids }],
  ["everything optional", { names: false, relationships: [], createdAtEndsInZ: true }, {}],
])("the state holds no undefined if answers lack %s", async (_what, answers, known) => {
  fake.answers = answers;
  const provider = newProvider(configOf(fake));

  const { id, outputs } = await provider.create(inputs);
  const createdAt = fake.connections[0]?.createdAt.replace(
    /(\.\d{3})\d{3}\+00:00$/,
    answers.createdAtEndsInZ ? "$1Z" : "$&",
  );
  const recorded = { ...inputs, ...known, createdAt };
  expect(outputs).toStrictEqual(recorded);
  expect(await provider.read(id, outputs)).toStrictEqual({ id, inputs, outputs: recorded });

  const news = { ...inputs, connectionTypes: ["audit"] };
  expect(await provider.update(id, outputs, news)).toStrictEqual({ ...recorded, ...news });

  await newProvider(configOf(fake)).delete(id, outputs);
  expect(fake.connections).toEqual([]);
});

it("what an earlier answer named stays recorded if a later one doesn't name it", async () => {
  const provider = newProvider(configOf(fake));
  const { id, outputs } = await provider.create(inputs);
  fake.answers = { names: false, relationships: [] };

  expect((await provider.read(id, outputs)).outputs).toStrictEqual(outputs);
});

it("the sink must be named by the answer or by the state", async () => {
  const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
  fake.answers = { relationships: [] };
  const provider = newProvider(configOf(fake));
  expect((await provider.read(id, inputs)).outputs).toMatchObject(inputs);
  expect(await messageOf(provider.read(id))).toContain("the sink org. Check that the site");
});

it("null in the state counts as not set", () => {
  const recorded = { profile: null, sinkOrgId: orgs.hub.id.toUpperCase(), sourceOrgId: null };
  expect(recordedOf(recorded)).toEqual({ sinkOrgId: orgs.hub.id });
  expect(recordedOf({ sinkOrgId: 7 })).toEqual({ sinkOrgId: 7 });
});

describe("an id", () => {
  it.each(["7", "", "../../v1/validate", "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f1", "null"])(
    "that isn't a UUID never becomes a part of an address: %j",
    async (id) => {
      const provider = newProvider(configOf(fake));
      const recorded = recordedAs(hub);
      const news = { ...inputs, connectionTypes: ["audit"] };
      const calls = {
        diff: provider.diff(id, recorded, inputs),
        read: provider.read(id, recorded),
        update: provider.update(id, recorded, news),
        delete: provider.delete(id, recorded),
      };
      for (const call of Object.values(calls)) {
        expect(await messageOf(call)).toMatch(
          /: the id isn't a UUID\. Correct the id, or remove the resource from the state with `pulumi state delete`\.$/,
        );
      }
      expect(fake.requests).toEqual([]);
    },
  );

  it("may be in capitals", async () => {
    const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
    const provider = newProvider(configOf(fake));
    expect(await provider.read(id.toUpperCase(), recordedAs(hub))).toMatchObject({ id });
    await provider.delete(id.toUpperCase(), recordedAs(hub));
    expect(fake.connections).toEqual([]);
  });
});
