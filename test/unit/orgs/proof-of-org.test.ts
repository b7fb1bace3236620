import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { messageOf, namespace, newProvider } from "../fixture.ts";

const { payments, shop, hub, data, security } = orgs;
const running = useFakeDatadog();
let fake: FakeDatadog;

const id = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";
const token = { bearerToken: "ddsat_1" };
const keys = { apiKey: payments.apiKey, appKey: payments.appKey };
const recorded = {
  sinkOrgId: hub.id,
  connectionTypes: ["logs"],
  sourceOrgId: payments.id,
};

beforeEach(() => {
  fake = running();
  fake.addCredentials(payments, { token: token.bearerToken });
});

function newOne(settings: Record<string, string>): ReturnType<typeof newProvider> {
  const prefixed = Object.entries(settings).map(([key, value]) => [`${namespace}:${key}`, value]);
  return newProvider({ [`${namespace}:apiUrl`]: fake.url, ...Object.fromEntries(prefixed) });
}

/** What read and delete say of a connection that isn't listed. */
async function outcomes(settings: Record<string, string>, props: object = recorded) {
  return [
    await messageOf(newOne(settings).read(id, props)),
    await messageOf(newOne(settings).delete(id, props)),
  ].map((message) => message.replace(/^Cannot \w+ the org connection \S+: /, ""));
}

const connect = (source: { id: string }, sink: { id: string }) =>
  fake.connect({ source, sink, types: ["logs"] });

const gone = ["nothing was thrown", "nothing was thrown"];
const both = (message: string) => [message, message];
const unproved = both(
  "the connection isn't listed, but it can't be verified that the credentials belong to its source org, so it " +
    "may still exist. Use an API key and an application key, or set orgId to the UUID of the " +
    "token's org.",
);

describe("a connection that isn't listed is gone", () => {
  it.each([
    ["for the keys of its source", recorded],
    ["for the keys of its sink", { ...recorded, sourceOrgId: shop.id, sinkOrgId: payments.id }],
  ])("%s", async (_who, props) => {
    expect(await outcomes(keys, props)).toEqual(gone);
  });

  it("for a token whose list shows that it belongs to the source", async () => {
    connect(payments, shop);
    connect(data, payments);
    expect(await outcomes(token)).toEqual(gone);
  });

  it("for a token whose list shows that it belongs to the source or to the sink", async () => {
    connect(hub, payments);
    expect(await outcomes(token)).toEqual(gone);
  });

  it("for a token that belongs to the source by the setting orgId", async () => {
    expect(await outcomes({ ...token, orgId: payments.id.toUpperCase() })).toEqual(gone);
  });

  it("if the state doesn't name the source, and orgId says whose the credentials are", async () => {
    const { sourceOrgId, ...unnamed } = recorded;
    expect(await outcomes({ ...keys, orgId: payments.id }, unnamed)).toEqual(gone);
  });
});

describe("a connection that isn't listed may still exist", () => {
  it("for the keys of an org that takes no part", async () => {
    const others = { ...recorded, sourceOrgId: shop.id };
    expect(await outcomes(keys, others)).toEqual(
      both(
        `the credentials belong to the org ${payments.id}, but the connection is between ${shop.id} (source) ` +
          `and ${hub.id} (sink), so it may still exist. Set the credentials of the source org.`,
      ),
    );
  });

  it("for a token whose list shows that it belongs to another org", async () => {
    fake.addCredentials(shop, { token: "ddsat_2" });
    connect(shop, data);
    connect(security, shop);
    const [read] = await outcomes({ bearerToken: "ddsat_2" });
    expect(read).toContain(
      `the credentials belong to the org ${shop.id}, but the connection is between`,
    );
  });

  it("for a token whose list shows two orgs that take no part", async () => {
    fake.addCredentials(shop, { token: "ddsat_2" });
    connect(shop, data);
    const [read] = await outcomes({ bearerToken: "ddsat_2" });
    expect(read).toContain(`the credentials belong to the org ${shop.id} or ${data.id}, but the`);
  });

  it("for a token whose list is empty", async () => {
    expect(await outcomes(token)).toEqual(unproved);
  });

  it("for a token whose list leaves open whether it is the source's or another org's", async () => {
    connect(payments, shop);
    expect(await outcomes(token)).toEqual(unproved);
  });

  it("for keys whose org Datadog doesn't return", async () => {
    fake.fault({ kind: "status", status: 404, path: "validate", times: 9 });
    expect(await outcomes(keys)).toEqual(unproved);
  });

  it("for keys whose orgId takes no part", async () => {
    const [read] = await outcomes(
      { ...keys, orgId: payments.id },
      { ...recorded, sourceOrgId: shop.id },
    );
    expect(read).toContain(
      `the credentials belong to the org ${payments.id}, but the connection is between`,
    );
  });

  it("if the state doesn't name the source", async () => {
    const { sourceOrgId, ...unnamed } = recorded;
    expect(await outcomes(keys, unnamed)).toEqual(unproved);
  });

  it("for a token whose list contradicts orgId", async () => {
    connect(payments, shop);
    connect(data, payments);
    const [read] = await outcomes({ ...token, orgId: security.id });
    expect(read).toBe(
      `the credentials belong to the org ${payments.id}, but orgId is ${security.id}. Nothing was changed. ` +
        "Set the credentials of that org, or correct orgId.",
    );
  });
});

describe("with the keys of its sink", () => {
  const asSink = { ...recorded, sourceOrgId: shop.id, sinkOrgId: payments.id };

  it("a connection is deleted, since Datadog lets either side give it up", async () => {
    const { id: existing } = connect(shop, payments);
    await newOne(keys).delete(existing, asSink);
    expect(fake.connections).toEqual([]);
  });

  it("nothing is deleted if orgId names the source", async () => {
    const { id: existing } = connect(shop, payments);
    const call = newOne({ ...keys, orgId: shop.id }).delete(existing, asSink);
    expect(await messageOf(call)).toContain(`but orgId is ${shop.id}. Nothing was changed.`);
    expect(fake.connections).toHaveLength(1);
  });
});
