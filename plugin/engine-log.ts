import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { Severity } from "../provider/provider";
import { bounded } from "./values";

const options = {
  // The engine is on this machine: a proxy couldn't reach it.
  "grpc.enable_http_proxy": 0,
  // A connection that is closed because nothing was sent looks like an engine that has ended.
  "grpc.client_idle_timeout_ms": 2 ** 31 - 1,
};

/** How long the engine may take to answer the first time. It was there before this process. */
const connectSeconds = 10;

/** How long the engine may take to show a message. */
const logSeconds = 10;

/** Shows messages to the user, through the engine. Connects to it with the first message. */
export class EngineLog {
  readonly #address: string;
  #client: EngineClient | undefined;
  #sent: Promise<void> = Promise.resolve();

  /** @param address The engine's, `host:port`. */
  constructor(address: string) {
    this.#address = address;
  }

  /**
   * Shows a message, after those that came before it. Never fails: a lost message must not fail the
   * operation.
   *
   * @param urn The resource that the message is about. Default: the stack.
   * @returns When the engine has the message, or can't be reached.
   */
  log(severity: Severity, message: string, urn?: string): Promise<void> {
    this.#sent = this.#sent.then(() => this.#send(severity, message, urn)).catch(() => undefined);
    return this.#sent;
  }

  async #send(severity: Severity, message: string, urn = ""): Promise<void> {
    const { LogRequest, LogSeverity } = await import("@pulumi/pulumi/proto/engine_pb.js");
    const request = new LogRequest()
      .setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO)
      .setMessage(bounded(message))
      .setUrn(urn);
    this.#client ??= await clientOf(this.#address);
    const client = this.#client;
    const { Metadata } = await import("@grpc/grpc-js");
    const options = { deadline: Date.now() + logSeconds * 1000 };
    await new Promise<void>((resolve) =>
      client.log(request, new Metadata(), options, () => resolve()),
    );
  }
}

/**
 * Connects to the engine in order to notice its end: it ends its plugins, but can't if it is killed.
 * A connection of TCP alone wouldn't do, as the engine closes those that stay silent.
 *
 * @returns A promise that resolves when the connection is lost; nothing if no engine answers.
 */
export async function connectionTo(
  address: string,
): Promise<{ readonly lost: Promise<void> } | undefined> {
  const { connectivityState } = await import("@grpc/grpc-js");
  const client = await clientOf(address);
  const deadline = Date.now() + connectSeconds * 1000;
  const error = await new Promise((resolve) => client.waitForReady(deadline, resolve));
  if (error) return undefined;
  const watch = (notice: () => void) =>
    client
      .getChannel()
      .watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, notice);
  return { lost: new Promise(watch) };
}

async function clientOf(address: string): Promise<EngineClient> {
  const { credentials } = await import("@grpc/grpc-js");
  const { EngineClient } = await import("@pulumi/pulumi/proto/engine_grpc_pb.js");
  return new EngineClient(address, credentials.createInsecure(), options);
}
