import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { messageOf, namespace, newProvider, profilesConfig } from "./fixture.ts";

const { hub, payments, shop, security } = orgs;
const running = useFakeDatadog();
let fake: FakeDatadog;

beforeEach(() => {
  fake = running();
});

const keysOf = ({ apiKey, appKey }: typeof hub) => ({ apiKey, appKey });
/** Reads through the hub; no key of a source org is there unless a test gives it. */
const readThroughHub = (profiles: Record<string, object> = {}) =>
  newProvider({
    ...profilesConfig(fake, { hub: keysOf(hub), ...profiles }),
    [`${namespace}:readProfile`]: "hub",
  });
const recordedBy = (source: typeof hub, sink = hub) => ({
  profile: source.name.toLowerCase(),
  sinkOrgId: sink.id,
  sourceOrgId: source.id,
  connectionTypes: ["logs"],
});

describe("readProfile", () => {
  it("reads the connections of all source orgs with one list, and finds drift and a deletion", async () => {
    const [changed, deleted] = [payments, shop].map(
      (source) => fake.connect({ source, sink: hub, types: ["logs"] }).id,
    );
    fake.setTypes(changed ?? "", ["audit"]);
    fake.remove(deleted ?? "");
    const provider = readThroughHub();
    const read = await Promise.all([
      provider.read(changed ?? "", recordedBy(payments)),
      provider.read(deleted ?? "", recordedBy(shop)),
    ]);
    expect(read).toMatchObject([
      { id: changed, inputs: { connectionTypes: ["audit"], profile: "payments" } },
      { id: "" },
    ]);
    expect(fake.requests.map(({ org, path }) => `${org} ${path}`).sort()).toEqual([
      "Hub /api/v2/current_user",
      "Hub /api/v2/org_connections?limit=1000&offset=0",
      `Hub /api/v2/org_connections?limit=1000&offset=0&sink_org_id=${hub.id}&source_org_id=${shop.id}`,
    ]);
  });

  it("leaves a connection in which its org takes no part to the connection's own profile", async () => {
    const { id } = fake.connect({ source: payments, sink: security, types: ["logs"] });
    const recorded = recordedBy(payments, security);
    const provider = readThroughHub({ payments: keysOf(payments) });
    expect(await provider.read(id, recorded)).toMatchObject({ id });
    expect(await messageOf(readThroughHub().read(id, recorded))).toContain(
      `Cannot read the org connection ${id}: there is no credential profile "payments".`,
    );
  });

  it.each([
    ["its keys are refused", { path: "org_connections", status: 403 }],
    ["its org can't be asked for", { path: "current_user", status: 500 }],
  ])("fails, and is named, if %s", async (_, fault) => {
    const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
    fake.fault({ kind: "status", times: 100, body: '{"errors":["No"]}', ...fault });
    const provider = readThroughHub({ payments: keysOf(payments) });
    expect(await messageOf(provider.read(id, recordedBy(payments)))).toMatch(
      /^Cannot read .* through readProfile "hub": Datadog answered \d+/,
    );
    expect(fake.requests.filter(({ org }) => org !== "Hub")).toEqual([]);
  });

  it("never writes", async () => {
    const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"] });
    const provider = readThroughHub({ payments: keysOf(payments) });
    await provider.delete(id, recordedBy(payments));
    await provider.create(recordedBy(payments));
    expect(new Set(fake.requests.map(({ org }) => org))).toEqual(new Set(["Payments"]));
  });
});

it("says what is wrong for many resources once", async () => {
  fake.fault({ kind: "status", status: 403, body: '{"errors":["No"]}', times: 100 });
  const provider = readThroughHub();
  const ids = [payments, shop].map(
    (source) => fake.connect({ source, sink: hub, types: ["logs"] }).id,
  );
  const [first = "", second = ""] = [
    await messageOf(provider.read(ids[0] ?? "", recordedBy(payments))),
    await messageOf(provider.read(ids[1] ?? "", recordedBy(shop))),
  ];
  expect(first).toContain("Datadog answered 403");
  expect(second).toMatch(/^Cannot read .*: same reason as "Cannot read /);
});
