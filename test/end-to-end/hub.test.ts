import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runTool } from "../cli/fixture.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { detection, newStack, path, profileKeys, recordedByName } from "./fixture.ts";
import { type Declared, ways } from "./ways.ts";

const running = useFakeDatadog();
const { hub, payments, security } = orgs;
const list = `${path}?limit=1000&offset=0`;

const toSink = (profile: string, sink: { readonly id: string }) => ({
  profile,
  sinkOrgId: sink.id,
  connectionTypes: ["logs"],
});

/** The requests since the last look, with the org that each came from, in alphabetical order. */
function takeRequests(fake: FakeDatadog): string[] {
  const lines = fake.requests.map(({ org, method, path }) => `${org}: ${method} ${path}`);
  fake.clearRequests();
  return lines.sort();
}

/** The variables of a pipeline: keys of the hub that only read, and no key of a source org. */
function readingThroughHub(fake: FakeDatadog): Record<string, string> {
  const reading = { apiKey: "reading-api-key", appKey: "reading-app-key" };
  fake.addCredentials(hub, reading, "read");
  return { DD_HOST: fake.url, DD_READ_PROFILE: "hub", ...profileKeys({ hub: reading }) };
}

describe.each(ways)("with the $name, readProfile", (way) => {
  it("refreshes 300 connections of 300 source orgs with the keys of their sink alone", async () => {
    const fake = running();
    const names = Array.from({ length: 300 }, (_, index) => `source-${index}`);
    const sources = Object.fromEntries(names.map((name) => [name, fake.addOrg(name)]));
    const declared: Declared = Object.fromEntries(names.map((name) => [name, toSink(name, hub)]));
    const ofHub = readingThroughHub(fake);
    const stack = await newStack(fake, way.program(declared), { env: ofHub });
    // Without checkpoints, which the engine would write after each of 300 steps.
    const env = { ...profileKeys(sources), PULUMI_SKIP_CHECKPOINTS: "true" };
    expect(await stack.up({ env })).toMatchObject({ code: 0, changes: { create: 301 } });

    const before = await recordedByName(stack);
    const idOf = (name: string) => before[name]?.id ?? "";
    const [changed, ...deleted] = ["source-7", "source-70", "source-299"];
    fake.setTypes(idOf(changed), ["audit"]);
    for (const name of deleted) fake.remove(idOf(name));
    const reads = [
      "Hub: GET /api/v2/current_user",
      `Hub: GET ${list}`,
      ...deleted.map((name) => {
        const pair = `sink_org_id=${hub.id}&source_org_id=${sources[name]?.id}`;
        return `Hub: GET ${list}&${pair}`;
      }),
    ].sort();
    fake.clearRequests();

    await stack.write("state.json", JSON.stringify(await stack.exportState()));
    const file = join(stack.workDirectory, "state.json");
    const { DD_READ_PROFILE, ...keysOfHub } = ofHub; // the tool needs no setting
    const drift = await runTool(["drift", "--state", file, "--json"], { env: keysOfHub });
    expect(drift.code, drift.stderr).toBe(7);
    for (const name of [changed, ...deleted]) expect(drift.stdout).toContain(idOf(name));
    expect(drift.stdout).not.toContain(idOf("source-8"));
    expect(takeRequests(fake)).toEqual(reads);

    expect(await stack.refresh(detection)).toMatchObject({ code: 7 });
    expect(takeRequests(fake)).toEqual(reads);
    const changes = { same: 298, update: 1, delete: 2 };
    expect(await stack.refresh()).toMatchObject({ code: 0, changes });
    expect(takeRequests(fake)).toEqual(reads);
    const after = await recordedByName(stack);
    expect(
      Object.keys(before)
        .filter((name) => after[name] === undefined)
        .sort(),
    ).toEqual(deleted.sort());
    expect(after[changed]?.outputs).toMatchObject({ connectionTypes: ["audit"] });
  });

  it("leaves a connection in which its org takes no part to the connection's own keys", async () => {
    const fake = running();
    const declared = {
      toHub: toSink("payments", hub),
      toSecurity: toSink("payments", security),
    };
    const stack = await newStack(fake, way.program(declared), { env: readingThroughHub(fake) });
    const ownKeys = { env: profileKeys({ payments }) };
    expect(await stack.up(ownKeys)).toMatchObject({ code: 0, changes: { create: 3 } });
    const recorded = await recordedByName(stack);
    const idToSecurity = recorded["toSecurity"]?.id ?? "";
    fake.clearRequests();

    expect(await stack.refresh(ownKeys)).toMatchObject({ code: 0, changes: { same: 3 } });
    const ofHub = ["Hub: GET /api/v2/current_user", `Hub: GET ${list}`];
    expect(takeRequests(fake)).toEqual([...ofHub, `Payments: GET ${list}`]);

    fake.setTypes(recorded["toHub"]?.id ?? "", ["audit"]);
    fake.remove(idToSecurity);
    const { code, output } = await stack.refresh();
    expect(code, output).not.toBe(0);
    expect(output).toContain(
      `Cannot read the org connection ${idToSecurity}: there is no credential profile "payments".`,
    );
    expect(Object.keys(await recordedByName(stack)).sort()).toEqual(Object.keys(recorded).sort());

    fake.revoke("reading-api-key");
    fake.clearRequests();
    const revoked = await stack.refresh(ownKeys);
    expect(revoked.code, revoked.output).not.toBe(0);
    expect(revoked.output).toContain('through readProfile "hub": Datadog answered 403 Forbidden');
    expect(takeRequests(fake).filter((line) => line.startsWith("Payments"))).toEqual([]);
    expect(Object.keys(await recordedByName(stack)).sort()).toEqual(Object.keys(recorded).sort());
  });
});
