import { stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runTool } from "../cli/fixture.ts";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { detection, newStack, profileKeys, recordedByName, takeRequests } from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();
const { hub } = orgs;
const count = 60;
/** The bytes of state that a connection may take. */
const limits = { "dynamic provider": 1700, plugin: 1400 };

it.each(providers)(
  `with the $name, ${count} connections of as many source orgs take little state, and are read by one list of their sink`,
  async (provider) => {
    const fake = datadog();
    const names = Array.from({ length: count }, (_, index) => `source-${index}`);
    const sources = Object.fromEntries(names.map((name) => [name, fake.addOrg(name)]));
    const declared = Object.fromEntries(
      names.map((name) => [name, { ...argsTo(hub), profile: name }]),
    );
    const reading = { apiKey: "reading-api-key", appKey: "reading-app-key" };
    fake.addCredentials(hub, reading, "read");
    const keysOfHub = { DD_HOST: fake.url, ...profileKeys({ hub: reading }) };
    const env = { ...keysOfHub, DD_READ_PROFILE: "hub" };
    const stack = await newStack(fake, programOf(declared, provider), { env });
    const created = await stack.up({ env: profileKeys(sources) });
    expect(created).toMatchObject({ code: 0, changes: { create: count + 1 } });
    const { size } = await stat(stack.stateFile);
    expect(size).toBeLessThanOrEqual(count * limits[provider.name]);

    const before = await recordedByName(stack);
    const idOf = (name: string) => before[name]?.id ?? "";
    const [changed, ...deleted] = ["source-7", "source-40", "source-59"];
    fake.setTypes(idOf(changed), ["audit"]);
    for (const name of deleted) fake.remove(idOf(name));
    // The list, and a look-up for each connection that it lacks.
    const reads = [
      "Hub: GET current_user 200",
      "Hub: GET list 200",
      ...Array(2).fill("Hub: GET list of source and sink 200"),
    ];
    fake.clearRequests();

    await stack.write("state.json", JSON.stringify(await stack.exportState()));
    const file = join(stack.workDirectory, "state.json");
    const drift = await runTool(["drift", "--state", file, "--json"], { env: keysOfHub });
    expect(drift.code, drift.stderr).toBe(7);
    for (const name of [changed, ...deleted]) expect(drift.stdout).toContain(idOf(name));
    expect(drift.stdout).not.toContain(idOf("source-8"));
    expect(takeRequests(fake)).toEqual(reads);

    expect(await stack.refresh(detection)).toMatchObject({ code: 7 });
    expect(takeRequests(fake)).toEqual(reads);
    const changes = { same: count - 2, update: 1, delete: 2 };
    expect(await stack.refresh()).toMatchObject({ code: 0, changes });
    const after = await recordedByName(stack);
    const lost = Object.keys(before).filter((name) => after[name] === undefined);
    expect(lost.sort()).toEqual(deleted.sort());
    expect(after[changed]?.outputs).toMatchObject({ connectionTypes: ["audit"] });
  },
);
