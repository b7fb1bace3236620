/** What an engine, or whoever else can reach the plugin's port, may send; over gRPC. */
import { createServer } from "node:net";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { afterEach, beforeEach, expect, it } from "vitest";
import { providerServer } from "../../../plugin/server.ts";
import { ProviderService } from "../../../plugin/service.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";

const { hub, payments } = orgs;
const running = useFakeDatadog();
let fake: FakeDatadog;
let client: ResourceProviderClient;
let end: () => void;

beforeEach(async () => {
  fake = running();
  const service = new ProviderService({ log: async () => {} });
  const injector = providerServer(() => service, "127.0.0.1:40030");
  const listener = createServer((socket) => injector.injectConnection(socket));
  const port = await new Promise<number>((resolve) => {
    listener.listen(0, "127.0.0.1", () => resolve(Object(listener.address()).port));
  });
  client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  end = () => {
    client.close();
    listener.close();
  };
  const { apiKey, appKey } = payments;
  await configure({ apiUrl: fake.url, apiKey, appKey, maxRetries: 0 });
});

afterEach(() => end());

const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const urn = "urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::to-hub";
const good = { sinkOrgId: hub.id, connectionTypes: ["logs"] };
const recorded = { ...good, sourceOrgId: payments.id, createdAt: "2026-11-28T10:00:00Z" };
const huge = "x".repeat(1_000_000);
const struct = (properties: object) => Struct.fromJavaScript({ ...properties });

/** What a call answers: its response as an object, or the message of its error. */
function answer<T extends { toObject(): object }>(
  send: (done: (error: ServiceError | null, response?: T) => void) => unknown,
): Promise<object | string> {
  return new Promise((resolve) => {
    send((error, response) => resolve(error ? error.details : (response?.toObject() ?? {})));
  });
}

function configure(args: object) {
  const request = new rpc.ConfigureRequest().setArgs(struct(args));
  return answer((done) => client.configure(request, done));
}

const calls = {
  check: (news: object, of = urn) => {
    const request = new rpc.CheckRequest().setUrn(of).setNews(struct(news));
    return answer((done) => client.check(request, done));
  },
  diff: (olds: object, of = urn, ofId = id) => {
    const request = new rpc.DiffRequest().setUrn(of).setId(ofId).setOlds(struct(olds));
    return answer((done) => client.diff(request.setNews(struct(good)), done));
  },
  create: (inputs: object, of = urn) => {
    const request = new rpc.CreateRequest().setUrn(of).setProperties(struct(inputs));
    return answer((done) => client.create(request, done));
  },
  read: (olds: object, of = urn, ofId = id) => {
    const request = new rpc.ReadRequest().setUrn(of).setId(ofId).setProperties(struct(olds));
    return answer((done) => client.read(request, done));
  },
  update: (olds: object, of = urn, ofId = id) => {
    const request = new rpc.UpdateRequest().setUrn(of).setId(ofId).setOlds(struct(olds));
    const news = struct({ ...good, connectionTypes: ["audit"] });
    return answer((done) => client.update(request.setNews(news), done));
  },
  delete: (olds: object, of = urn, ofId = id) => {
    const request = new rpc.DeleteRequest().setUrn(of).setId(ofId).setProperties(struct(olds));
    return answer((done) => client.delete(request, done));
  },
};

type Call = keyof typeof calls;

/** Nothing was sent to Datadog, and the plugin still answers. */
async function expectUnharmed(): Promise<void> {
  expect(fake.requestLines).toEqual([]);
  expect(await calls.check(good)).toMatchObject({ failuresList: [] });
}

/** Text that a terminal and gRPC can take. */
const harmless = /^[\P{Cc}\n]{1,4100}$/u;

const allCalls: readonly Call[] = ["check", "diff", "create", "read", "update", "delete"];
const urns = [
  "",
  "x",
  "urn:pulumi:test::test::datadog:index:OrgConnection::to-hub",
  `urn:pulumi:test::test::${huge}::to-hub`,
  "urn:pulumi:test::test::a\r\u001b[2J\u202e::to-hub",
];

it.each(allCalls.flatMap((call) => urns.map((of) => [call, of.slice(0, 60), of] as const)))(
  "%s refuses the resource %j",
  async (call, _, of) => {
    const message = await calls[call](recorded, of);
    expect(message).toMatch(/^there is no resource type "/);
    expect(message).toMatch(harmless);
    await expectUnharmed();
  },
);

it.each(
  (["read", "update", "delete"] as const).flatMap((call) =>
    ["", ".", "..", "../users", "/", "a\r\nb", `${id}/..`, `${id}?x=`, "%2e%2e", huge].map(
      (ofId) => [call, ofId.slice(0, 60), ofId] as const,
    ),
  ),
)("%s refuses the id %j", async (call, _, ofId) => {
  const message = await calls[call](recorded, urn, ofId);
  expect(message).toMatch(/: the id isn't a UUID\. | … \(cut\)$/);
  expect(message).toMatch(harmless);
  await expectUnharmed();
});

it.each(
  (["create", "diff", "read", "update", "delete"] as const).flatMap((call) =>
    [
      { sinkOrgId: 7 },
      { sinkOrgId: { toLowerCase: "x" } },
      { connectionTypes: "logs" },
      { connectionTypes: { 0: "logs", length: 1 } },
      { connectionTypes: ["logs", 7] },
      { profile: { a: 1 } },
      { profile: [] },
      { sourceOrgId: true },
      { createdAt: 0 },
      { adoptExisting: "yes" },
    ].map((wrong) => [call, wrong] as const),
  ),
)("%s refuses the property %j", async (call, wrong) => {
  const [name] = Object.keys(wrong);
  expect(await calls[call]({ ...recorded, ...wrong })).toMatch(
    new RegExp(
      `^the property ${name} of the org connection must be a (string|boolean|list of .*)\\.`,
    ),
  );
  await expectUnharmed();
});

it.each(["constructor", "toString", "a\r\u001b[2J", huge])(
  "the property %.20s is named as one that doesn't exist",
  async (name) => {
    const properties = Object.fromEntries([...Object.entries(good), [name, { sinkOrgId: "x" }]]);
    const checked = await calls.check(properties);
    expect(checked).toMatchObject({
      failuresList: [{ reason: expect.stringMatching(/no such| … \(cut\)$/) }],
    });
    const [{ reason }] = Object(checked).failuresList;
    expect(reason).toMatch(harmless);
    await expectUnharmed();
  },
);

it.each(["constructor", "a\r\u001b[2J", huge])(
  "the setting %.20s is named as one that doesn't exist",
  async (name) => {
    const settings = Object.fromEntries([[name, { apiKey: payments.apiKey }]]);
    const request = new rpc.CheckRequest().setNews(struct(settings));
    const checked = await answer((done) => client.checkConfig(request, done));
    expect(checked).toMatchObject({
      failuresList: [{ reason: expect.stringMatching(/no such| … \(cut\)$/) }],
    });
    const [{ reason }] = Object(checked).failuresList;
    expect(reason).not.toContain(payments.apiKey);
    expect(reason).toMatch(harmless);
    await expectUnharmed();
  },
);

it.each(["", "datadog:index:getOrgConnections", "a\r\u001b[2J", huge])(
  "there is no function %.20s",
  async (token) => {
    const request = new rpc.InvokeRequest().setTok(token);
    const message = await answer((done) => client.invoke(request, done));
    expect(message).toMatch(/^there is no function ".*/);
    expect(message).toMatch(harmless);
    await expectUnharmed();
  },
);

it("an argument of a wrong type is refused without its value, which may be a key", async () => {
  const request = new rpc.InvokeRequest()
    .setTok("datadog-org-connections:index:getOrgConnections")
    .setArgs(struct({ sinkOrgId: { key: payments.apiKey }, profile: 7, [huge]: 1 }));
  const result = await answer((done) => client.invoke(request, done));
  expect(JSON.stringify(result)).not.toContain(payments.apiKey);
  const failures: rpc.CheckFailure.AsObject[] = Object(result).failuresList;
  expect(failures).toHaveLength(3);
  for (const { property, reason } of failures)
    expect(`${property} ${reason}`.length).toBeLessThan(9000);
  await expectUnharmed();
});

it("keys that Datadog repeats in a refusal of 100,000 characters are in no error", async () => {
  const { apiKey, appKey } = payments;
  const detail = `${apiKey} ${appKey} `.repeat(1000);
  fake.fault({
    kind: "status",
    method: "POST",
    status: 400,
    body: JSON.stringify({ errors: [detail] }),
  });
  const message = await calls.create(good);
  expect(message).toMatch(harmless);
  for (const key of [apiKey, appKey]) expect(message).not.toContain(key);
});

it("a message that isn't one of gRPC's is refused, and the plugin goes on", async () => {
  const error = await new Promise<ServiceError | null>((resolve) => {
    client.makeUnaryRequest(
      "/pulumirpc.ResourceProvider/Check",
      () => Buffer.from("ff".repeat(20), "hex"),
      () => ({}),
      {},
      resolve,
    );
  });
  expect(error?.code).toBe(status.INTERNAL);
  await expectUnharmed();
});
