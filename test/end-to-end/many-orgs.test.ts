import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  declare,
  newStack,
  path,
  profileKeys,
  profileKeysConfig,
  recordedByName,
  textBelow,
} from "./fixture.ts";
import { programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

const spokes = { payments: orgs.payments, shop: orgs.shop, "data-lake": orgs.data };
const own = "datadog-org-connections";

const toHub = (profile: string) => ({
  profile,
  sinkOrgId: orgs.hub.id,
  connectionTypes: ["logs"],
});
const declared = Object.fromEntries(Object.keys(spokes).map((name) => [name, toHub(name)]));

/** Gives each spoke new keys, and returns them by profile. */
function rotate(fake: FakeDatadog) {
  const rotated = Object.entries(spokes).map(([profile, org]) => {
    const keys = { apiKey: `new-api-${org.id}`, appKey: `new-app-${org.id}` };
    fake.addCredentials(org, keys);
    fake.revoke(org.apiKey);
    fake.revoke(org.appKey);
    return [profile, keys] as const;
  });
  return Object.fromEntries(rotated);
}

/** The requests since the last look, with the org that each came from, in alphabetical order. */
function requestsByOrg(fake: FakeDatadog): string[] {
  const lines = fake.requests.map(({ org, method, path }) => `${org}: ${method} ${path}`);
  fake.clearRequests();
  return lines.sort();
}

it.each(providers)(
  "with the $name, three source orgs with keys in the environment have each its own requests, and new keys work at once",
  async (provider) => {
    const fake = datadog();
    const env = { DD_HOST: fake.url, ...profileKeys(spokes) };
    const stack = await newStack(fake, programOf(declared, provider), { env });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 4 } });
    const names = ["Data", "Payments", "Shop"];
    expect(requestsByOrg(fake)).toEqual(
      names.flatMap((org) => [`${org}: GET /api/v2/current_user`, `${org}: POST ${path}`]),
    );
    const recorded = await recordedByName(stack);
    for (const profile of Object.keys(spokes)) {
      expect(recorded[profile]).toMatchObject({ inputs: { profile }, outputs: { profile } });
    }

    const newKeys = { env: profileKeys(rotate(fake)) };
    expect(await stack.refresh(newKeys)).toMatchObject({ changes: { same: 4 } });
    expect(requestsByOrg(fake)).toEqual(
      names.map((org) => `${org}: GET ${path}?limit=1000&offset=0`),
    );
    expect(await stack.destroy(newKeys)).toMatchObject({ code: 0 });
    expect(fake.connections).toEqual([]);
  },
);

it.each(providers)(
  "with the $name, keys in the configuration are encrypted, and new ones reach refresh as the message says",
  async (provider) => {
    const fake = datadog();
    const stack = await newStack(fake, programOf(declared, provider), { env: {} });
    const config = {
      [`${own}:apiUrl`]: fake.url,
      ...profileKeysConfig({ ...spokes, pay: orgs.payments, security: orgs.security }),
      [`${own}:profiles.pay.orgId`]: orgs.payments.id,
    };
    await stack.setConfig(config, { path: true });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 4 } });
    const before = fake.connections.find(({ sourceOrgId }) => sourceOrgId === orgs.shop.id)?.id;
    fake.clearRequests();

    const changed = { ...declared, payments: toHub("pay"), shop: toHub("security") };
    await declare(stack, provider, changed);
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

    const { payments: pay = { apiKey: "", appKey: "" }, ...rotated } = rotate(fake);
    await stack.setConfig(profileKeysConfig({ ...rotated, pay }), { path: true });
    const refused = await stack.refresh();
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("Datadog answered 401 Unauthorized");
    expect(refused.output).toContain(
      "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys " +
        "have changed since then, run `pulumi up` first, add `--run-program`, or set the keys in the environment.",
    );
    expect(await stack.refresh({ runProgram: true })).toMatchObject({ code: 0 });
    const all = String(stack.transcript) + (await textBelow(stack.stateDirectory));
    for (const { apiKey, appKey } of Object.values({ ...spokes, ...rotated, pay })) {
      expect(all).not.toContain(apiKey);
      expect(all).not.toContain(appKey);
    }
  },
);
