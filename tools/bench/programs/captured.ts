/**
 * The common way to write a dynamic provider, as Pulumi's guide shows it: an object with the
 * methods of the life cycle, which `pulumi.dynamic.Resource` captures by value. It does what such
 * a provider does, no less: it creates, changes, replaces, deletes, and reads what is there.
 */
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

interface Inputs {
  sinkOrgId: string;
  connectionTypes: string[];
}

interface Outputs extends Inputs {
  sinkOrgName?: string;
  sourceOrgId?: string;
  sourceOrgName?: string;
  createdAt?: string;
  createdBy?: string;
  createdByName?: string;
}

interface Party {
  data: { id: string; name?: string };
}

interface Connection {
  id: string;
  attributes: { connection_types: string[]; created_at: string };
  relationships: { sink_org: Party; source_org: Party; created_by: Party };
}

const path = "/api/v2/org_connections";

async function call<T>(method: string, target: string, data?: unknown): Promise<T> {
  const response = await fetch(`${process.env["DD_HOST"]}${target}`, {
    method,
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "DD-API-KEY": process.env["DD_API_KEY"] ?? "",
      "DD-APPLICATION-KEY": process.env["DD_APP_KEY"] ?? "",
    },
    ...(data === undefined ? {} : { body: JSON.stringify({ data }) }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json() as Promise<T>;
}

function outputsOf({ attributes, relationships }: Connection): Outputs {
  const { sink_org: sink, source_org: source, created_by: creator } = relationships;
  return {
    sinkOrgId: sink.data.id,
    ...(sink.data.name && { sinkOrgName: sink.data.name }),
    sourceOrgId: source.data.id,
    ...(source.data.name && { sourceOrgName: source.data.name }),
    connectionTypes: attributes.connection_types,
    createdAt: attributes.created_at,
    createdBy: creator.data.id,
    ...(creator.data.name && { createdByName: creator.data.name }),
  };
}

const provider: pulumi.dynamic.ResourceProvider<Inputs, Outputs> = {
  async diff(_id, olds, news) {
    const replaces = olds.sinkOrgId === news.sinkOrgId ? [] : ["sinkOrgId"];
    const sameTypes = olds.connectionTypes.join() === news.connectionTypes.join();
    return { changes: replaces.length > 0 || !sameTypes, replaces };
  },

  async create({ sinkOrgId, connectionTypes }) {
    const { data } = await call<{ data: Connection }>("POST", path, {
      type: "org_connection",
      attributes: { connection_types: connectionTypes },
      relationships: { sink_org: { data: { type: "orgs", id: sinkOrgId } } },
    });
    return { id: data.id, outs: outputsOf(data) };
  },

  async read(id, props) {
    const query = `?sink_org_id=${props?.sinkOrgId}`;
    const { data } = await call<{ data: Connection[] }>("GET", path + query);
    const found = data.find((connection) => connection.id === id);
    if (found === undefined) return { id: "" };
    const outputs = outputsOf(found);
    const { sinkOrgId, connectionTypes } = outputs;
    return { id, props: outputs, inputs: { sinkOrgId, connectionTypes } };
  },

  async update(id, olds, { connectionTypes }) {
    await call("PATCH", `${path}/${id}`, {
      type: "org_connection",
      id,
      attributes: { connection_types: connectionTypes },
    });
    return { outs: { ...olds, connectionTypes } };
  },

  async delete(id) {
    await call("DELETE", `${path}/${id}`);
  },
};

class OrgConnection extends pulumi.dynamic.Resource {
  constructor(name: string, args: pulumi.Inputs) {
    const outputs = {
      sinkOrgName: undefined,
      sourceOrgId: undefined,
      sourceOrgName: undefined,
      createdAt: undefined,
      createdBy: undefined,
      createdByName: undefined,
    };
    super(provider, name, { ...outputs, ...args }, undefined, "datadog", "OrgConnection");
  }
}

const { sinks, types }: { sinks: string[]; types: string[] } = JSON.parse(
  readFileSync("connections.json", "utf8"),
);
for (const [index, sinkOrgId] of sinks.entries()) {
  new OrgConnection(`sink-${index}`, { sinkOrgId, connectionTypes: types });
}
