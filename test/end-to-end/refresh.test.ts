import { describe, expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, idTo, newStack, path, recordedByName, writesOf } from "./fixture.ts";
import { ways } from "./ways.ts";

const running = useFakeDatadog();

describe.each(ways)("by the $name", (way) => {
  it("up --refresh and destroy --refresh delete what is removed, and nothing that is renamed or swapped", async () => {
    const fake = running();
    const sinks = Object.fromEntries(
      ["removed", "renamed", "aliased", "one", "other", "stays"].map((name) => [
        name,
        fake.addOrg(name),
      ]),
    );
    const to = (name: string, options = {}) => ({
      sinkOrgId: sinks[name]?.id,
      connectionTypes: ["logs"],
      adoptExisting: true,
      options,
    });
    const aliasOf = (name: string) => ({
      aliases: [`urn:pulumi:test::test::${way.type}::${name}`],
    });
    const before = {
      removed: to("removed"),
      renamed: to("renamed"),
      aliased: to("aliased"),
      one: to("one"),
      other: to("other"),
      stays: to("stays"),
    };
    const stack = await newStack(fake, way.program(before));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 7 } });
    const ids = Object.fromEntries(
      Object.entries(sinks).map(([name, sink]) => [name, idTo(fake, sink)]),
    );
    const byHand = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });

    await declare(stack, way, {
      renamedNow: to("renamed"),
      aliasedNow: to("aliased", aliasOf("aliased")),
      one: to("other"),
      other: to("one"),
      stays: to("stays"),
    });
    fake.clearRequests();
    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
    expect(writesOf(fake)).toEqual([
      `DELETE ${path}/${ids["removed"]} 200`,
      ...Array(3).fill(`POST ${path} 409`), // each is adopted
    ]);
    const idsByName = async () =>
      Object.fromEntries(
        Object.entries(await recordedByName(stack)).map(([name, { id }]) => [name, id]),
      );
    expect(await idsByName()).toEqual({
      renamedNow: ids["renamed"],
      aliasedNow: ids["aliased"],
      one: ids["other"],
      other: ids["one"],
      stays: ids["stays"],
    });
    expect(await stack.up({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });

    // What the program changes counts for nothing when all is destroyed.
    await declare(stack, way, {
      renamed: to("renamed"),
      aliased: to("aliased", aliasOf("aliasedNow")),
      one: to("one"),
      other: to("other"),
    });
    fake.remove(ids["stays"] ?? "");
    fake.clearRequests();
    const destroyed = await stack.destroy({ flags: ["--refresh"], runProgram: true });
    expect(destroyed).toMatchObject({ code: 0 });
    expect(writesOf(fake)).toEqual(
      ["renamed", "aliased", "one", "other"]
        .map((name) => `DELETE ${path}/${ids[name]} 200`)
        .sort(),
    );
    expect(fake.connections).toEqual([byHand]);
    expect(await recordedByName(stack)).toEqual({});
  });

  it("destroy --refresh after an update that failed leaves nothing behind, and deletes nothing else", async () => {
    const fake = running();
    const to = (sink: { id: string }, ...connectionTypes: string[]) => ({
      sinkOrgId: sink.id,
      connectionTypes,
      adoptExisting: true,
    });
    const [a, b, old] = [orgs.hub, orgs.shop, orgs.data].map((sink) => to(sink, "logs"));
    const stack = await newStack(fake, way.program({ a: a ?? {}, b: b ?? {}, old: old ?? {} }));
    await stack.up();
    const before = fake.connections.map(({ id }) => id);
    const [hub, shop, data] = [orgs.hub, orgs.shop, orgs.data].map((sink) => idTo(fake, sink));
    const after = {
      a: to(orgs.shop, "audit"),
      b: to(orgs.hub, "audit"),
      renamed: to(orgs.data, "logs"),
      new: to(orgs.security, "logs"),
    };
    await declare(stack, way, after);
    const refused = { kind: "status", status: 403, body: '{"errors":["Forbidden"]}' } as const;
    fake.fault({ ...refused, method: "PATCH" });
    fake.fault({ ...refused, method: "POST" });
    expect((await stack.up()).code).toBe(1);
    expect(fake.connections.map(({ id }) => id)).toEqual(expect.arrayContaining(before));

    fake.clearFaults();
    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
    const { new: created, ...others } = await recordedByName(stack);
    expect(
      Object.entries(others)
        .map(([name, { id }]) => [name, id])
        .sort(),
    ).toEqual([
      ["a", shop],
      ["b", hub],
      ["renamed", data],
    ]);
    expect(Object.fromEntries(fake.connections.map(({ id, types }) => [id, types]))).toEqual({
      [hub ?? ""]: ["audit"],
      [shop ?? ""]: ["audit"],
      [data ?? ""]: ["logs"],
      [created?.id ?? ""]: ["logs"],
    });

    await declare(stack, way, { ...after, twin: after.renamed });
    const { code, output } = await stack.up();
    expect(code).toBe(1);
    expect(output).toContain(`the program declares the connection to ${orgs.data.id} twice`);
    expect(fake.connections).toHaveLength(4);

    fake.clearRequests();
    expect(await stack.destroy({ flags: ["--refresh"] })).toMatchObject({ code: 0 });
    expect(fake.connections).toEqual([]);
    expect(writesOf(fake)).toHaveLength(4);
  });
});
