import {
  type ConnectionInjector,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
} from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { bounded } from "./values";

/** As large as Pulumi's own: a property may be long, and some calls send all of a resource. */
const maxMessageBytes = 400 * 1024 * 1024;

/** How many attached connections keep their service: there are those of earlier commands, too. */
const maxConnections = 100;

/**
 * Serves a provider over gRPC on connections that were accepted elsewhere.
 *
 * @param serviceFor Makes the service for the engine with this address. It has methods of
 *   `pulumirpc.ResourceProvider`: each takes the request, and resolves to the response.
 * @param engine The address of the engine that started this process. Without it, engines attach: once
 *   for each provider of a program, on a connection of its own, which then has a service of its own, since
 *   no provider must have the settings of another.
 */
export function providerServer(
  serviceFor: (engine: string) => object,
  engine?: string,
): ConnectionInjector {
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  const service = serviceFor(engine ?? "");
  /** The services of attached connections, by their client's side. */
  const attached = new Map<string, object>();
  const methods = Object.keys(ResourceProviderService).filter((name) => name in service);
  const handlers = methods.map((name) => {
    const call = async (request: unknown, peer: string) => {
      const target = attached.get(peer) ?? service;
      return Reflect.apply(Reflect.get(target, name), target, [request]);
    };
    return [name, handlerOf(call)];
  });
  const attach = async (request: PluginAttach, peer: string) => {
    attached.set(peer, serviceFor(request.getAddress()));
    const [oldest = ""] = attached.keys();
    if (attached.size > maxConnections) attached.delete(oldest);
    return new Empty();
  };
  server.addService(ResourceProviderService, {
    ...Object.fromEntries(handlers),
    ...(engine === undefined && { attach: handlerOf(attach) }),
  });
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}

function handlerOf<Request>(
  method: (request: Request, peer: string) => Promise<unknown>,
): handleUnaryCall<Request, unknown> {
  return async (call, respond) => {
    try {
      respond(null, await method(call.request, call.getPeer()));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      respond({ code: status.UNKNOWN, details: bounded(message) });
    }
  };
}
