import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  currentUser,
  declare,
  filteredList,
  idTo,
  newStack,
  oneList,
  path,
  recordedByName,
  recordedConnections,
  writesOf,
} from "./fixture.ts";
import { type Declared, type Way, ways } from "./ways.ts";

const running = useFakeDatadog();

const args = (sink: { id: string }, ...connectionTypes: string[]) => ({
  sinkOrgId: sink.id,
  connectionTypes,
});
const unknownId = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";

/** With the plugin, the engine imports, in its own words. */
const refusals: Record<Way["name"], readonly string[]> = {
  "dynamic provider": [
    `can't be imported: sinkOrgId is "${orgs.hub.id}" in Datadog, but "${orgs.data.id}" in the ` +
      'program and connectionTypes is ["logs"] in Datadog, but ["metrics"] in the program. Nothing was changed.',
    `Cannot create the org connection to ${orgs.security.id}: there is no connection ${unknownId} to import`,
  ],
  plugin: [
    `sinkOrgId: {${orgs.hub.id}} => {${orgs.data.id}}`,
    `Cannot read the org connection ${unknownId}: these credentials see no connection with this id`,
  ],
};

describe.each(ways)("by the $name", (way) => {
  it("connections are imported with one list, adopted with a refused POST and one list each, and stay without the options", async () => {
    const fake = running();
    const connect = (sink: { id: string }, ...types: string[]) =>
      fake.connect({ source: orgs.payments, sink, types }).id;
    const imported = connect(orgs.hub, "logs", "audit");
    const adopted = connect(orgs.shop, "logs");
    const changed = connect(orgs.data, "logs");
    const adoptExisting = true;
    const stack = await newStack(
      fake,
      way.program({
        imported: { ...args(orgs.hub, "audit", "logs"), options: { import: imported } },
        adopted: { ...args(orgs.shop, "logs"), adoptExisting },
        changed: { ...args(orgs.data, "metrics"), adoptExisting },
        created: { ...args(orgs.security, "logs"), adoptExisting },
      }),
    );
    const { code, changes } = await stack.up();
    const { create = 0, import: imports = 0 } = changes;
    expect({ code, sum: create + imports }).toEqual({ code: 0, sum: 5 });
    expect(fake.requestLines.toSorted()).toEqual(
      [
        currentUser,
        ...oneList,
        filteredList(orgs.shop),
        filteredList(orgs.data),
        `POST ${path} 409`,
        `POST ${path} 409`,
        `POST ${path} 200`,
        `PATCH ${path}/${changed} 200`,
      ].sort(),
    );
    const created = idTo(fake, orgs.security);
    expect(await recordedByName(stack)).toMatchObject({
      imported: {
        id: imported,
        outputs: { connectionTypes: ["audit", "logs"], sinkOrgName: "Hub" },
      },
      adopted: { id: adopted, outputs: { sinkOrgName: "Shop" } },
      changed: { id: changed, outputs: { connectionTypes: ["metrics"], createdByName: "Ada" } },
      created: { id: created },
    });

    expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({
      code: 0,
    });
    await declare(stack, way, {
      imported: args(orgs.hub, "logs"),
      adopted: args(orgs.shop, "logs"),
      changed: args(orgs.data, "metrics"),
      created: args(orgs.security, "logs"),
    });
    fake.clearRequests();
    expect(await stack.up()).toMatchObject({ code: 0, changes: { update: 1, same: 4 } });
    expect(fake.requestLines).toEqual([`PATCH ${path}/${imported} 200`]);
  });

  it("what isn't as declared, or isn't asked for, isn't taken over", async () => {
    const fake = running();
    const id = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] }).id;
    const other = fake.connect({ source: orgs.payments, sink: orgs.shop, types: ["logs"] }).id;
    const before = fake.connections;
    const stack = await newStack(
      fake,
      way.program({
        different: { ...args(orgs.data, "metrics"), options: { import: id } },
        missing: { ...args(orgs.security, "metrics"), options: { import: unknownId } },
        unasked: args(orgs.shop, "logs"),
      }),
    );
    const { code, output } = await stack.up({ flags: ["--continue-on-error"] });
    expect(code).toBe(1);
    for (const message of refusals[way.name]) expect(output).toContain(message);
    expect(output).toContain(
      `A pair of orgs can have only one connection; the existing one has the id ${other}. To manage it, ` +
        `set \`adoptExisting: true\` in its arguments, or the option \`{ import: "${other}" }\`.`,
    );
    expect(fake.connections).toEqual(before);
    // The engine records what it imports before it compares.
    const recorded = (await recordedConnections(stack)).map((one) => one.id);
    expect(recorded).toEqual(way.name === "plugin" ? [id] : []);
    expect(writesOf(fake)).toEqual([`POST ${path} 409`]);
  });

  it("the option import with other types is refused, or followed by an update", async () => {
    const fake = running();
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    const imported = { ...args(orgs.hub, "metrics"), options: { import: id } };
    const { code } = await (await newStack(fake, way.program({ imported }))).up();
    const isUpdated = way.name === "plugin";
    expect(code).toBe(isUpdated ? 0 : 1);
    expect(fake.connections).toMatchObject([{ id, types: [isUpdated ? "metrics" : "logs"] }]);
    expect(writesOf(fake)).toEqual(isUpdated ? [`PATCH ${path}/${id} 200`] : []);
  });

  it("two resources can't have one connection, whichever way they got it", async () => {
    const fake = running();
    const toHub = { ...args(orgs.hub, "logs"), adoptExisting: true };
    const stack = await newStack(fake, way.program({ old: toHub }));
    await stack.up();
    const before = fake.connections;
    const id = idTo(fake, orgs.hub);
    const expectRefusal = async (declared: Declared) => {
      await declare(stack, way, declared);
      const { code, output } = await stack.up();
      expect(code).toBe(1);
      expect(output).toContain(`the program declares the connection to ${orgs.hub.id} twice`);
    };
    const later = { ...args(orgs.hub, "metrics"), sinkOrgId: "${new.sinkOrgId}" };
    await expectRefusal({ new: toHub, later });
    expect(await recordedByName(stack)).toMatchObject({ old: { id }, new: { id } });
    await expectRefusal({ old: toHub, new: toHub });
    await expectRefusal({ new: toHub, imported: { ...toHub, options: { import: id } } });

    await declare(stack, way, { new: toHub });
    expect(await stack.up()).toMatchObject({ code: 0 });
    expect(await recordedConnections(stack)).toMatchObject([{ id }]);
    expect(fake.connections).toEqual(before);
  });
});
