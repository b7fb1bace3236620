import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { killAllWith } from "../support/harness/kill.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newStack, oneList } from "./fixture.ts";

const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const head = `
  import { getOrgConnections, getOrgConnectionsOutput, OrgConnection } from "pulumi-datadog-org-connections";`;

it("getOrgConnections lists what exists, with names, during a preview too", async () => {
  const first = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs", "audit"] });
  fake.connect({ source: orgs.shop, sink: orgs.payments, types: ["metrics"] });
  const stack = await newStack(
    fake,
    `${head}
    export const all = await getOrgConnections();
    export const toHub = (await getOrgConnections({ sinkOrgId: "${orgs.hub.id}" })).connections;
    export const fromShop = (await getOrgConnections({ sourceOrgId: "${orgs.shop.id}" })).connections.length;`,
  );
  expect(await stack.preview()).toMatchObject({ code: 0 });
  const { outputs, output } = await stack.up();
  const toHub = {
    id: first.id,
    sinkOrgId: orgs.hub.id,
    sinkOrgName: "Hub",
    sourceOrgId: orgs.payments.id,
    sourceOrgName: "Payments",
    connectionTypes: ["audit", "logs"],
    createdAt: first.createdAt,
    createdBy: orgs.payments.user.id,
    createdByName: "Ada",
  };
  expect(outputs).toMatchObject({ all: { connections: [toHub, {}] }, toHub: [toHub], fromShop: 1 });
  expect(output).not.toContain(orgs.payments.apiKey);
  expect(new Set(fake.requestLines)).toEqual(new Set(oneList));
});

it("getOrgConnectionsOutput waits for what it depends on, and is unknown in a preview", async () => {
  const stack = await newStack(
    fake,
    `${head}
    const toHub = new OrgConnection("hub", { sinkOrgId: "${orgs.hub.id}", connectionTypes: ["logs"] });
    const all = getOrgConnectionsOutput({ sinkOrgId: toHub.sinkOrgId }, { dependsOn: toHub });
    export const names = all.connections.apply((list) => list.map((one) => one.sourceOrgName));`,
  );
  expect(await stack.preview()).toMatchObject({ code: 0 });
  expect(fake.requestLines).toEqual([]);
  expect(await stack.up()).toMatchObject({ code: 0, outputs: { names: ["Payments"] } });
  expect(fake.requestLines).toEqual(["POST /api/v2/org_connections 200", ...oneList]);
});

it("a long wait that Datadog asks for is told while it lasts, as a warning", async () => {
  fake.fault({ kind: "status", status: 429, headers: { "retry-after": "60" } });
  const told = / warning: .+ in (5\d|60) s\b/;
  let output = "";
  const stack: Stack = await newStack(
    fake,
    `${head} export const all = await getOrgConnections();`,
    {
      onOutput: (text) => {
        output += text;
        if (told.test(output)) void killAllWith(stack.stateDirectory);
      },
    },
  );
  const { changes } = await stack.preview();
  expect(output).toMatch(told);
  expect(changes).toEqual({}); // it didn't get to its end
  expect(fake.requests).toHaveLength(1);
});

it("a list that Datadog refuses fails the program with a message, without a stack of ours", async () => {
  fake.addCredentials(orgs.payments, { apiKey: "blind-api", appKey: "blind-app" }, "none");
  const stack = await newStack(fake, `${head} export const all = await getOrgConnections();`);
  const env = { DD_API_KEY: "blind-api", DD_APP_KEY: "blind-app" };
  const { code, output } = await stack.preview({ env });
  expect(code).toBe(1);
  expect(output).toContain(
    'Cannot list the org connections: Datadog answered 403 Forbidden ("Forbidden"). ' +
      "The application key or token needs the org_connections_read permission.",
  );
  expect(output).not.toMatch(/^\s+at .*:\d+/m);
});
