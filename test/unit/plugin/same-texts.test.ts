import * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { describe, expect, it } from "vitest";
import { ProviderService } from "../../../plugin/service.ts";
import type { CheckFailure } from "../../../provider/inputs.ts";
import { handler } from "../../../sdk/dynamic-provider.ts";
import { providerText } from "../../../sdk/provider-text.ts";
import { orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, type Values } from "../fixture.ts";

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
