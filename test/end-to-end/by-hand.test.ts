import { expect, it } from "vitest";
import { orgs } from "../fake-datadog/index.ts";
import { useFakeDatadog } from "../fake-datadog/vitest.ts";
import { newStack } from "./fixture.ts";

const running = useFakeDatadog();
const path = "/api/v2/org_connections";

/** A dynamic provider of the methods that Pulumi's guide to dynamic providers shows. */
const program = `
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
    async diff(id, olds, news) {
      const replaces = olds.sinkOrgId === news.sinkOrgId ? [] : ["sinkOrgId"];
      const isSame = String(olds.connectionTypes) === String(news.connectionTypes);
      return { changes: replaces.length > 0 || !isSame, replaces };
    }
    async update(id, olds, { sinkOrgId, connectionTypes }) {
      await this.call("PATCH", "/" + id, { id, attributes: { connection_types: connectionTypes } });
      return { outs: { sinkOrgId, connectionTypes } };
    }
    async delete(id) {
      await this.call("DELETE", "/" + id);
    }
  }

  const args = { sinkOrgId: "${orgs.hub.id}", connectionTypes: ["logs"] };
  new pulumi.dynamic.Resource(new ConnectionProvider(), "hub", args);
`;

it("a dynamic provider as Pulumi's guide shows it sees no drift, and is stored with each resource twice", async () => {
  const fake = running();
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 2 } });
  const [created] = fake.connections;
  fake.setTypes(created?.id ?? "", ["audit"]);
  fake.clearRequests();
  expect(await stack.refresh({ previewOnly: true, expectNoChanges: true })).toMatchObject({
    code: 0,
  });
  expect(fake.requestLines).toEqual([]);

  const { deployment } = await stack.exportState();
  const hub = deployment.resources?.find(({ id }) => id === created?.id);
  for (const properties of [hub?.inputs, hub?.outputs]) {
    expect(properties?.["__provider"]).toContain(path);
  }
});
