import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, idTo, newStack, path, recordedByName, writesOf } from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

const adopting = (sink: { id: string }, ...connectionTypes: string[]) => ({
  sinkOrgId: sink.id,
  connectionTypes,
  adoptExisting: true,
});
const toHub = adopting(orgs.hub, "logs");
const toShop = adopting(orgs.shop, "logs");
const toData = adopting(orgs.data, "logs");

describe.each(ways)("by the $name", (way) => {
  it("keys of another org forget, change and delete nothing", async () => {
    const fake = running();
    const stack = await newStack(fake, way.program({ hub: toHub }));
    await stack.up();
    const before = fake.connections;
    const id = before[0]?.id;
    const env = { DD_API_KEY: orgs.data.apiKey, DD_APP_KEY: orgs.data.appKey };
    const whose =
      `the credentials belong to the org ${orgs.data.id}, but the connection is between ` +
      `${orgs.payments.id} (source) and ${orgs.hub.id} (sink)`;
    await declare(stack, way, { hub: adopting(orgs.hub, "audit") });
    for (const [run, message] of [
      [() => stack.refresh({ env }), `Cannot read the org connection ${id}: ${whose}`],
      [() => stack.destroy({ env }), `Cannot delete the org connection ${id}: ${whose}`],
      [() => stack.up({ env }), `Cannot update the org connection ${id}: Datadog answered 404`],
    ] as const) {
      const { code, output } = await run();
      expect(code).toBe(1);
      expect(output).toContain(message);
    }
    expect(fake.connections).toEqual(before);
    expect(await recordedByName(stack)).toMatchObject({
      hub: { id, outputs: { sinkOrgId: orgs.hub.id, connectionTypes: ["logs"] } },
    });
  });

  it("what is renamed and swapped lives on, also after an update that failed", async () => {
    const fake = running();
    fake.allowDoubles = true; // only the provider prevents a second one
    const stack = await newStack(fake, way.program({ a: toHub, b: toShop, old: toData }));
    await stack.up();
    const before = fake.connections.map(({ id }) => id);
    const [hub, shop, data] = [orgs.hub, orgs.shop, orgs.data].map((sink) => idTo(fake, sink));

    const after = {
      a: adopting(orgs.shop, "audit"),
      b: adopting(orgs.hub, "audit"),
      renamed: toData,
      new: adopting(orgs.security, "logs"),
    };
    await declare(stack, way, after);
    const refused = { kind: "status", status: 403, body: '{"errors":["Forbidden"]}' } as const;
    fake.fault({ ...refused, method: "PATCH" });
    fake.fault({ ...refused, method: "POST" });
    expect((await stack.up()).code).toBe(1);
    expect(fake.connections.map(({ id }) => id)).toEqual(before);

    fake.clearFaults();
    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
    const { a, b, renamed, ...others } = await recordedByName(stack);
    expect([a?.id, b?.id, renamed?.id]).toEqual([shop, hub, data]);
    expect(Object.keys(others)).toEqual(["new"]);
    expect(Object.fromEntries(fake.connections.map(({ id, types }) => [id, types]))).toEqual({
      [hub ?? ""]: ["audit"],
      [shop ?? ""]: ["audit"],
      [data ?? ""]: ["logs"],
      [idTo(fake, orgs.security)]: ["logs"],
    });

    await declare(stack, way, { ...after, twin: toData });
    const { code, output } = await stack.up();
    expect(code).toBe(1);
    expect(output).toContain("the program declares the connection between these two orgs twice");
    expect(fake.connections).toHaveLength(4);

    fake.clearRequests();
    expect(await stack.destroy({ flags: ["--refresh"] })).toMatchObject({ code: 0 });
    expect(fake.connections).toEqual([]);
    expect(writesOf(fake).filter((line) => line.startsWith(`DELETE ${path}`))).toHaveLength(4);
  });
});
