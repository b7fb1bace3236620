import { beforeEach, expect, it } from "vitest";
import { environmentOf } from "../end-to-end/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { currentUser, list, profilesOf, runTool } from "./fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = datadog();
});

const managed = (status: number) => `GET /api/v2/org ${status}`;

it("shows the own org, the orgs that it manages and every org that a connection names", async () => {
  fake.setManagedOrgs(orgs.payments, [orgs.shop, orgs.data]);
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.connect({ source: orgs.security, sink: orgs.payments, types: ["logs"] });
  const { code, stdout, stderr } = await runTool(["orgs"], { env: environmentOf(fake) });
  expect(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["NAME", "ID", "CREDENTIALS"],
    ...[orgs.data, orgs.hub].map(({ name, id }) => [name, id]),
    ["Payments", orgs.payments.id, "without a profile"],
    ...[orgs.security, orgs.shop].map(({ name, id }) => [name, id]),
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(fake.requestLines.sort()).toEqual([currentUser, managed(200), list].sort());
});

it("names the profiles whose credentials belong to an org, as JSON", async () => {
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  const env: Record<string, string> = profilesOf(fake, "payments", "hub");
  env["DD_API_KEY_OTHER"] = orgs.hub.apiKey;
  env["DD_APP_KEY_OTHER"] = orgs.hub.appKey;
  const { code, stdout } = await runTool(["orgs", "--json"], { env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    orgs: [
      { id: orgs.hub.id, name: "Hub", own: true, profiles: ["hub", "other"] },
      { id: orgs.payments.id, name: "Payments", own: true, profiles: ["payments"] },
    ],
  });
  const { stdout: own } = await runTool(["orgs", "--json"], { env: environmentOf(fake) });
  expect(JSON.parse(own)).toEqual({
    orgs: [
      { id: orgs.hub.id, name: "Hub", own: false, profiles: [] },
      { id: orgs.payments.id, name: "Payments", own: true, profiles: [] },
    ],
  });
});

it("shows what connections name if Datadog doesn't say whose token it is", async () => {
  fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
  fake.addCredentials(orgs.payments, { token: "ddpat_1" }, "read", { identifies: false });
  const env = { DD_HOST: fake.url, DD_BEARER_TOKEN: "ddpat_1" };
  const { code, stdout, stderr } = await runTool(["orgs", "--json"], { env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).orgs).toMatchObject([
    { name: "Hub", own: false },
    { name: "Payments", own: false },
  ]);
  expect(stderr).toBe("Cannot determine which org the credentials belong to.\n");
});

it("fails if a list fails, and prints no partial answer", async () => {
  fake.revoke(orgs.shop.appKey);
  const run = await runTool(["orgs"], { env: profilesOf(fake, "payments", "shop") });
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toMatch(
    /^error: Cannot list the org.* of the profile "shop": Datadog answered 403.*\n$/,
  );
});
