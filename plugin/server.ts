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

/**
 * Serves a provider over gRPC on connections that were accepted elsewhere. An error of a method
 * becomes its plain message.
 *
 * @param serviceFor Makes the service for the engine with this address. It has methods of
 * `pulumirpc.ResourceProvider`: each takes the request's message and resolves to the response's.
 * @param engine The address of the engine that started this process. Without it, engines attach, one
 * after the other, and each has a service of its own: nothing remains of the operation before.
 */
export function providerServer(
  serviceFor: (engine: string) => object,
  engine?: string,
): ConnectionInjector {
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  let attached = engine ?? "";
  let service = serviceFor(attached);
  /** The engine attaches before every provider that it configures. */
  const attach = async (request: PluginAttach) => {
    if (request.getAddress() !== attached) {
      attached = request.getAddress();
      service = serviceFor(attached);
    }
    return new Empty();
  };
  server.addService(ResourceProviderService, {
    ...handlersOf(() => service),
    ...(engine === undefined && { attach: handlerOf(attach) }),
  });
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}

/** Handlers for the methods that the service has; gRPC answers the others with UNIMPLEMENTED. */
function handlersOf(service: () => object): UntypedServiceImplementation {
  const names = Object.keys(ResourceProviderService);
  return Object.fromEntries(
    names
      .filter((name) => name in service())
      .map((name) => [
        name,
        handlerOf((request) => Reflect.apply(Reflect.get(service(), name), service(), [request])),
      ]),
  );
}

function handlerOf<Request>(
  method: (request: Request) => Promise<unknown>,
): handleUnaryCall<Request, unknown> {
  return async ({ request }, respond) => {
    try {
      respond(null, await method(request));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      respond({ code: status.UNKNOWN, details: bounded(message) });
    }
  };
}
