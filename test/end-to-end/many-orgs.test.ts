import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import {
  newStack,
  profileKeys,
  profileKeysConfig,
  programOf,
  recordedConnections,
  textBelow,
} from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const spokes = { payments: orgs.payments, shop: orgs.shop, "data-lake": orgs.data };
const profiles = Object.keys(spokes);
const own = "datadog-org-connections";
const path = "/api/v2/org_connections";
const list = `${path}?limit=1000&offset=0`;

const program = `import { OrgConnection } from "pulumi-datadog-org-connections";
  export const ids = {};
  for (const profile of ${JSON.stringify(profiles)}) {
    const args = { profile, sinkOrgId: "${orgs.hub.id}", connectionTypes: ["logs"] };
    ids[profile] = new OrgConnection(profile, args).id;
  }`;

const environment = () => ({ DD_HOST: fake.url, ...profileKeys(spokes) });
const configuration = () => ({ [`${own}:apiUrl`]: fake.url, ...profileKeysConfig(spokes) });

/** The requests since the last look, with the org that each came from, in alphabetical order. */
function requestsByOrg(): string[] {
  const lines = fake.requests.map(({ org, method, path }) => `${org}: ${method} ${path}`);
  fake.clearRequests();
  return lines.sort();
}

const idFrom = (source: { id: string }) =>
  fake.connections.find(({ sourceOrgId }) => sourceOrgId === source.id)?.id ?? "";

async function expectNoKeys(stack: Stack, output: string): Promise<void> {
  const all = output + (await textBelow(stack.stateDirectory));
  for (const { apiKey, appKey } of Object.values(spokes)) {
    expect(all).not.toContain(apiKey);
    expect(all).not.toContain(appKey);
  }
}

describe.each([
  { place: "the environment", inEnvironment: true },
  { place: "the stack's configuration", inEnvironment: false },
])("three source orgs with keys from $place", ({ inEnvironment }) => {
  it("are created, drift, are refreshed by one request each, are repaired and destroyed", async () => {
    const env = inEnvironment ? environment() : {};
    const stack = await newStack(fake, program, { env });
    if (!inEnvironment) await stack.setConfig(configuration(), { path: true });

    const up = await stack.up();
    expect(up).toMatchObject({ code: 0, changes: { create: 4 } });
    expect(requestsByOrg()).toEqual([
      `Data: POST ${path}`,
      `Payments: POST ${path}`,
      `Shop: POST ${path}`,
    ]);
    const recorded = await recordedConnections(stack);
    expect(recorded.map(({ inputs }) => inputs?.["profile"]).sort()).toEqual(profiles.sort());

    const drifted = idFrom(orgs.shop);
    fake.setTypes(drifted, ["audit"]);
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(preview).toMatchObject({ code: 7, changes: { update: 1, same: 3 } });
    const oneListEach = [`Data: GET ${list}`, `Payments: GET ${list}`, `Shop: GET ${list}`];
    expect(requestsByOrg()).toEqual(oneListEach);

    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0, changes: { update: 1 } });
    expect(requestsByOrg()).toEqual([...oneListEach, `Shop: PATCH ${path}/${drifted}`]);

    await expectNoKeys(stack, up.output + preview.output + JSON.stringify(up.outputs));
    const ids = [orgs.data, orgs.payments, orgs.shop].map(idFrom);
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(requestsByOrg()).toEqual(
      ["Data", "Payments", "Shop"].map((org, index) => `${org}: DELETE ${path}/${ids[index]}`),
    );
  });
});

describe("another profile", () => {
  const toHubFrom = (profile: string) =>
    programOf({ hub: { profile, sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] } });

  it("is another source: the connection is replaced", async () => {
    const stack = await newStack(fake, toHubFrom("payments"), { env: environment() });
    await stack.up();
    const id = idFrom(orgs.payments);
    requestsByOrg();
    await stack.write("index.ts", toHubFrom("shop"));
    const { code, output, changes } = await stack.up();
    expect([code, changes]).toEqual([0, { replace: 1, same: 1 }]);
    expect(output).toContain("[diff: ~profile]");
    expect(requestsByOrg()).toEqual([`Payments: DELETE ${path}/${id}`, `Shop: POST ${path}`]);
  });

  it("of the same org, as its orgId says, is only recorded", async () => {
    const stack = await newStack(fake, toHubFrom("payments"), { env: environment() });
    await stack.up();
    requestsByOrg();
    const { id, apiKey, appKey } = orgs.payments;
    const pay = { orgId: id, apiKey, appKey };
    const config = Object.entries(pay).map(([key, value]) => [`${own}:profiles.pay.${key}`, value]);
    await stack.setConfig(Object.fromEntries(config), { path: true });
    await stack.write("index.ts", toHubFrom("pay"));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1, same: 1 } });
    expect(requestsByOrg()).toEqual([]);
    expect((await recordedConnections(stack))[0]?.outputs).toMatchObject({ profile: "pay" });
  });
});

describe("rotated keys", () => {
  const rotated = Object.fromEntries(
    Object.entries(spokes).map(([profile, { id }]) => [
      profile,
      { apiKey: `new-api-${id}`, appKey: `new-app-${id}` },
    ]),
  );

  function rotate(): void {
    for (const [profile, org] of Object.entries(spokes)) {
      fake.addCredentials(org, rotated[profile] ?? { token: "" });
      fake.revoke(org.apiKey);
      fake.revoke(org.appKey);
    }
  }

  it("in the environment serve refresh and destroy at once", async () => {
    const stack = await newStack(fake, program, { env: environment() });
    await stack.up();
    rotate();
    const env = profileKeys(rotated);
    expect(await stack.refresh({ env })).toMatchObject({ code: 0, changes: { same: 4 } });
    expect(await stack.destroy({ env })).toMatchObject({ code: 0, changes: { delete: 4 } });
    expect(fake.connections).toEqual([]);
  });

  it("in the stack's configuration fail refresh with the remedy, and each remedy works", async () => {
    const stack = await newStack(fake, program, { env: {} });
    await stack.setConfig(configuration(), { path: true });
    await stack.up();
    rotate();
    await stack.setConfig(profileKeysConfig(rotated), { path: true });

    const refused = await stack.refresh();
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("Datadog answered 401 Unauthorized");
    expect(refused.output).toContain(
      "Refresh and destroy use the configuration that the last `pulumi up` recorded: if the keys " +
        "have changed since then, run `pulumi up` first, add `--run-program`, or set the keys in the environment.",
    );
    expect(await stack.refresh({ runProgram: true })).toMatchObject({ code: 0 });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 4 } });
    expect(await stack.refresh()).toMatchObject({ code: 0 });
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(fake.connections).toEqual([]);
  });
});

describe("a source that can't be used fails in the preview, and nothing is sent:", () => {
  it("an unknown profile, with the profiles there are", async () => {
    const stack = await newStack(fake, program.replaceAll('"shop"', '"shpo"'), {
      env: environment(),
    });
    const { code, output } = await stack.preview();
    expect(code).toBe(1);
    expect(output).toContain(
      'property profile value {shpo} has a problem: there is no credential profile "shpo". ' +
        "Profiles: data-lake, payments, shop. Set datadog-org-connections:profiles.shpo.apiKey and .appKey",
    );
    expect(fake.requests).toEqual([]);
  });

  it("keys of another org than the profile's orgId", async () => {
    const stack = await newStack(fake, program, { env: environment() });
    await stack.setConfig({ [`${own}:profiles.shop.orgId`]: orgs.security.id }, { path: true });
    const { code, output } = await stack.up();
    expect(code).toBe(1);
    expect(output).toContain(
      `the credentials of the profile "shop" belong to the org ${orgs.shop.id}, but orgId is ` +
        `${orgs.security.id}. Nothing was changed.`,
    );
    expect(idFrom(orgs.shop)).toBe("");
    expect(requestsByOrg()).toContain("Shop: GET /api/v2/validate");
  });
});
