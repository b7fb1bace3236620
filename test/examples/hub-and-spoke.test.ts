import { describe, expect, it } from "vitest";
import { detection, profileKeys, profileKeysConfig } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  currentUser,
  expectNoKeys,
  idOf,
  list,
  newExample,
  path,
  takeRequests,
} from "./fixture.ts";

const running = useFakeDatadog();
const sources = { payments: orgs.payments, shop: orgs.shop, "data-lake": orgs.data };
const names = ["Data", "Payments", "Shop"];

describe.each([
  { place: "the environment", inEnvironment: true },
  { place: "the stack's configuration", inEnvironment: false },
])("hub-and-spoke with keys in $place", ({ inEnvironment }) => {
  it("connects each org of the list with the hub by its own keys, and finds drift with the hub's", async () => {
    const fake = running();
    const env = { DD_HOST: fake.url };
    const stack = await newExample("hub-and-spoke", { env, config: { hubOrgId: orgs.hub.id } });
    if (!inEnvironment) await stack.setConfig(profileKeysConfig(sources), { path: true });
    const keys = inEnvironment ? { env: profileKeys(sources) } : {};

    const up = await stack.up(keys);
    expect(up).toMatchObject({ code: 0, changes: { create: 5 } });
    expect(takeRequests(fake)).toEqual(
      names.flatMap((org) => [`${org}: ${currentUser}`, `${org}: POST ${path} 200`]),
    );
    for (const profile of Object.keys(sources)) {
      expect(up.output).toMatch(
        new RegExp(`credentials of the profile "${profile}" belong to \\w+, a person\\.`),
      );
    }
    expect(fake.connections).toHaveLength(3);
    expect(fake.connections).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ sourceOrgId: orgs.payments.id, types: ["logs", "metrics"] }),
        expect.objectContaining({ sourceOrgId: orgs.shop.id, types: ["logs"] }),
        expect.objectContaining({ sourceOrgId: orgs.data.id, types: ["audit"] }),
      ]),
    );
    const connectionIds = Object.fromEntries(
      Object.entries(sources).map(([profile, org]) => [profile, idOf(fake, org, orgs.hub)]),
    );
    expect(up.outputs).toEqual({ connectionIds });
    await expectNoKeys(fake, stack, up);

    const { resources = [] } = (await stack.exportState()).deployment;
    const parts = resources.filter(({ type }) => type.endsWith(":OrgConnection"));
    expect(parts.map(({ urn }) => urn)).toEqual(
      Array(3).fill(expect.stringContaining("examples:datadog:HubAndSpoke$")),
    );

    expect(await stack.preview({ ...keys, expectNoChanges: true })).toMatchObject({ code: 0 });
    expect(takeRequests(fake)).toEqual([]);
    const throughHub = { DD_READ_PROFILE: "hub", ...profileKeys({ hub: orgs.hub }) };
    const drift = { ...detection, env: throughHub };
    expect(await stack.refresh(drift)).toMatchObject({ code: 0 });
    expect(takeRequests(fake)).toEqual([`Hub: ${currentUser}`, `Hub: GET ${list} 200`]);
    fake.setTypes(idOf(fake, orgs.shop, orgs.hub), ["audit"]);
    expect(await stack.refresh(drift)).toMatchObject({ code: 7 });
    takeRequests(fake);

    const ids = [orgs.data, orgs.payments, orgs.shop].map((org) => idOf(fake, org, orgs.hub));
    expect(await stack.destroy(keys)).toMatchObject({ code: 0 });
    expect(takeRequests(fake)).toEqual(
      names.map((org, index) => `${org}: DELETE ${path}/${ids[index]} 200`),
    );
  });
});
