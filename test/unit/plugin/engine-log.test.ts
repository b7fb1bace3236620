import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { connectionTo, EngineLog } from "../../../plugin/engine-log.ts";
import type { Severity } from "../../../provider/provider.ts";

const urn = "urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::one";

let engine: Server;
let address: string;
let received: LogRequest.AsObject[];
let calls: number;

beforeEach(async () => {
  received = [];
  calls = 0;
  engine = new Server();
  engine.addService(EngineService, {
    log({ request }: ServerUnaryCall<LogRequest, Empty>, respond: sendUnaryData<Empty>) {
      // The first takes longest: what doesn't wait for it overtakes it.
      const delay = Math.max(0, 30 - 10 * calls++);
      setTimeout(() => {
        received.push(request.toObject());
        respond(null, new Empty());
      }, delay);
    },
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

it.each<[Severity, LogSeverity]>([
  ["info", LogSeverity.INFO],
  ["warning", LogSeverity.WARNING],
])("shows a message as %s, at its resource", async (severity, expected) => {
  await new EngineLog(address).log(severity, "Rate limited; retrying in 12 s", urn);
  expect(received).toEqual([
    expect.objectContaining({ severity: expected, message: "Rate limited; retrying in 12 s", urn }),
  ]);
});

it("sends messages in the order of the calls", async () => {
  const log = new EngineLog(address);
  await Promise.all(["one", "two", "three"].map((message) => log.log("info", message)));
  expect(received.map(({ message }) => message)).toEqual(["one", "two", "three"]);
});

it("reaches the engine without the proxy of the environment", async () => {
  vi.stubEnv("http_proxy", "http://127.0.0.1:1");
  vi.stubEnv("https_proxy", "http://127.0.0.1:1");
  vi.stubEnv("grpc_proxy", "http://127.0.0.1:1");
  await new EngineLog(address).log("info", "one");
  expect(received).toHaveLength(1);
});

it("goes on without an engine", async () => {
  engine.forceShutdown();
  const log = new EngineLog(address);
  await Promise.all([log.log("info", "one"), log.log("info", "two")]);
  expect(received).toEqual([]);
});

it("shows what follows a message that the engine refused", async () => {
  engine.removeService(EngineService);
  const log = new EngineLog(address);
  await log.log("info", "one");
  engine.addService(EngineService, {
    log({ request }: ServerUnaryCall<LogRequest, Empty>, respond: sendUnaryData<Empty>) {
      received.push(request.toObject());
      respond(null, new Empty());
    },
  });
  await log.log("info", "two \ud83d");
  expect(received.map(({ message }) => message)).toEqual(["two \ufffd"]);
});

it("cuts a long message", async () => {
  await new EngineLog(address).log("warning", "x".repeat(100_000));
  expect(received.map(({ message }) => message)).toEqual([`${"x".repeat(4000)} … (cut)`]);
});

it("notices that the engine has ended, and not before", async () => {
  const connection = await connectionTo(address);
  const lost = connection?.lost.then(() => "lost");
  await new EngineLog(address).log("info", "one");
  expect(await Promise.race([lost, "connected"])).toBe("connected");
  engine.forceShutdown();
  expect(await lost).toBe("lost");
});
