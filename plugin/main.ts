#!/usr/bin/env node
/**
 * The plugin: a process that the Pulumi engine starts, which prints its port as one line and then
 * serves the provider there over gRPC. Started by hand, without the address of an engine, it waits
 * for one to attach (`PULUMI_DEBUG_PROVIDERS`).
 *
 * It prints the port before it loads anything else, since the engine needs some time to connect.
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { ConnectionInjector } from "@grpc/grpc-js";
import { version } from "../provider/api/version";

const name = "datadog-org-connections";

/** The engine's address follows its flags, of which only `--tracing` has a value of its own. */
const engine = process.argv
  .slice(2)
  .findLast((argument, index, all) => !argument.startsWith("-") && all[index - 1] !== "--tracing");

if (engine === undefined || isAddress(engine)) {
  void serve();
} else {
  console.error(`${JSON.stringify(engine)} isn't the address of a Pulumi engine, HOST:PORT.`);
  process.exitCode = 1;
}

function isAddress(text: string): boolean {
  const port = Number(/^(?:[^/:]+|\[[\da-f:]+\]):(\d+)$/.exec(text)?.[1]);
  return port > 0 && port < 65_536;
}

async function serve(): Promise<void> {
  const printed = Promise.withResolvers<void>();
  const server = printed.promise.then(loadServer);
  const listener = createServer(async (socket) => {
    socket.on("error", () => socket.destroy()); // it may break before the server is loaded
    (await server).injectConnection(socket);
  });
  await once(listener.listen({ host: "127.0.0.1", port: 0 }), "listening");
  const { port } = listener.address() as AddressInfo;
  process.stdout.write(`${port}\n`, () => printed.resolve());
  await server;
  if (engine !== undefined) return exitWithEngine(engine);
  console.error(
    `This is the Pulumi plugin "${name}" ${version}. It waits for a Pulumi command to attach, for ` +
      `debugging: PULUMI_DEBUG_PROVIDERS=${name}:${port}. To use the plugin, install it instead: ` +
      `pulumi plugin install resource ${name} ${version} --file PATH`,
  );
}

async function loadServer(): Promise<ConnectionInjector> {
  const { providerServer } = await import("./server.js");
  const { ProviderService } = await import("./service.js");
  const { engineLog } = await import("./engine-log.js");
  return providerServer((address) => new ProviderService(engineLog(address)), engine);
}

/** Ends the process when the engine has ended, or if it can't be reached. */
async function exitWithEngine(address: string): Promise<void> {
  const { engineEnded } = await import("./engine-log.js");
  if (await engineEnded(address)) process.exit();
  console.error(`No Pulumi engine answers at ${address}.`);
  process.exit(1);
}
