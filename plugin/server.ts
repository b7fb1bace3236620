import {
  type ConnectionInjector,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

/** As large as Pulumi's own: a property may be long, and some calls send all of a resource. */
const maxMessageBytes = 400 * 1024 * 1024;

type Method = (request: unknown) => Promise<unknown>;

/**
 * Serves a provider over gRPC on connections that were accepted elsewhere. An error of a method
 * becomes its plain message.
 *
 * @param service Has methods of `pulumirpc.ResourceProvider`: each takes the request's message and
 * resolves to the response's.
 */
export function providerServer(service: object): ConnectionInjector {
  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  server.addService(ResourceProviderService, handlersOf(service));
  return server.createConnectionInjector(ServerCredentials.createInsecure());
}

/** Handlers for the methods that the service has; gRPC answers the others with UNIMPLEMENTED. */
function handlersOf(service: object): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.keys(ResourceProviderService).flatMap((name) => {
      const method: unknown = Reflect.get(service, name);
      return typeof method === "function" ? [[name, handlerOf(method.bind(service))]] : [];
    }),
  );
}

function handlerOf(method: Method): handleUnaryCall<unknown, unknown> {
  return async ({ request }, respond) => {
    try {
      respond(null, await method(request));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // gRPC can't encode half of a surrogate pair.
      respond({ code: status.UNKNOWN, details: message.toWellFormed() });
    }
  };
}
