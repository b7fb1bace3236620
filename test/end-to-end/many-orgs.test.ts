import { describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import {
  declare,
  newStack,
  path,
  profileKeys,
  profileKeysConfig,
  recordedByName,
  textBelow,
} from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

const spokes = { payments: orgs.payments, shop: orgs.shop, "data-lake": orgs.data };
const own = "datadog-org-connections";
const list = `${path}?limit=1000&offset=0`;
const oneListEach = [`Data: GET ${list}`, `Payments: GET ${list}`, `Shop: GET ${list}`];

const toHub = (profile: string) => ({
  profile,
  sinkOrgId: orgs.hub.id,
  connectionTypes: ["logs"],
});
const declared = Object.fromEntries(Object.keys(spokes).map((name) => [name, toHub(name)]));

/** The new keys of each spoke. */
const rotated = Object.fromEntries(
  Object.entries(spokes).map(([profile, { id }]) => [
    profile,
    { apiKey: `new-api-${id}`, appKey: `new-app-${id}` },
  ]),
);

function rotate(fake: FakeDatadog): void {
  for (const [profile, org] of Object.entries(spokes)) {
    fake.addCredentials(org, rotated[profile] ?? { token: "" });
    fake.revoke(org.apiKey);
    fake.revoke(org.appKey);
  }
}

/** The requests since the last look, with the org that each came from, in alphabetical order. */
function requestsByOrg(fake: FakeDatadog): string[] {
  const lines = fake.requests.map(({ org, method, path }) => `${org}: ${method} ${path}`);
  fake.clearRequests();
  return lines.sort();
}

const idFrom = (fake: FakeDatadog, source: { id: string }) =>
  fake.connections.find(({ sourceOrgId }) => sourceOrgId === source.id)?.id ?? "";

async function expectNoKeys(stack: Stack): Promise<void> {
  const all = String(stack.transcript) + (await textBelow(stack.stateDirectory));
  for (const { apiKey, appKey } of Object.values(spokes)) {
    expect(all).not.toContain(apiKey);
    expect(all).not.toContain(appKey);
  }
}

describe.each(ways)("by the $name, three source orgs", (way) => {
  it("with keys in the environment live, each at its own requests, and new keys work at once", async () => {
    const fake = running();
    const env = { DD_HOST: fake.url, ...profileKeys(spokes) };
    const stack = await newStack(fake, way.program(declared), { env });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 4 } });
    expect(requestsByOrg(fake)).toEqual(
      ["Data", "Payments", "Shop"].flatMap((org) => [
        `${org}: GET /api/v2/current_user`,
        `${org}: POST ${path}`,
      ]),
    );
    const recorded = await recordedByName(stack);
    for (const profile of Object.keys(spokes)) {
      expect(recorded[profile]).toMatchObject({ inputs: { profile }, outputs: { profile } });
    }

    const drifted = idFrom(fake, orgs.shop);
    fake.setTypes(drifted, ["audit"]);
    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 1 } });
    expect(requestsByOrg(fake)).toEqual([...oneListEach, `Shop: PATCH ${path}/${drifted}`]);

    rotate(fake);
    const rotatedEnv = profileKeys(rotated);
    const ids = [orgs.data, orgs.payments, orgs.shop].map((org) => idFrom(fake, org));
    expect(await stack.refresh({ env: rotatedEnv })).toMatchObject({ changes: { same: 4 } });
    expect(requestsByOrg(fake)).toEqual(oneListEach);
    expect(await stack.destroy({ env: rotatedEnv })).toMatchObject({ code: 0 });
    expect(requestsByOrg(fake)).toEqual(
      ["Data", "Payments", "Shop"].map((org, index) => `${org}: DELETE ${path}/${ids[index]}`),
    );
    await expectNoKeys(stack);
  });

  it("with keys in the configuration have them encrypted; new ones reach refresh as the message says", async () => {
    const fake = running();
    const stack = await newStack(fake, way.program(declared), { env: {} });
    const { id: orgId, apiKey, appKey } = orgs.payments;
    const config = {
      [`${own}:apiUrl`]: fake.url,
      ...profileKeysConfig({ ...spokes, pay: orgs.payments, security: orgs.security }),
      [`${own}:profiles.pay.orgId`]: orgId,
    };
    await stack.setConfig(config, { path: true });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 4 } });
    const before = idFrom(fake, orgs.shop);
    requestsByOrg(fake);

    const { payments, shop, ...rest } = declared;
    await declare(stack, way, { ...rest, payments: toHub("pay"), shop: toHub("security") });
    const up = await stack.up();
    expect(up).toMatchObject({ code: 0, changes: { replace: 1, update: 1, same: 2 } });
    expect(up.output).toContain("[diff: ~profile]");
    // Another profile is another source, unless its orgId says that it is the same.
    expect(requestsByOrg(fake)).toEqual([
      "Security: GET /api/v2/current_user",
      `Security: POST ${path}`,
      `Shop: DELETE ${path}/${before}`,
    ]);
    const recorded = await recordedByName(stack);
    expect(recorded["payments"]?.outputs).toMatchObject({ profile: "pay" });
    expect(JSON.stringify(recorded)).not.toMatch(/ciphertext|apiKey|appKey/);

    rotate(fake);
    const more = { ...rotated, pay: rotated["payments"] ?? { apiKey, appKey } };
    await stack.setConfig(profileKeysConfig(more), { path: true });
    const refused = await stack.refresh();
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("Datadog answered 401 Unauthorized");
    expect(refused.output).toContain(
      "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys " +
        "have changed since then, run `pulumi up` first, add `--run-program`, or set the keys in the environment.",
    );
    const body = JSON.stringify({ errors: [more.pay.apiKey, more.pay.appKey] });
    fake.fault({ kind: "status", status: 400, body, org: "Payments" });
    const repeated = await stack.refresh({ runProgram: true });
    expect(repeated.output).toContain("[redacted]; [redacted]");
    expect(await stack.refresh({ runProgram: true })).toMatchObject({ code: 0 });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 4 } });
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(fake.connections).toEqual([]);
    await expectNoKeys(stack);
  });
});
