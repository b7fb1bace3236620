import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { engineEnded, engineLog } from "../../../plugin/engine-log.ts";

const urn = "urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::one";

let engine: Server;
let address: string;
let received: LogRequest.AsObject[];
let calls: number;

function receive(
  { request }: ServerUnaryCall<LogRequest, Empty>,
  respond: sendUnaryData<Empty>,
): void {
  received.push(request.toObject());
  respond(null, new Empty());
}

beforeEach(async () => {
  received = [];
  calls = 0;
  engine = new Server();
  engine.addService(EngineService, {
    // The first takes longest: what doesn't wait for it overtakes it.
    log: (...call: Parameters<typeof receive>) =>
      setTimeout(() => receive(...call), Math.max(0, 30 - 10 * calls++)),
  });
  address = await new Promise((resolve, reject) => {
    engine.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
});

afterEach(() => {
  engine.forceShutdown();
  vi.unstubAllEnvs();
});

it("shows messages with their severity, at their resource, in the order of the calls", async () => {
  const log = engineLog(address);
  await Promise.all([log("warning", "one", urn), log("info", "two", urn), log("info", "three")]);
  const { INFO, WARNING } = LogSeverity;
  expect(received).toMatchObject([
    { severity: WARNING, message: "one", urn },
    { severity: INFO, message: "two", urn },
    { severity: INFO, message: "three", urn: "" },
  ]);
});

it("reaches the engine without the proxy of the environment", async () => {
  vi.stubEnv("http_proxy", "http://127.0.0.1:1");
  vi.stubEnv("https_proxy", "http://127.0.0.1:1");
  vi.stubEnv("grpc_proxy", "http://127.0.0.1:1");
  await engineLog(address)("info", "one");
  expect(received).toHaveLength(1);
});

it("goes on without an engine", async () => {
  engine.forceShutdown();
  for (const log of [engineLog(address), engineLog("")]) {
    await Promise.all([log("info", "one"), log("info", "two")]);
  }
  expect(received).toEqual([]);
});

it("shows what follows a message that the engine refused, cut if it is long", async () => {
  engine.removeService(EngineService);
  const log = engineLog(address);
  await log("info", "one");
  engine.addService(EngineService, { log: receive });
  await log("info", `\ud83d${"x".repeat(100_000)}`);
  const shown = ` ${"x".repeat(3999)} … (cut)`;
  expect(received.map(({ message }) => message)).toEqual([shown]);
});

it("notices that the engine has ended, and not before", async () => {
  const ended = engineEnded(address);
  await engineLog(address)("info", "one");
  expect(await Promise.race([ended, "not yet"])).toBe("not yet");
  engine.forceShutdown();
  expect(await ended).toBe(true);
});
