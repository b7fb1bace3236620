import { type ServiceError, status } from "@grpc/grpc-js";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import {
  GetMappingRequest,
  GetSchemaRequest,
  GetSchemaResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import { expect, it } from "vitest";
import { answer, serve } from "./fixture.ts";

/** A client of a service on which only GetSchema is implemented. */
async function clientOf(
  getSchema: (request: GetSchemaRequest) => Promise<GetSchemaResponse>,
): Promise<ResourceProviderClient> {
  const connect = await serve(() => ({ getSchema }), "127.0.0.1:40020");
  return connect();
}

function call(client: ResourceProviderClient, request = new GetSchemaRequest()) {
  return new Promise<GetSchemaResponse>((resolve, reject) => {
    client.getSchema(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

const attach = (client: ResourceProviderClient, engine: string) =>
  answer((done) => client.attach(new PluginAttach().setAddress(engine), done));

it("answers with what the service's method returns, of more than the 4 MB that gRPC allows by default", async () => {
  const text = "x".repeat(9_000_000);
  const client = await clientOf(async (request) =>
    new GetSchemaResponse().setSchema(request.getSubpackageName()),
  );
  const response = await call(client, new GetSchemaRequest().setSubpackageName(text));
  expect(response.getSchema() === text).toBe(true);
});

it.each<[Error, string?]>([
  [new Error("Cannot create it: 100 %, “über”, \u{1f600}")],
  [Object.assign(new Error("Cannot connect"), { code: 14, details: "other" })],
  [new Error("Cannot find half of a pair: \ud83d"), "Cannot find half of a pair:  "],
])("an error becomes its message, with the status UNKNOWN: %s", async (error, details) => {
  const client = await clientOf(() => Promise.reject(error));
  await expect(call(client)).rejects.toMatchObject({
    code: status.UNKNOWN,
    details: details ?? error.message,
  });
});

it.each(["x", "ü", "\u{1f600}", "%"])(
  "cuts an error of 100,000 characters, and goes on: %j",
  async (character) => {
    const client = await clientOf(async (request) => {
      if (request.getVersion() === 0) throw new Error(character.repeat(100_000));
      return new GetSchemaResponse().setSchema("next");
    });
    const error = await call(client).catch((reason: ServiceError) => reason);
    expect(error).toMatchObject({
      code: status.UNKNOWN,
      details: expect.stringMatching(/^.{3900,4000} … \(cut\)$/s),
    });
    const response = await call(client, new GetSchemaRequest().setVersion(1));
    expect(response.getSchema()).toBe("next");
  },
);

it("says of methods that the service doesn't have that they are unimplemented", async () => {
  const client = await clientOf(async () => new GetSchemaResponse());
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.getMapping(new GetMappingRequest(), resolve);
  });
  expect(error?.code).toBe(status.UNIMPLEMENTED);
});

it("goes on after a message that isn't one of gRPC's", async () => {
  const client = await clientOf(async () => new GetSchemaResponse().setSchema("next"));
  const path = "/pulumirpc.ResourceProvider/GetSchema";
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(
      path,
      () => Buffer.alloc(20, 255),
      () => ({}),
      {},
      resolve,
    );
  });
  expect(error?.code).toBe(status.INTERNAL);
  expect((await call(client)).getSchema()).toBe("next");
});

it("without an engine, serves each connection that attaches with a service of its own", async () => {
  let made = 0;
  const connect = await serve((engine) => {
    const schema = `${engine} ${made++}`;
    return { getSchema: async () => new GetSchemaResponse().setSchema(schema) };
  });
  const clients = [connect(), connect(), connect()];
  const engines = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:1"];
  for (const [index, client] of clients.entries()) await attach(client, engines[index] ?? "");
  const answers = await Promise.all(clients.map((client) => call(client)));
  expect(answers.map((response) => response.getSchema())).toEqual([
    "127.0.0.1:1 1",
    "127.0.0.1:2 2",
    "127.0.0.1:1 3",
  ]);
  expect((await call(connect())).getSchema()).toBe(" 0");
});

it("remembers only the latest of the connections that attached", async () => {
  const connect = await serve((engine) => ({
    getSchema: async () => new GetSchemaResponse().setSchema(engine),
  }));
  const [oldest = connect(), ...others] = Array.from({ length: 101 }, () => connect());
  for (const client of [oldest, ...others]) await attach(client, "127.0.0.1:1");
  expect((await call(oldest)).getSchema()).toBe("");
  for (const client of others) expect((await call(client)).getSchema()).toBe("127.0.0.1:1");
});

it("no engine attaches to a process that another one started", async () => {
  const client = await clientOf(async () => new GetSchemaResponse());
  await expect(attach(client, "127.0.0.1:1")).rejects.toThrow(
    "does not implement the method attach",
  );
});
