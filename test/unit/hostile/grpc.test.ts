/** Calls that the engine, or any process that can reach the plugin's port, may make over gRPC. */
import { type ServiceError, status } from "@grpc/grpc-js";
import { beforeEach, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { keys, messageOf } from "../fixture.ts";
import { connectionId, type Plugin, startPlugin } from "../plugin/fixture.ts";

const datadog = useFakeDatadog();
let fake: FakeDatadog;
let plugin: Plugin;

beforeEach(async () => {
  fake = datadog();
  plugin = await startPlugin({ apiUrl: fake.url, ...keys, maxRetries: 0 });
});

const good = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const recorded = {
  ...good,
  sourceOrgId: orgs.payments.id,
  createdAt: "2026-11-28T10:00:00Z",
};
const huge = "x".repeat(1_000_000);
const control = "a\r\u001b[2J\u202e";

/** Text that a terminal and gRPC can take. */
const harmless = /^[\P{Cc}\n]{1,4100}$/u;

/** Nothing was sent to Datadog, and the plugin still answers. */
async function expectUnharmed(): Promise<void> {
  expect(fake.requestLines).toEqual([]);
  expect(await plugin.check(good)).toMatchObject({ failures: [] });
}

it.each(["check", "diff", "create", "read", "update", "delete"] as const)(
  "%s refuses another type of resource",
  async (call) => {
    const urns = [
      "",
      "x",
      "urn:pulumi:test::test::datadog:index:OrgConnection::to-hub",
      `urn:pulumi:test::test::${huge}::to-hub`,
      `urn:pulumi:test::test::${control}::to-hub`,
    ];
    for (const of of urns) {
      const message = await messageOf(plugin[call](recorded, { of }));
      expect(message).toMatch(/^there is no resource type "/);
      expect(message).toMatch(harmless);
    }
    await expectUnharmed();
  },
);

it.each(["read", "update", "delete"] as const)("%s refuses what isn't an id", async (call) => {
  const paths = ["", ".", "..", "../users", "/", `${connectionId}/..`, `${connectionId}?x=`];
  for (const id of [...paths, "%2e%2e", "a\r\nb", huge]) {
    const news = { ...recorded, connectionTypes: ["audit"] };
    const message = await messageOf(plugin[call](recorded, { id, news }));
    expect(message).toMatch(/: the id isn't a UUID\. | … \(cut\)$/);
    expect(message).toMatch(harmless);
  }
  await expectUnharmed();
});

it.each(["create", "diff", "read", "update", "delete"] as const)(
  "%s refuses a property of a wrong type",
  async (call) => {
    for (const wrong of [
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
    ]) {
      const [name] = Object.keys(wrong);
      expect(await messageOf(plugin[call]({ ...recorded, ...wrong }))).toMatch(
        new RegExp(
          `^the property ${name} of the org connection must be a (string|boolean|list of .*)\\.`,
        ),
      );
    }
    await expectUnharmed();
  },
);

it.each(["constructor", "toString", control, huge])(
  "%.20s is named as a property, setting, argument or function that doesn't exist",
  async (name) => {
    const secret = { [name]: { apiKey: keys.apiKey } };
    for (const { failures } of [
      await plugin.check({ ...good, ...secret }),
      await plugin.checkConfig(secret),
      await plugin.invoke(secret),
    ]) {
      expect(failures).toEqual([
        {
          property: expect.stringMatching(/^.{0,4100}$/),
          reason: expect.stringMatching(/no such (property|setting|argument)| … \(cut\)$/),
        },
      ]);
      expect(JSON.stringify(failures)).not.toContain(keys.apiKey);
      expect(failures[0]?.reason).toMatch(harmless);
    }
    const message = await messageOf(plugin.invoke({}, name));
    expect(message).toMatch(/^there is no function ".*/);
    expect(message).toMatch(harmless);
    await expectUnharmed();
  },
);

it("an argument of a wrong type is refused without its value, which may be a key", async () => {
  const { failures } = await plugin.invoke({ sinkOrgId: { key: keys.apiKey }, profile: 7 });
  const reason = "it isn't a string.";
  expect(failures).toEqual([
    { property: "profile", reason },
    { property: "sinkOrgId", reason },
  ]);
  await expectUnharmed();
});

it("keys that Datadog repeats in a refusal of 100,000 characters are in no error", async () => {
  const detail = `${keys.apiKey} ${keys.appKey} `.repeat(1000);
  const body = JSON.stringify({ errors: [detail] });
  fake.fault({ kind: "status", method: "POST", status: 400, body });
  const message = await messageOf(plugin.create(good));
  expect(message).toMatch(harmless);
  for (const key of [keys.apiKey, keys.appKey]) expect(message).not.toContain(key);
});

it("a message that isn't one of gRPC's is refused, and the plugin goes on", async () => {
  const error = await new Promise<ServiceError | null>((resolve) => {
    plugin.client.makeUnaryRequest(
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
