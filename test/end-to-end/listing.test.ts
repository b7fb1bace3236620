import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newStack, takeRequests, takeWrites } from "./fixture.ts";

const datadog = useFakeDatadog();

const { hub, shop } = orgs;
const functionToken = "datadog-org-connections:getOrgConnections";

/**
 * Programs with the dynamic provider and with the plugin. Each lists before and after it creates a
 * connection to the hub.
 */
const programs = {
  "dynamic provider": {
    "index.ts": `
      import { getOrgConnections, getOrgConnectionsOutput, OrgConnection } from "pulumi-datadog-org-connections";
      const toHub = new OrgConnection("hub", { sinkOrgId: "${hub.id}", connectionTypes: ["logs"] });
      export const all = await getOrgConnections();
      export const fromShop = await getOrgConnections({ sourceOrgId: "${shop.id}" });
      export const toHubs = getOrgConnectionsOutput({ sinkOrgId: toHub.sinkOrgId }, { dependsOn: toHub });
      const found = OrgConnection.get("found", all.connections[0].id);
      export const isConnection = OrgConnection.isInstance(found) && !OrgConnection.isInstance({});`,
  },
  plugin: {
    "Pulumi.yaml": `
      name: test
      runtime: yaml
      resources:
        hub:
          type: datadog-org-connections:OrgConnection
          properties: { sinkOrgId: ${hub.id}, connectionTypes: [logs] }
      outputs:
        all: { fn::invoke: { function: ${functionToken}, arguments: {} } }
        fromShop: { fn::invoke: { function: ${functionToken}, arguments: { sourceOrgId: ${shop.id} } } }
        toHubs:
          fn::invoke:
            function: ${functionToken}
            arguments: { sinkOrgId: "\${hub.sinkOrgId}" }
            options: { dependsOn: ["\${hub}"] }`,
  },
};

it.each(Object.entries(programs))(
  "with the %s, a program lists what exists, also in a preview, and what it creates; a refusal ends it with a message",
  async (_name, program) => {
    const fake = datadog();
    const types = ["logs", "audit"];
    const first = fake.connect({ source: orgs.payments, sink: orgs.data, types });
    fake.connect({ source: shop, sink: orgs.payments, types: ["metrics"] });
    const stack = await newStack(fake, program);
    expect(await stack.preview()).toMatchObject({ code: 0 });
    const lists = ["Payments: GET list 200", "Payments: GET list of source 200"];
    expect(takeRequests(fake)).toEqual(expect.arrayContaining(lists));

    const { code, outputs } = await stack.up();
    expect(code).toBe(0);
    const toData = {
      id: first.id,
      sinkOrgId: orgs.data.id,
      sinkOrgName: "Data",
      sourceOrgId: orgs.payments.id,
      sourceOrgName: "Payments",
      connectionTypes: ["audit", "logs"],
      createdAt: first.createdAt,
      createdBy: orgs.payments.user.id,
      createdByName: "Ada",
    };
    expect(outputs).toMatchObject({
      all: { connections: expect.arrayContaining([toData]) },
      fromShop: { connections: [{ sourceOrgName: "Shop", connectionTypes: ["metrics"] }] },
      toHubs: { connections: [{ sinkOrgName: "Hub", connectionTypes: ["logs"] }] },
    });
    if ("isConnection" in outputs) expect(outputs["isConnection"]).toBe(true);
    // After the connection was created.
    expect(fake.requests.at(-1)?.path).toContain(`&sink_org_id=${hub.id}`);
    expect(takeWrites(fake)).toEqual(["Payments: POST 200"]);

    fake.revoke(orgs.payments.appKey);
    const refused = await stack.preview();
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(
      'Cannot list the org connections: Datadog answered 403 Forbidden ("Forbidden"). The application key',
    );
    expect(refused.output).not.toMatch(/^\s+at .*pulumi-datadog-org-connections/m);
  },
);

it("a long wait that Datadog asks for is shown while it lasts, as a warning", async () => {
  const fake = datadog();
  fake.fault({ kind: "status", status: 429, headers: { "retry-after": "60" } });
  const warning = / warning: Rate limited by Datadog; retrying in (5\d|60) s\b/;
  let output = "";
  const program = `import { getOrgConnections } from "pulumi-datadog-org-connections";
    export const all = await getOrgConnections();`;
  const stack: Stack = await newStack(fake, program, {
    reusesProcesses: false, // so that the kill finds it
    onOutput: (text) => {
      output += text;
      if (warning.test(output)) void stack.kill();
    },
  });
  const { changes } = await stack.preview();
  expect(output).toMatch(warning);
  expect(changes).toEqual({}); // it didn't get to its end
  expect(fake.requests).toHaveLength(1);
});
