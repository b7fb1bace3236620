/** The plugin's service, called over gRPC as the engine calls it. */
import { once } from "node:events";
import { createServer } from "node:net";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { onTestFinished } from "vitest";
import { providerServer } from "../../../plugin/server.ts";
import { ProviderService } from "../../../plugin/service.ts";
import { propertiesOf } from "../../../plugin/values.ts";

export const urn = "urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::to-hub";
const connectionId = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const functionToken = "datadog-org-connections:index:getOrgConnections";

const explicitProvider =
  "urn:pulumi:test::test::pulumi:providers:datadog-org-connections::payments";

/** Starts a server; returns what connects to it, each time on a connection of its own. */
export async function serve(
  ...args: Parameters<typeof providerServer>
): Promise<() => ResourceProviderClient> {
  const injector = providerServer(...args);
  const listener = createServer((socket) => injector.injectConnection(socket));
  await once(listener.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void listener.close());
  return () => {
    const address = `127.0.0.1:${Object(listener.address()).port}`;
    const client = new ResourceProviderClient(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
    });
    onTestFinished(() => client.close());
    return client;
  };
}

/** A message that the plugin shows: its severity, its text and the URN of its resource. */
export type Logged = readonly unknown[];

/** A plugin that the engine has started and, unless there are no settings, configured. */
export async function startPlugin(settings?: object, onLog: (message: Logged) => void = () => {}) {
  const service = new ProviderService(async (...message) => onLog(message));
  const connect = await serve(() => service, "127.0.0.1:40030");
  const plugin = callsOf(connect());
  if (settings) await plugin.configure(settings);
  return plugin;
}

export type Plugin = ReturnType<typeof callsOf>;

/** Answers a call, or fails with the message of its error. */
export function answer<Response>(
  send: (done: (error: ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) =>
    send((error, response) => (error ? reject(new Error(error.details)) : resolve(response))),
  );
}

function struct(properties: object): Struct {
  return Struct.fromJavaScript({ ...properties });
}

const noPaths: string[] = [];

/** The engine's calls, with plain values instead of messages. */
function callsOf(client: ResourceProviderClient) {
  return {
    client,
    async configure(settings: object) {
      const request = new rpc.ConfigureRequest().setArgs(struct(settings));
      await answer<rpc.ConfigureResponse>((done) => client.configure(request, done));
    },
    async checkConfig(settings: object, { of = explicitProvider } = {}) {
      const request = new rpc.CheckRequest().setUrn(of).setNews(struct(settings));
      const response = await answer<rpc.CheckResponse>((done) => client.checkConfig(request, done));
      return { inputs: response.getInputs()?.toJavaScript(), failures: failuresIn(response) };
    },
    async check(news: object, { of = urn } = {}) {
      const request = new rpc.CheckRequest().setUrn(of).setNews(struct(news));
      const response = await answer<rpc.CheckResponse>((done) => client.check(request, done));
      return { inputs: propertiesOf(response.getInputs()), failures: failuresIn(response) };
    },
    async diff(
      olds: object,
      { of = urn, id = connectionId, news = olds, ignoreChanges = noPaths } = {},
    ) {
      const request = new rpc.DiffRequest().setUrn(of).setId(id).setOlds(struct(olds));
      request.setNews(struct(news)).setIgnorechangesList(ignoreChanges);
      return answer<rpc.DiffResponse>((done) => client.diff(request, done));
    },
    async create(inputs: object, { of = urn, preview = false, timeout = 0 } = {}) {
      const request = new rpc.CreateRequest().setUrn(of).setProperties(struct(inputs));
      request.setPreview(preview).setTimeout(timeout);
      const response = await answer<rpc.CreateResponse>((done) => client.create(request, done));
      return { id: response.getId(), outputs: propertiesOf(response.getProperties()) };
    },
    /** @param recorded Nothing for an import. */
    async read(recorded?: object, { of = urn, id = connectionId } = {}) {
      const request = new rpc.ReadRequest().setUrn(of).setId(id);
      if (recorded) request.setProperties(struct(recorded));
      const response = await answer<rpc.ReadResponse>((done) => client.read(request, done));
      const outputs = propertiesOf(response.getProperties());
      return { id: response.getId(), outputs, inputs: propertiesOf(response.getInputs()) };
    },
    async update(
      olds: object,
      { of = urn, id = connectionId, news = olds, preview = false, ignoreChanges = noPaths } = {},
    ) {
      const request = new rpc.UpdateRequest().setUrn(of).setId(id).setOlds(struct(olds));
      request.setNews(struct(news)).setPreview(preview).setIgnorechangesList(ignoreChanges);
      const response = await answer<rpc.UpdateResponse>((done) => client.update(request, done));
      return propertiesOf(response.getProperties());
    },
    async delete(recorded: object, { of = urn, id = connectionId } = {}) {
      const request = new rpc.DeleteRequest().setUrn(of).setId(id).setProperties(struct(recorded));
      await answer<Empty>((done) => client.delete(request, done));
    },
    cancel: () => answer<Empty>((done) => client.cancel(new Empty(), done)),
    async invoke(args: object, token = functionToken) {
      const request = new rpc.InvokeRequest().setTok(token).setArgs(struct(args));
      const response = await answer<rpc.InvokeResponse>((done) => client.invoke(request, done));
      return { result: propertiesOf(response.getReturn()), failures: failuresIn(response) };
    },
  };
}

function failuresIn(response: rpc.CheckResponse | rpc.InvokeResponse): rpc.CheckFailure.AsObject[] {
  return response.getFailuresList().map((failure) => failure.toObject());
}
