import { createServer } from "node:net";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import {
  GetMappingRequest,
  GetSchemaRequest,
  GetSchemaResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { providerServer } from "../../../plugin/server.ts";

let end: () => void;

afterEach(() => end());

/** A client of a service on which only GetSchema is implemented. */
function clientOf(getSchema: (request: GetSchemaRequest) => Promise<GetSchemaResponse>) {
  return clientOfServices(() => ({ getSchema }), "127.0.0.1:40020");
}

async function clientOfServices(...args: Parameters<typeof providerServer>) {
  const injector = providerServer(...args);
  const listener = createServer((socket) => injector.injectConnection(socket));
  const port = await new Promise<number>((resolve) => {
    listener.listen(0, "127.0.0.1", () => resolve(Object(listener.address()).port));
  });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  end = () => {
    client.close();
    listener.close();
  };
  return client;
}

function call(client: ResourceProviderClient, request = new GetSchemaRequest()) {
  return new Promise<GetSchemaResponse>((resolve, reject) => {
    client.getSchema(request, (error, response) => (error ? reject(error) : resolve(response)));
  });
}

it("answers with what the service's method returns", async () => {
  const client = await clientOf(async (request) =>
    new GetSchemaResponse().setSchema(`version ${request.getVersion()}`),
  );
  const response = await call(client, new GetSchemaRequest().setVersion(2));
  expect(response.getSchema()).toBe("version 2");
});

it("takes and sends messages of more than the 4 MB that gRPC allows by default", async () => {
  const text = "x".repeat(9_000_000);
  const client = await clientOf(async (request) =>
    new GetSchemaResponse().setSchema(request.getSubpackageName()),
  );
  const response = await call(client, new GetSchemaRequest().setSubpackageName(text));
  expect(response.getSchema()).toHaveLength(text.length);
});

it.each([
  [new Error("Cannot create it: 100 %, “über”,\nnext line \u{1f600}")],
  [Object.assign(new Error("Cannot connect"), { code: 14, details: "other" })],
])("an error becomes its message, with the status UNKNOWN: %s", async (error) => {
  const client = await clientOf(() => Promise.reject(error));
  await expect(call(client)).rejects.toMatchObject({
    code: status.UNKNOWN,
    details: error.message,
  });
});

it.each(["x", "ü", "\u{1f600}", "\n", "%"])(
  "cuts an error of 100,000 characters, and goes on: %j",
  async (character) => {
    const text = character.repeat(100_000);
    const client = await clientOf(async (request) => {
      if (request.getVersion() === 0) throw new Error(text);
      return new GetSchemaResponse().setSchema("next");
    });
    const error = await call(client).catch((reason: ServiceError) => reason);
    expect(error).toMatchObject({ code: status.UNKNOWN });
    const { details } = Object(error);
    expect(details.endsWith(" … (cut)")).toBe(true);
    expect(details.length).toBeLessThan(4100);
    const response = await call(client, new GetSchemaRequest().setVersion(1));
    expect(response.getSchema()).toBe("next");
  },
);

describe("without an engine that started it", () => {
  const attach = (client: ResourceProviderClient, address: string) =>
    new Promise((resolve, reject) => {
      client.attach(new PluginAttach().setAddress(address), (error, response) =>
        error ? reject(error) : resolve(response),
      );
    });

  /** A client with a connection of its own. */
  async function another(client: ResourceProviderClient) {
    const other = new ResourceProviderClient(
      client.getChannel().getTarget().replace("dns:", ""),
      credentials.createInsecure(),
      { "grpc.use_local_subchannel_pool": 1 },
    );
    onTestFinished(() => other.close());
    return other;
  }

  it("serves each engine that attaches with a service of its own, on all its connections", async () => {
    const made: string[] = [];
    const client = await clientOfServices((engine) => {
      made.push(engine);
      return { getSchema: async () => new GetSchemaResponse().setSchema(engine) };
    });
    const clients = await Promise.all([1, 2, 3].map(() => another(client)));
    const engines = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:1"];
    for (const [index, one] of clients.entries()) await attach(one, engines[index] ?? "");
    const answers = await Promise.all(clients.map((one) => call(one)));
    expect(answers.map((response) => response.getSchema())).toEqual(engines);
    expect(made).toEqual(["", "127.0.0.1:1", "127.0.0.1:2"]);
    await attach(client, "127.0.0.1:3");
    expect((await call(client)).getSchema()).toBe("127.0.0.1:3");
  });

  it("no engine attaches to a process that another one started", async () => {
    const client = await clientOf(async () => new GetSchemaResponse());
    await expect(attach(client, "127.0.0.1:1")).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });
});

it("sends a message with half of a surrogate pair all the same", async () => {
  const client = await clientOf(() => Promise.reject(new Error("Cannot find \ud83d")));
  await expect(call(client)).rejects.toMatchObject({ details: "Cannot find \ufffd" });
});

it("says of methods that the service doesn't have that they are unimplemented", async () => {
  const client = await clientOf(async () => new GetSchemaResponse());
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.getMapping(new GetMappingRequest(), resolve);
  });
  expect(error?.code).toBe(status.UNIMPLEMENTED);
});
