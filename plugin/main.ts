#!/usr/bin/env node
/**
 * The plugin: a process that the Pulumi engine starts, which prints its port as one line and then
 * serves the provider there over gRPC.
 *
 * The port is printed before anything else is loaded, since the engine needs some time to connect.
 * Loading gRPC, the messages and the provider takes longer than the start of Node.js itself: the
 * executable is at its port after 55 ms, with all loaded first after 120 ms, and Node.js alone takes
 * 43 ms to print a line.
 */
import { type AddressInfo, createServer } from "node:net";
import type { ConnectionInjector } from "@grpc/grpc-js";
import { version } from "../provider/api/version";
import { exitWithEngine } from "./exit-with-engine";

/** The engine's address, `host:port`, is the last argument. Flags may come before it. */
const engine = process.argv.slice(2).findLast((argument) => /^[^-/][^/]*:\d+$/.test(argument));

if (engine === undefined) {
  console.error(
    `This is the Pulumi plugin "datadog-org-connections" ${version}, which the Pulumi engine ` +
      "starts with its address as the last argument. To use it, install it with " +
      `"pulumi plugin install resource datadog-org-connections v${version} --file PATH", ` +
      "or put it into a folder of PATH.",
  );
  process.exitCode = 1;
} else {
  serve(engine);
}

function serve(engineAddress: string): void {
  let server: Promise<ConnectionInjector> | undefined;
  const load = () => {
    server ??= loadServer(engineAddress);
    return server;
  };
  const listener = createServer(async (socket) => (await load()).injectConnection(socket));
  listener.listen({ host: "127.0.0.1", port: 0 }, () => {
    const { port } = listener.address() as AddressInfo;
    process.stdout.write(`${port}\n`, load);
    exitWithEngine(engineAddress);
  });
}

async function loadServer(engineAddress: string): Promise<ConnectionInjector> {
  const { providerServer } = await import("./server.js");
  const { ProviderService } = await import("./service.js");
  const { EngineLog } = await import("./engine-log.js");
  return providerServer(new ProviderService(new EngineLog(engineAddress)));
}
