import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { StackConfig } from "../support/harness/stack-options.ts";
import {
  declare,
  type Keys,
  newStack,
  profileKeys,
  recordedByName,
  takeRequests,
  textBelow,
} from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();

const spokes = { payments: orgs.payments, shop: orgs.shop, "data-lake": orgs.data };
const own = "datadog-org-connections";

const toHub = (profile: string) => ({ ...argsTo(orgs.hub), profile });
const declared = Object.fromEntries(Object.keys(spokes).map((name) => [name, toHub(name)]));

/** Gives each spoke new keys, and returns them by profile. The old ones stop working. */
function rotate(fake: FakeDatadog, old: Readonly<Record<string, Keys>>, prefix: string) {
  for (const { apiKey, appKey } of Object.values(old)) {
    fake.revoke(apiKey);
    fake.revoke(appKey);
  }
  const rotated = Object.entries(spokes).map(([profile, org]) => {
    const keys = { apiKey: `${prefix}-api-${org.id}`, appKey: `${prefix}-app-${org.id}` };
    fake.addCredentials(org, keys);
    return [profile, keys] as const;
  });
  return Object.fromEntries(rotated);
}

/** The stack configuration that holds the keys of these profiles; its keys are paths. */
function configOf(profiles: Readonly<Record<string, Keys>>): StackConfig {
  const values = Object.entries(profiles).flatMap(([profile, { apiKey, appKey }]) => [
    [`${own}:profiles.${profile}.apiKey`, { value: apiKey, secret: true }],
    [`${own}:profiles.${profile}.appKey`, { value: appKey, secret: true }],
  ]);
  return Object.fromEntries(values);
}

it.each(providers)(
  "with the $name, each of three source orgs has its own requests and keys, and new keys work as the message says",
  async (provider) => {
    const fake = datadog();
    const env = { DD_HOST: fake.url };
    const stack = await newStack(fake, programOf(declared, provider), { env });
    const created = await stack.up({ env: profileKeys(spokes) });
    expect(created).toMatchObject({ code: 0, changes: { create: 4 } });
    const names = ["Data", "Payments", "Shop"];
    expect(takeRequests(fake)).toEqual(
      names.flatMap((org) => [`${org}: GET current_user 200`, `${org}: POST 200`]),
    );
    const recorded = await recordedByName(stack);
    for (const profile of Object.keys(spokes)) {
      expect(recorded[profile]).toMatchObject({ inputs: { profile }, outputs: { profile } });
    }

    // Keys of the environment are used at once.
    const second = rotate(fake, spokes, "second");
    const refreshed = await stack.refresh({ env: profileKeys(second) });
    expect(refreshed).toMatchObject({ changes: { same: 4 } });
    expect(takeRequests(fake)).toEqual(names.map((org) => `${org}: GET list 200`));

    // Another profile is another source, unless its orgId says that it is the same.
    const pay = { pay: second["payments"] ?? orgs.payments };
    const configured = { ...second, ...pay, security: orgs.security };
    const orgId = { [`${own}:profiles.pay.orgId`]: orgs.payments.id };
    await stack.setConfig({ ...configOf(configured), ...orgId }, { path: true });
    const changed = { ...declared, payments: toHub("pay"), shop: toHub("security") };
    await declare(stack, provider, changed);
    const up = await stack.up();
    expect(up).toMatchObject({ code: 0, changes: { replace: 1, update: 1, same: 2 } });
    expect(up.output).toContain("[diff: ~profile]");
    expect(takeRequests(fake)).toEqual([
      "Security: GET current_user 200",
      "Security: POST 200",
      "Shop: DELETE 200",
    ]);
    const moved = await recordedByName(stack);
    expect(moved["payments"]?.outputs).toMatchObject({ profile: "pay" });
    expect(JSON.stringify(moved)).not.toMatch(/ciphertext|apiKey|appKey/);

    // Of keys in the configuration, the engine records those of the last update.
    const { payments, ...others } = rotate(fake, second, "third");
    const third = { ...others, pay: payments ?? orgs.payments };
    await stack.setConfig(configOf(third), { path: true });
    const refused = await stack.refresh();
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("Datadog answered 401 Unauthorized");
    expect(refused.output).toContain(
      "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys " +
        "have changed since then, run `pulumi up` first, add `--run-program`, or set the keys in the environment.",
    );
    expect(await stack.destroy({ runProgram: true })).toMatchObject({ code: 0 });
    expect(fake.connections).toEqual([]);

    const all = String(stack.transcript) + (await textBelow(stack.stateDirectory));
    for (const keys of [spokes, configured, third]) {
      for (const { apiKey, appKey } of Object.values(keys)) {
        expect(all).not.toContain(apiKey);
        expect(all).not.toContain(appKey);
      }
    }
  },
);
