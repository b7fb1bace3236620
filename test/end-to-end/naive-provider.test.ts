import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { detection, nameIn, newStack, path } from "./fixture.ts";

const running = useFakeDatadog();

/** A dynamic provider by hand: create, update, delete and these methods. */
const providerWith = (others: string) => `new (class {
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
  })()`;

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

/** What each provider has beside create, update and delete, and whether it sees drift. */
const providers = {
  asInTheGuide: { methods: diff, sink: orgs.hub, outcome: "same" },
  readsInputs: {
    methods: diff + readThat("{ id, props, inputs: props }"),
    sink: orgs.shop,
    outcome: "update",
  },
  readsProps: { methods: diff + readThat("{ id, props }"), sink: orgs.data, outcome: "update" },
  readsPropsWithoutDiff: {
    methods: readThat("{ id, props }"),
    sink: orgs.security,
    outcome: "same",
  },
};

const program = `
  import * as pulumi from "@pulumi/pulumi";
  ${Object.entries(providers)
    .map(
      ([
        name,
        { methods, sink },
      ]) => `new pulumi.dynamic.Resource(${providerWith(methods)}, "${name}", {
        sinkOrgId: "${sink.id}",
        connectionTypes: ["logs"],
      });`,
    )
    .join("\n")}
`;

it("a dynamic provider by hand stores its code twice for each resource, and sees drift only with read and diff, by a request for each", async () => {
  const fake = running();
  const stack = await newStack(fake, program);
  expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 5 } });
  const { resources = [] } = (await stack.readState()).deployment;
  const connections = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic"));
  expect(connections).toHaveLength(4);
  for (const { inputs, outputs } of connections) {
    expect(inputs?.["__provider"]).toContain(path);
    expect(outputs?.["__provider"]).toContain(path);
  }

  for (const { id } of fake.connections) fake.setTypes(id, ["audit"]);
  fake.clearRequests();
  const { code, outcomes } = await stack.refresh(detection);
  expect(code).toBe(7);
  const seen = new Map(outcomes.map(({ urn, operation }) => [nameIn(urn), operation]));
  for (const [name, { outcome }] of Object.entries(providers)) {
    expect(seen.get(name), name).toBe(outcome);
  }
  expect(fake.requestLines.toSorted()).toEqual(
    [orgs.shop, orgs.data, orgs.security]
      .map(({ id }) => `GET ${path}?sink_org_id=${id} 200`)
      .sort(),
  );
});
