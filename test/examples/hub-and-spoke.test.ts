import { expect, it } from "vitest";
import { detection, profileKeys, profileKeysConfig } from "../end-to-end/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { connectionsIn, expectNoKeys, idOf, newExample, takeRequests } from "./fixture.ts";

const datadog = useFakeDatadog();
const { payments, shop, data, hub } = orgs;
const sources = { payments, shop, "data-lake": data };

it.each([
  { place: "the environment", inEnvironment: true },
  { place: "the stack's configuration", inEnvironment: false },
])(
  "hub-and-spoke with keys in $place connects each org with the hub by its own keys, and finds drift with the hub's",
  async ({ inEnvironment }) => {
    const fake = datadog();
    const stack = await newExample("hub-and-spoke", { DD_HOST: fake.url }, { hubOrgId: hub.id });
    if (!inEnvironment) await stack.setConfig(profileKeysConfig(sources), { path: true });
    const keys = inEnvironment ? { env: profileKeys(sources) } : {};

    const up = await stack.up(keys);
    expect(up).toMatchObject({ code: 0, changes: { create: 5 } });
    const names = ["Data", "Payments", "Shop"];
    expect(takeRequests(fake)).toEqual(
      names.flatMap((org) => [`${org}: GET current_user 200`, `${org}: POST 200`]),
    );
    expect(connectionsIn(fake)).toEqual([
      "Data to Hub: audit",
      "Payments to Hub: logs, metrics",
      "Shop to Hub: logs",
    ]);
    const connectionIds = Object.fromEntries(
      Object.entries(sources).map(([profile, org]) => [profile, idOf(fake, org, hub)]),
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
    const throughHub = { DD_READ_PROFILE: "hub", ...profileKeys({ hub }) };
    const drift = { ...detection, env: throughHub };
    expect(await stack.refresh(drift)).toMatchObject({ code: 0 });
    expect(takeRequests(fake)).toEqual(["Hub: GET current_user 200", "Hub: GET list 200"]);
    fake.setTypes(idOf(fake, shop, hub), ["audit"]);
    expect(await stack.refresh(drift)).toMatchObject({ code: 7 });
    takeRequests(fake);

    expect(await stack.destroy(keys)).toMatchObject({ code: 0 });
    expect(takeRequests(fake)).toEqual(names.map((org) => `${org}: DELETE 200`));
    expect(fake.connections).toEqual([]);
  },
);
