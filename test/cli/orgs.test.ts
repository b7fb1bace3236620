import { beforeEach, expect, it } from "vitest";
import { takeRequests } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import * as fixture from "./fixture.ts";

const { cellsOf, connect, environmentOf, profilesOf, runJson, runTool, tokenOf } = fixture;
const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
  connect(fake, "payments", "hub");
});

it("shows the own org, the orgs that it manages and every org that a connection names", async () => {
  fake.setManagedOrgs(orgs.payments, [orgs.shop, orgs.data]);
  connect(fake, "security", "payments");
  const { code, stdout, stderr } = await runTool(["orgs"], { env: environmentOf(fake) });
  expect(cellsOf(stdout)).toEqual([
    ["NAME", "ID", "CREDENTIALS"],
    ...[orgs.data, orgs.hub].map(({ name, id }) => [name, id]),
    ["Payments", orgs.payments.id, "without a profile"],
    ...[orgs.security, orgs.shop].map(({ name, id }) => [name, id]),
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(takeRequests(fake)).toEqual([
    "Payments: GET current_user 200",
    "Payments: GET list 200",
    "Payments: GET org 200",
  ]);
});

it("names the profiles whose credentials belong to an org, as JSON", async () => {
  const { apiKey, appKey } = orgs.hub;
  const env = {
    ...profilesOf(fake, "payments", "hub"),
    ...{ DD_API_KEY_OTHER: apiKey, DD_APP_KEY_OTHER: appKey },
  };
  const { json } = await runJson(["orgs"], { env });
  expect(json.orgs).toEqual([
    { id: orgs.hub.id, name: "Hub", own: true, profiles: ["hub", "other"] },
    { id: orgs.payments.id, name: "Payments", own: true, profiles: ["payments"] },
  ]);
});

it.each([
  [true, ""],
  [false, "Cannot determine which org the credentials belong to.\n"],
])(
  "shows what connections name, whether Datadog names the org of a token: %j",
  async (identifies, note) => {
    const env = tokenOf(fake, "read", { identifies });
    const named = [
      { id: orgs.hub.id, name: "Hub", own: false, profiles: [] },
      { id: orgs.payments.id, name: "Payments", own: identifies, profiles: [] },
    ];
    const run = await runJson(["orgs"], { env });
    expect(run).toEqual({ code: 0, stderr: note, json: { orgs: named } });
  },
);
