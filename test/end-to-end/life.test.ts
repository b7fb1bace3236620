import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import type { OperationResult } from "../support/harness/stack-options.ts";
import {
  currentUser,
  declare,
  environmentOf,
  idTo,
  newStack,
  oneList,
  path,
  profileKeys,
  recordedByName,
  textBelow,
} from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

const toHub = { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] };
const toShop = { sinkOrgId: orgs.shop.id, connectionTypes: ["logs", "spans"] };
const toData = { ...toHub, sinkOrgId: orgs.data.id };
const toSecurity = { ...toHub, sinkOrgId: orgs.security.id };
const laterType = (type: string) =>
  `connection type "${type}" isn't known to this package. It is sent unchanged; check its spelling if ` +
  "Datadog refuses it.";

/** What the engine repeats at the end, by resource. */
const diagnosticsOf = ({ output }: OperationResult) => output.slice(output.indexOf("Diagnostics:"));

describe.each(ways)("by the $name", (way) => {
  it("connections are created, recorded, left alone, changed, replaced and deleted", async () => {
    const fake = running();
    fake.knownTypes.add("spans").add("traces"); // which this package doesn't know
    const stack = await newStack(fake, way.program({ hub: toHub, shop: toShop, data: toData }));
    const created = await stack.up();
    expect(created).toMatchObject({ code: 0, changes: { create: 4 } });
    expect(fake.requestLines.toSorted()).toEqual([
      currentUser,
      ...Array(3).fill(`POST ${path} 200`),
    ]);
    expect(diagnosticsOf(created).split("belong to Ada, a person.")).toHaveLength(2); // shown once
    expect(diagnosticsOf(created)).toContain(
      `(${way.showsAt("shop")}):\n    warning: ${laterType("spans")}\n`,
    );
    expect(diagnosticsOf(created).split(laterType("spans"))).toHaveLength(2); // it is shown once
    const [hub, shop, data] = [orgs.hub, orgs.shop, orgs.data].map((sink) => idTo(fake, sink));
    const recorded = await recordedByName(stack);
    expect(recorded["hub"]).toMatchObject({
      type: way.type,
      id: hub,
      inputs: toHub,
      outputs: {
        ...toHub,
        sinkOrgName: "Hub",
        sourceOrgId: orgs.payments.id,
        sourceOrgName: "Payments",
        createdAt: fake.connections.find(({ id }) => id === hub)?.createdAt,
        createdBy: orgs.payments.user.id,
        createdByName: "Ada",
      },
    });
    expect(recorded["shop"]).toMatchObject({ id: shop, outputs: toShop });

    fake.clearRequests();
    const sameHub = { sinkOrgId: orgs.hub.id.toUpperCase(), connectionTypes: ["logs", "logs"] };
    const changed = {
      hub: sameHub,
      shop: { ...toShop, connectionTypes: ["audit", "traces"] },
      data: toSecurity,
    };
    await declare(stack, way, changed);
    expect(await stack.preview()).toMatchObject({
      code: 0,
      changes: { same: 2, update: 1, replace: 1 },
    });
    expect(fake.requestLines).toEqual([]);

    const updated = await stack.up();
    expect(updated).toMatchObject({ code: 0, changes: { same: 2, update: 1, replace: 1 } });
    expect(updated.output).toContain(laterType("traces"));
    expect(fake.requestLines.toSorted()).toEqual(
      [
        `PATCH ${path}/${shop} 200`,
        currentUser, // are the credentials still those of the recorded source?
        `POST ${path} 200`,
        `DELETE ${path}/${data} 200`,
      ].sort(),
    );
    expect(fake.requestLines.at(-1)).toBe(`DELETE ${path}/${data} 200`); // after the new one exists
    expect((await recordedByName(stack))["shop"]).toMatchObject({
      id: shop,
      outputs: { connectionTypes: ["audit", "traces"], sinkOrgName: "Shop", createdByName: "Ada" },
    });

    fake.clearRequests();
    expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
    expect(fake.requestLines).toEqual([]);
    await declare(stack, way, { hub: sameHub, data: toSecurity });
    expect(await stack.up()).toMatchObject({ code: 0, changes: { same: 3, delete: 1 } });
    expect(fake.requestLines).toEqual([`DELETE ${path}/${shop} 200`]);

    fake.clearRequests();
    fake.remove(hub ?? "");
    const security = idTo(fake, orgs.security);
    expect(await stack.destroy()).toMatchObject({ code: 0, changes: { delete: 3 } });
    expect(fake.requestLines.toSorted()).toEqual(
      [
        `DELETE ${path}/${hub} 404`,
        currentUser, // those of another org see a 404 too
        `DELETE ${path}/${security} 200`,
      ].sort(),
    );
    expect(await recordedByName(stack)).toEqual({});
    const stored = await textBelow(stack.stateDirectory);
    expect(stored).toContain(hub);
    expect(stored).not.toContain(orgs.payments.apiKey);
    expect(stored).not.toContain(orgs.payments.appKey);
  });

  it("what isn't known yet passes the preview and arrives on up; what is only read stays", async () => {
    const fake = running();
    const { id } = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });
    fake.knownTypes.add(orgs.payments.user.name); // a type is any text
    const program = way.program({
      found: { get: id },
      first: { sinkOrgId: orgs.data.id, connectionTypes: ["logs"] },
      second: {
        profile: "shop",
        sinkOrgId: "${first.sourceOrgId}",
        connectionTypes: ["logs", "${first.createdByName}"],
      },
    });
    const stack = await newStack(fake, program, {
      env: { ...environmentOf(fake), ...profileKeys({ shop: orgs.shop }) },
    });
    expect(await stack.preview()).toMatchObject({ code: 0, changes: { create: 3 } });
    // Of what is only read; the plugin can't tell it from an import, which needs the source's keys.
    const reads = way.name === "plugin" ? [...oneList, currentUser] : oneList;
    expect(fake.requestLines).toEqual(reads);
    fake.clearRequests();
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 3 } });
    expect(fake.requestLines.toSorted()).toEqual([
      currentUser, // of Payments
      currentUser, // of Shop
      ...oneList,
      `POST ${path} 200`,
      `POST ${path} 200`,
    ]);
    expect(fake.connections.at(-1)).toMatchObject({
      sourceOrgId: orgs.shop.id,
      sinkOrgId: orgs.payments.id,
      types: ["Ada", "logs"],
    });
    const { found } = await recordedByName(stack);
    expect(found).toMatchObject({ id, outputs: { sinkOrgName: "Hub", connectionTypes: ["logs"] } });

    expect(await stack.destroy()).toMatchObject({ code: 0 });
    expect(fake.connections).toMatchObject([{ id }]);
  });
});
