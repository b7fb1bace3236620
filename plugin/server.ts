import {
  type ConnectionInjector,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { bounded } from "./values";

/** As large as Pulumi's own: a property may be long, and some calls send all of a resource. */
const maxMessageBytes = 400 * 1024 * 1024;

/** Several connections belong to one command: one for each of its providers, and for its schemas. */
const maxConnections = 100;

/** What serves an engine. */
interface Session {
  readonly engine: string;
  /** Has methods of `pulumirpc.ResourceProvider`: each takes the request, and resolves to the response. */
  readonly service: object;
}

/**
 * Serves a provider over gRPC on connections that were accepted elsewhere. An error of a method
 * becomes its plain message.
 *
 * @param serviceFor Makes the service for the engine with this address.
 * @param engine The address of the engine that started this process. Without it, engines attach, and
 * each has a service of its own: nothing remains of the operation before.
 */
export function providerServer(
  serviceFor: (engine: string) => object,
  engine?: string,
): ConnectionInjector {
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  const session: Session = { engine: engine ?? "", service: serviceFor(engine ?? "") };
  /** The sessions of engines that attached, by the client's side of the connection. */
  const attached = new Map<string, Session>();
  const attach = async (request: PluginAttach, peer: string) => {
    const address = request.getAddress();
    const known = [...attached.values()].find((other) => other.engine === address);
    attached.delete(peer);
    attached.set(peer, known ?? { engine: address, service: serviceFor(address) });
    const [oldest = ""] = attached.keys();
    if (attached.size > maxConnections) attached.delete(oldest);
    return new Empty();
  };
  server.addService(ResourceProviderService, {
    ...handlersOf(session.service, (peer) => attached.get(peer)?.service ?? session.service),
    ...(engine === undefined && { attach: handlerOf(attach) }),
  });
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}

/** Handlers for the methods that a service has; gRPC answers the others with UNIMPLEMENTED. */
function handlersOf(
  example: object,
  serviceOf: (peer: string) => object,
): UntypedServiceImplementation {
  const names = Object.keys(ResourceProviderService).filter((name) => name in example);
  const handlers = names.map((name) => {
    const call = async (request: unknown, peer: string) => {
      const service = serviceOf(peer);
      return Reflect.apply(Reflect.get(service, name), service, [request]);
    };
    return [name, handlerOf(call)];
  });
  return Object.fromEntries(handlers);
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
