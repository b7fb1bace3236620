import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { beforeEach, describe, expect, it } from "vitest";
import { ProviderService } from "../../../plugin/service.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { connectionLines, inputsTo, keys, messageOf } from "../fixture.ts";

const { data, hub, payments, security, shop } = orgs;
const running = useFakeDatadog();
let fake: FakeDatadog;
let service: ProviderService;
let firstWarning: Promise<unknown>;

const urnOf = (name: string) =>
  `urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::${name}`;

beforeEach(async () => {
  fake = running();
  await configure(keys);
});

async function configure(settings: object): Promise<void> {
  const warned = Promise.withResolvers<unknown>();
  firstWarning = warned.promise;
  service = new ProviderService({ log: async (...message) => warned.resolve(message) });
  const args = Struct.fromJavaScript({ apiUrl: fake.url, ...settings });
  await service.configure(new rpc.ConfigureRequest().setArgs(args));
}

function create(name: string, changes: object = {}, timeoutSeconds = 0) {
  const request = new rpc.CreateRequest()
    .setUrn(urnOf(name))
    .setTimeout(timeoutSeconds)
    .setProperties(Struct.fromJavaScript({ ...inputsTo(hub), ...changes }));
  return service.create(request);
}

const rateLimited = (retryAfter: string) =>
  ({ kind: "status", status: 429, headers: { "retry-after": retryAfter } }) as const;
const interrupted =
  "the operation was canceled, or its time is over. This request wasn't sent. Run the operation again, " +
  "or allow it more time.";

it("a warning is shown at the resource that waits", async () => {
  fake.fault({ ...rateLimited("60"), method: "POST" });
  const creation = messageOf(create("waiting"));
  expect(await firstWarning).toEqual([
    "warning",
    "Rate limited by Datadog; retrying in 60 s",
    urnOf("waiting"),
  ]);
  await service.cancel();
  await creation;
});

describe("a cancel", () => {
  it("ends every wait at once, and nothing more is sent", async () => {
    fake.fault({ ...rateLimited("60"), method: "POST", times: 3 });
    const creations = [hub, shop, data].map(({ id }) => messageOf(create(id, { sinkOrgId: id })));
    await firstWarning;
    await service.cancel();
    for (const message of await Promise.all(creations)) {
      expect(message).toMatch(/429 Too Many Requests|the operation was canceled/);
    }
    const sent = connectionLines(fake).length;
    expect(await messageOf(create("later"))).toContain(interrupted);
    expect(connectionLines(fake)).toHaveLength(sent);
    expect(fake.connections).toEqual([]);
  });

  it("ends the retries of what may have been done, and the message says so", async () => {
    const unavailable = { status: 503, body: "", headers: { "retry-after": "60" } };
    fake.fault({ kind: "status", ...unavailable, path: "org_connections", times: 9 });
    const creation = messageOf(create("waiting"));
    await firstWarning;
    await service.cancel();
    expect(await creation).toContain("It isn't known whether the connection was created.");
  });

  it("doesn't end the deletion of what was created for the wrong org", async () => {
    fake.addCredentials(payments, { token: "ddsat_1" }, "write", { identifies: false });
    await configure({ bearerToken: "ddsat_1", orgId: security.id });
    fake.beforeAnswer = async ({ method }) => {
      if (method === "POST") await service.cancel();
    };
    expect(await messageOf(create("wrong"))).toContain("It was deleted again.");
    expect(connectionLines(fake)).toEqual(["POST 200", "DELETE 200"]);
    expect(fake.connections).toEqual([]);
  });
});

describe("a custom timeout", () => {
  it("ends a wait that would be longer, before it begins", async () => {
    fake.fault({ ...rateLimited("60"), method: "POST" });
    expect(await messageOf(create("hasty", {}, 5))).toContain(interrupted);
    expect(connectionLines(fake)).toEqual(["POST 429"]);
  });

  it("ends retries", async () => {
    fake.fault({
      kind: "status",
      status: 503,
      body: "",
      headers: { "retry-after": "60" },
      path: "org_connections",
      times: 9,
    });
    expect(await messageOf(create("hasty", {}, 5))).toContain("503");
    expect(connectionLines(fake)).toEqual(["POST 503"]);
  });

  it("ends no list that others wait for too", async () => {
    const sinks = [hub, shop, data];
    const ids = sinks.map((sink) => fake.connect({ source: payments, sink, types: ["logs"] }).id);
    fake.fault({ ...rateLimited("0.5"), path: "limit" });
    const [hasty, ...others] = sinks.map(({ id }, index) =>
      messageOf(create(id, { sinkOrgId: id, importId: ids[index] }, index === 0 ? 0.1 : 0)),
    );
    expect(await hasty).toContain(interrupted);
    for (const message of await Promise.all(others)) expect(message).toBe("nothing was thrown");
  });
});
