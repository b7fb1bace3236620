import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { Stack } from "../support/harness/stack.ts";
import { newStack } from "./fixture.ts";

const running = useFakeDatadog();
const path = "/api/v2/org_connections";

/** A dynamic provider by hand: create, update, delete and these methods. */
const programWith = (others: string) => `
  import * as pulumi from "@pulumi/pulumi";

  class ConnectionProvider {
    async call(method, path, data) {
      const response = await fetch(process.env.DD_HOST + "${path}" + path, {
        method,
        headers: {
          "content-type": "application/json",
          "DD-API-KEY": process.env.DD_API_KEY,
          "DD-APPLICATION-KEY": process.env.DD_APP_KEY,
        },
        body: data && JSON.stringify({ data: { type: "org_connection", ...data } }),
      });
      if (!response.ok) throw new Error("Datadog answered " + response.status);
      return (await response.json()).data;
    }
    async create({ sinkOrgId, connectionTypes }) {
      const { id } = await this.call("POST", "", {
        attributes: { connection_types: connectionTypes },
        relationships: { sink_org: { data: { type: "orgs", id: sinkOrgId } } },
      });
      return { id, outs: { sinkOrgId, connectionTypes } };
    }
    async update(id, olds, { sinkOrgId, connectionTypes }) {
      await this.call("PATCH", "/" + id, { id, attributes: { connection_types: connectionTypes } });
      return { outs: { sinkOrgId, connectionTypes } };
    }
    async delete(id) {
      await this.call("DELETE", "/" + id);
    }
    ${others}
  }

  const provider = new ConnectionProvider();
  for (const sinkOrgId of ${JSON.stringify([orgs.hub.id, orgs.shop.id])}) {
    new pulumi.dynamic.Resource(provider, sinkOrgId, { sinkOrgId, connectionTypes: ["logs"] });
  }
`;

const diff = `
  async diff(id, olds, news) {
    const replaces = olds.sinkOrgId === news.sinkOrgId ? [] : ["sinkOrgId"];
    const isSame = String(olds.connectionTypes) === String(news.connectionTypes);
    return { changes: replaces.length > 0 || !isSame, replaces };
  }`;

const readThat = (returns: string) => `
  async read(id, { sinkOrgId }) {
    const connections = await this.call("GET", "?sink_org_id=" + sinkOrgId);
    const { attributes } = connections.find((one) => one.id === id);
    const props = { sinkOrgId, connectionTypes: attributes.connection_types };
    return ${returns};
  }`;

async function newDriftedStack(fake: FakeDatadog, program: string): Promise<Stack> {
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 3 } });
  for (const { id } of fake.connections) fake.setTypes(id, ["audit"]);
  fake.clearRequests();
  return stack;
}

const detection = { previewOnly: true, expectNoChanges: true };

it("a dynamic provider as Pulumi's guide shows it sees no drift, and its code is stored twice for each resource", async () => {
  const fake = running();
  const stack = await newDriftedStack(fake, programWith(diff));
  expect(await stack.refresh(detection)).toMatchObject({ code: 0 });
  expect(fake.requestLines).toEqual([]);

  const { resources = [] } = (await stack.exportState()).deployment;
  const connections = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
  expect(connections).toHaveLength(2);
  for (const { inputs, outputs } of connections) {
    expect(inputs?.["__provider"]).toContain(path);
    expect(outputs?.["__provider"]).toContain(path);
  }
});

it.each([
  [7, "inputs too, and a diff", diff + readThat("{ id, props, inputs: props }")],
  [7, "only props, and a diff", diff + readThat("{ id, props }")],
  [0, "only props, and no diff", readThat("{ id, props }")],
])(
  "drift detection ends with %i where read returns %s, after a request for each resource",
  async (code, _, methods) => {
    const fake = running();
    const stack = await newDriftedStack(fake, programWith(methods));
    expect(await stack.refresh(detection)).toMatchObject({ code });
    expect([...fake.requestLines].sort()).toEqual(
      [orgs.hub.id, orgs.shop.id].map((id) => `GET ${path}?sink_org_id=${id} 200`).sort(),
    );
  },
);
