import { expect, it } from "vitest";
import { orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, idTo, newStack, recordedByName, takeWrites } from "./fixture.ts";
import { argsTo, programOf, providers } from "./providers.ts";

const datadog = useFakeDatadog();
const names = ["removed", "renamed", "aliased", "one", "other", "stays"];

it.each(providers)(
  "with the $name, up --refresh and destroy --refresh delete what is removed, and nothing that is renamed or swapped",
  async (provider) => {
    const fake = datadog();
    const sinks = Object.fromEntries(names.map((name) => [name, fake.addOrg(name)]));
    const to = (name: string, options = {}) => ({
      ...argsTo({ id: sinks[name]?.id ?? "" }),
      adoptExisting: true,
      options,
    });
    const aliasOf = (name: string) => ({
      aliases: [`urn:pulumi:test::test::${provider.type}::${name}`],
    });
    const declared = Object.fromEntries(names.map((name) => [name, to(name)]));
    const stack = await newStack(fake, programOf(declared, provider));
    expect(await stack.up()).toMatchObject({ code: 0, changes: { create: 7 } });
    const ids = Object.fromEntries(
      Object.entries(sinks).map(([name, sink]) => [name, idTo(fake, sink)]),
    );
    const byHand = fake.connect({ source: orgs.payments, sink: orgs.hub, types: ["logs"] });

    await declare(stack, provider, {
      renamedNow: to("renamed"),
      aliasedNow: to("aliased", aliasOf("aliased")),
      one: to("other"),
      other: to("one"),
      stays: to("stays"),
    });
    fake.clearRequests();
    expect(await stack.up({ refresh: true })).toMatchObject({ code: 0 });
    expect(takeWrites(fake)).toEqual([
      "Payments: DELETE 200",
      ...Array(3).fill("Payments: POST 409"), // each is adopted
    ]);
    expect(fake.findConnection(ids["removed"] ?? "")).toBeUndefined();
    expect(await recordedByName(stack)).toMatchObject({
      renamedNow: { id: ids["renamed"] },
      aliasedNow: { id: ids["aliased"] },
      one: { id: ids["other"] },
      other: { id: ids["one"] },
      stays: { id: ids["stays"] },
    });
    expect(await stack.up({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });

    // What the program changes counts for nothing when all is destroyed.
    await declare(stack, provider, {
      renamed: to("renamed"),
      aliased: to("aliased", aliasOf("aliasedNow")),
      one: to("one"),
      other: to("other"),
    });
    fake.remove(ids["stays"] ?? "");
    const destroyed = await stack.destroy({ flags: ["--refresh"], runProgram: true });
    expect(destroyed).toMatchObject({ code: 0 });
    expect(takeWrites(fake)).toEqual(Array(4).fill("Payments: DELETE 200"));
    expect(fake.connections).toEqual([byHand]);
    expect(await recordedByName(stack)).toEqual({});
  },
);
