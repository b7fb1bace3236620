import { setTimeout as sleep } from "node:timers/promises";
import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { beforeEach, expect, it } from "vitest";
import { ProviderService } from "../../../plugin/service.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { messageOf } from "../fixture.ts";

const { payments, hub, shop, data } = orgs;
const running = useFakeDatadog();
let fake: FakeDatadog;
let service: ProviderService;
let firstWarning: Promise<unknown>;

const urnOf = (name: string) =>
  `urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::${name}`;

beforeEach(async () => {
  fake = running();
  const warned = Promise.withResolvers<unknown>();
  firstWarning = warned.promise;
  const log = { log: async (...message: unknown[]) => warned.resolve(message) };
  service = new ProviderService(log);
  const { apiKey, appKey } = payments;
  const args = Struct.fromJavaScript({ apiUrl: fake.url, apiKey, appKey });
  await service.configure(new rpc.ConfigureRequest().setArgs(args));
});

function create(name: string, sink: { readonly id: string } = hub, timeoutSeconds = 0) {
  const inputs = { sinkOrgId: sink.id, connectionTypes: ["logs"] };
  const request = new rpc.CreateRequest()
    .setUrn(urnOf(name))
    .setTimeout(timeoutSeconds)
    .setProperties(Struct.fromJavaScript(inputs));
  return service.create(request);
}

const rateLimited = { kind: "status", status: 429, headers: { "retry-after": "60" } } as const;
const interrupted =
  "the operation was canceled, or its time is over. Nothing was changed. Run the operation again, or " +
  "allow it more time.";

it("a warning is shown at the resource that waits", async () => {
  fake.fault(rateLimited);
  const creation = messageOf(create("waiting"));
  expect(await firstWarning).toEqual([
    "warning",
    "Rate limited by Datadog; retrying in 60 s",
    urnOf("waiting"),
  ]);
  await service.cancel();
  await creation;
});

it("a cancel ends every wait at once, and nothing more is sent", async () => {
  const sinks = [hub, shop, data];
  for (const _ of sinks) fake.fault(rateLimited);
  const creations = sinks.map((sink) => messageOf(create("waiting", sink)));
  await firstWarning;
  await service.cancel();
  for (const message of await Promise.all(creations)) {
    expect(message).toMatch(/429 Too Many Requests|the operation was canceled/);
  }
  const sent = fake.requests.length;
  expect(await messageOf(create("later"))).toContain(interrupted);
  expect(fake.requests).toHaveLength(sent);
  expect(fake.connections).toEqual([]);
});

it("a cancel ends the retries of what may have been done, and the message says so", async () => {
  for (let attempt = 0; attempt < 9; attempt += 1) {
    fake.fault({ kind: "status", status: 503, body: "", headers: { "retry-after": "60" } });
  }
  const creation = messageOf(create("waiting"));
  await firstWarning;
  await service.cancel();
  expect(await creation).toContain("It isn't known whether the connection was created.");
});

it("a custom timeout ends a wait that would be longer, before it begins", async () => {
  fake.fault(rateLimited);
  expect(await messageOf(create("hasty", hub, 5))).toContain(interrupted);
  expect(fake.requests).toHaveLength(1);
});

it("a custom timeout ends retries", async () => {
  fake.fault({ kind: "status", status: 503, body: "", times: 9 });
  fake.beforeApply = () => sleep(1100); // the answer comes when the time of the operation is over
  expect(await messageOf(create("hasty", hub, 1))).toContain("503");
  expect(fake.requests).toHaveLength(1);
});
