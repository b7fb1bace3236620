import { beforeEach, expect, it } from "vitest";
import { Org } from "../../../provider/org.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { keys, newClient } from "../fixture.ts";

const { payments, hub, shop } = orgs;
const running = useFakeDatadog();
let fake: FakeDatadog;
const token = { bearerToken: "ddsat_1" };

beforeEach(() => {
  fake = running();
  fake.addCredentials(payments, { token: token.bearerToken });
});

const connect = (source: { id: string }, sink: { id: string }) =>
  fake.connect({ source, sink, types: ["logs"] });

const ownId = (credentials: typeof keys | typeof token, orgId?: string) =>
  new Org(newClient(fake, credentials), { orgId, profile: undefined }).ownId();

it("of keys is what Datadog returns for them", async () => {
  expect(await ownId(keys)).toBe(payments.id);
  expect(await ownId(keys, shop.id)).toBe(payments.id);
});

it("of a token is the org that takes part in every connection", async () => {
  connect(payments, hub);
  connect(shop, payments);
  expect(await ownId(token)).toBe(payments.id);
});

it.each([
  ["there is no connection", () => {}],
  ["two orgs take part in every connection", () => void connect(payments, hub)],
])("of a token is what the settings say if %s", async (_why, prepare) => {
  prepare();
  expect(await ownId(token)).toBeUndefined();
  expect(await ownId(token, payments.id)).toBe(payments.id);
});
