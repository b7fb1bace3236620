import { connectivityState, credentials, Metadata } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "../provider/provider";
import { bounded } from "./values";

/**
 * Shows a message about a resource or the stack, after those that came before it. Resolves when the
 * engine has it or can't be reached: a lost message must not fail the operation.
 */
export type Log = (severity: Severity, message: string, urn?: string) => Promise<void>;

/** Shows messages through the engine at this address, `host:port`. Connects with the first message. */
export function engineLog(address: string): Log {
  let client: EngineClient | undefined;
  let sent = Promise.resolve();
  return (severity, message, urn = "") => {
    const request = new LogRequest()
      .setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO)
      .setMessage(bounded(message))
      .setUrn(urn);
    const send = (done: () => void) => {
      client ??= clientOf(address);
      client.log(request, new Metadata(), { deadline: inTenSeconds() }, () => done());
    };
    sent = sent.then(() => new Promise<void>(send)).catch(() => undefined);
    return sent;
  };
}

/**
 * Waits for the end of the engine: it ends its plugins, but can't if it is killed. A connection of
 * TCP alone wouldn't do, as the engine closes those that stay silent.
 *
 * @returns When the connection is lost: true; or false if no engine answers.
 */
export async function engineEnded(address: string): Promise<boolean> {
  const client = clientOf(address);
  const error = await new Promise((resolve) => client.waitForReady(inTenSeconds(), resolve));
  if (error) return false;
  const { READY } = connectivityState;
  return new Promise((resolve) =>
    client
      .getChannel()
      .watchConnectivityState(READY, Number.POSITIVE_INFINITY, () => resolve(true)),
  );
}

function clientOf(address: string): EngineClient {
  return new EngineClient(address, credentials.createInsecure(), {
    // The engine is on this machine: a proxy couldn't reach it.
    "grpc.enable_http_proxy": 0,
    // A connection that is closed because nothing was sent looks like an engine that has ended.
    "grpc.client_idle_timeout_ms": 2 ** 31 - 1,
  });
}

/** How long the engine may take to answer: it was there before this process. */
function inTenSeconds(): number {
  return Date.now() + 10_000;
}
