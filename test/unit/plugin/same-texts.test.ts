import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, it } from "vitest";
import { ProviderService } from "../../../plugin/service.ts";
import type { CheckFailure } from "../../../provider/inputs.ts";
import { handler } from "../../../sdk/dynamic-provider.ts";
import { providerText } from "../../../sdk/provider-text.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, type Values } from "../fixture.ts";

const running = useFakeDatadog();

const sinkOrgId = orgs.hub.id;
const good = { sinkOrgId, connectionTypes: ["logs"] };
const urn = "urn:pulumi:test::test::datadog-org-connections:index:OrgConnection::hub";
const struct = (properties: object) => Struct.fromJavaScript({ ...properties });
const namespace = "datadog-org-connections:";

/** The dynamic provider, called as its host does it. */
async function dynamicProvider(config: Values) {
  const provider = handler();
  const get = (key: string) => config[key];
  await provider.configure?.({ config: { get, require: (key) => get(key) ?? "" } });
  return provider;
}

/** The plugin's service, called as the engine does it. */
async function plugin(config: Values): Promise<ProviderService> {
  const service = new ProviderService({ log: async () => {} });
  const own = Object.entries(config).map(([key, value]) => [key.replace(namespace, ""), value]);
  const args = struct(Object.fromEntries(own));
  await service.configure(new rpc.ConfigureRequest().setArgs(args));
  return service;
}

describe("bad input has the same text with both providers:", () => {
  async function failuresByWay(args: object, changes: Values): Promise<CheckFailure[][]> {
    const config = { ...configOf(running()), ...changes };
    const provider = await dynamicProvider(config);
    const news = { __provider: providerText, ...args };
    const checked = await provider.check?.({}, news);
    const request = new rpc.CheckRequest().setUrn(urn).setNews(struct(args));
    const response = await (await plugin(config)).check(request);
    return [
      checked?.failures ?? [],
      response.getFailuresList().map((failure) => failure.toObject()),
    ];
  }

  it.each<[string, object, Values?]>([
    ["a sink that isn't a UUID", { ...good, sinkOrgId: "hub" }],
    ["a property that doesn't exist", { ...good, sink: "hub" }],
    ["a profile that doesn't exist", { ...good, profile: "shpo" }],
    ["several at once", { sinkOrgId: "hub", connectionTypes: [""], profile: "shpo" }],
    ["no credentials", good, { [`${namespace}apiKey`]: "", [`${namespace}appKey`]: "" }],
    ["a setting out of range", good, { [`${namespace}timeoutSeconds`]: "0" }],
  ])("%s", async (_what, args, changes = {}) => {
    const [byDynamicProvider, byPlugin] = await failuresByWay(args, changes);
    expect(byDynamicProvider).not.toEqual([]);
    expect(byPlugin).toEqual(byDynamicProvider);
  });
});

describe("what Datadog refuses has the same text with both providers:", () => {
  const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
  const changed = { ...good, connectionTypes: ["audit"] };
  type Operation = "create" | "read" | "update" | "delete";

  async function messagesByWay(operation: Operation, fake: FakeDatadog): Promise<string[]> {
    const config = { ...configOf(fake), [`${namespace}maxRetries`]: "0" };
    const provider = await dynamicProvider(config);
    const service = await plugin(config);
    const [olds, news] = [struct(good), struct(changed)];
    const calls: Record<Operation, (() => Promise<unknown> | undefined)[]> = {
      create: [
        () => provider.create(good),
        () => service.create(new rpc.CreateRequest().setUrn(urn).setProperties(olds)),
      ],
      read: [
        () => provider.read?.(id, good),
        () => service.read(new rpc.ReadRequest().setUrn(urn).setId(id).setProperties(olds)),
      ],
      update: [
        () => provider.update?.(id, good, changed),
        () =>
          service.update(new rpc.UpdateRequest().setUrn(urn).setId(id).setOlds(olds).setNews(news)),
      ],
      delete: [
        () => provider.delete?.(id, good),
        () => service.delete(new rpc.DeleteRequest().setUrn(urn).setId(id).setProperties(olds)),
      ],
    };
    return Promise.all(
      calls[operation].map(async (call) => messageOf(call() ?? Promise.resolve())),
    );
  }

  it.each<Operation>(["create", "read", "update", "delete"])("%s", async (operation) => {
    const fake = running();
    fake.connect({ id, source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    for (const status of [400, 401, 403, 404, 409]) {
      const body = JSON.stringify({ errors: ["no"] });
      fake.fault({ kind: "status", status, body, path: "org_connections", times: 99 });
      const [byDynamicProvider, byPlugin] = await messagesByWay(operation, fake);
      expect(byDynamicProvider, String(status)).toMatch(/^Cannot /);
      expect(byPlugin, String(status)).toBe(byDynamicProvider);
      fake.clearFaults();
    }
  });
});
