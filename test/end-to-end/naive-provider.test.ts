import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { detection, nameIn, newStack, path } from "./fixture.ts";

const datadog = useFakeDatadog();

/** A dynamic provider by hand: create and these methods. */
const providerWith = (others: string) => `new (class {
    async call(method, query, body) {
      const response = await fetch(process.env.DD_HOST + "${path}" + query, {
        method,
        headers: {
          "content-type": "application/json",
          "DD-API-KEY": process.env.DD_API_KEY,
          "DD-APPLICATION-KEY": process.env.DD_APP_KEY,
        },
        body,
      });
      if (!response.ok) throw new Error("Datadog answered " + response.status);
      return (await response.json()).data;
    }
    async create({ sinkOrgId, connectionTypes }) {
      const attributes = { connection_types: connectionTypes };
      const relationships = { sink_org: { data: { type: "orgs", id: sinkOrgId } } };
      const data = { type: "org_connection", attributes, relationships };
      const { id } = await this.call("POST", "", JSON.stringify({ data }));
      return { id, outs: { sinkOrgId, connectionTypes } };
    }
    ${others}
  })()`;

const diff = `
  async diff(id, olds, news) {
    return { changes: String(olds.connectionTypes) !== String(news.connectionTypes) };
  }`;

const read = `
  async read(id, { sinkOrgId }) {
    const connections = await this.call("GET", "?sink_org_id=" + sinkOrgId);
    const { attributes } = connections.find((one) => one.id === id);
    return { id, props: { sinkOrgId, connectionTypes: attributes.connection_types } };
  }`;

/** What each provider has beside create, and whether it finds drift. */
const rows = {
  withDiff: { methods: diff, sink: orgs.hub, outcome: "same" },
  withRead: { methods: read, sink: orgs.security, outcome: "same" },
  withBoth: { methods: diff + read, sink: orgs.shop, outcome: "update" },
};

it("a dynamic provider by hand stores its code twice for each resource, and finds drift only with read and diff, by a request for each", async () => {
  const fake = datadog();
  const resources = Object.entries(rows).map(([name, { methods, sink }]) => {
    const args = JSON.stringify({ sinkOrgId: sink.id, connectionTypes: ["logs"] });
    return `new pulumi.dynamic.Resource(${providerWith(methods)}, "${name}", ${args});`;
  });
  const program = `import * as pulumi from "@pulumi/pulumi"; ${resources.join("\n")}`;
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 4 } });
  const recorded = (await stack.readState()).deployment.resources?.slice(-3) ?? [];
  for (const { inputs, outputs } of recorded) {
    expect(inputs?.["__provider"]).toContain(path);
    expect(outputs?.["__provider"]).toContain(path);
  }

  for (const { id } of fake.connections) fake.setTypes(id, ["audit"]);
  fake.clearRequests();
  const { code, outcomes } = await stack.refresh(detection);
  expect(code).toBe(7);
  const seen = new Map(outcomes.map(({ urn, operation }) => [nameIn(urn), operation]));
  for (const [name, { outcome }] of Object.entries(rows)) {
    expect(seen.get(name), name).toBe(outcome);
  }
  const reads = [orgs.shop, orgs.security].map(({ id }) => `GET ${path}?sink_org_id=${id} 200`);
  expect(fake.requestLines.toSorted()).toEqual(reads.sort());
});
