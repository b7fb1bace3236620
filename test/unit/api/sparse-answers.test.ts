import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, newProvider } from "../fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const sinkOrgId = orgs.hub.id;
const inputs = { sinkOrgId, connectionTypes: ["logs"] };
const names = { sinkOrgName: "Hub", sourceOrgName: "Payments", createdByName: "Ada" };
const ids = { sourceOrgId: orgs.payments.id, createdBy: orgs.payments.user.id };

const styles: [string, FakeDatadog["answers"], object][] = [
  ["counts", { meta: false }, { ...names, ...ids }],
  ["names", { names: false }, ids],
  ["who takes part", { relationships: [] }, {}],
  ["the source", { relationships: ["sink_org"] }, { sinkOrgName: "Hub" }],
  ["microseconds", { zulu: true }, { ...names, ...ids }],
  ["everything optional", { meta: false, names: false, relationships: [], zulu: true }, {}],
];

it.each(styles)("a connection lives if answers lack %s", async (_what, answers, known) => {
  fake.answers = answers;
  const provider = newProvider(configOf(fake));

  const { id, outputs } = await provider.create(inputs);
  const createdAt = fake.connections[0]?.createdAt.replace(
    /(\.\d{3})\d{3}\+00:00$/,
    answers.zulu ? "$1Z" : "$&",
  );
  const recorded = { ...inputs, ...known, createdAt };
  expect(outputs).toStrictEqual(recorded);
  expect(await provider.read(id, outputs)).toStrictEqual({ id, inputs, outputs: recorded });

  const news = { sinkOrgId, connectionTypes: ["audit"] };
  const updated = await provider.update(id, outputs, news);
  expect(updated).toStrictEqual({ ...recorded, ...news });

  await newProvider(configOf(fake)).delete(id, updated);
  expect(fake.connections).toEqual([]);
  expect(await provider.read(id, { ...updated, sourceOrgId: orgs.payments.id })).toEqual({
    id: "",
  });
});

it("what an earlier answer named stays recorded when a later one doesn't", async () => {
  const provider = newProvider(configOf(fake));
  const { id, outputs } = await provider.create(inputs);
  fake.answers = { names: false, relationships: [] };

  expect((await provider.read(id, outputs)).outputs).toStrictEqual(outputs);
});

it("an answer without `relationships`, which the API reference requires, is an error", async () => {
  const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.answers = { relationships: false };

  expect(await messageOf(newProvider(configOf(fake)).read(id, inputs))).toContain(
    "Datadog's answer isn't what its API reference describes (data.0.relationships: ",
  );
});

it("a creation whose answer was lost is found if the list dates it with Z", async () => {
  fake.answers = { zulu: true };
  fake.fault({ kind: "resetAfter", method: "POST" });

  const { id } = await newProvider(configOf(fake)).create(inputs);

  expect(fake.connections.map((one) => one.id)).toEqual([id]);
});
