import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { Severity } from "../provider/provider";

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
   * Shows a message, after those that came before it. Never fails: without the message, an operation
   * is still what it is.
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
      .setMessage(message.toWellFormed()) // protobuf can't encode half of a surrogate pair
      .setUrn(urn);
    this.#client ??= await connect(this.#address);
    const client = this.#client;
    await new Promise<void>((resolve) => client.log(request, () => resolve()));
  }
}

async function connect(address: string): Promise<EngineClient> {
  const { credentials } = await import("@grpc/grpc-js");
  const { EngineClient } = await import("@pulumi/pulumi/proto/engine_grpc_pb.js");
  // The engine is on this machine: a proxy couldn't reach it.
  const options = { "grpc.enable_http_proxy": 0 };
  return new EngineClient(address, credentials.createInsecure(), options);
}
