import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { newStack, recordedByName } from "./fixture.ts";
import { programOf, type Resource, type Way, ways } from "./ways.ts";

const running = useFakeDatadog();

type Fate = "unchanged" | "updated" | "replaced" | "left in Datadog" | "deleted";

/** Options of a connection, what the second update changes of it, and what becomes of it. */
interface Row {
  readonly options: Readonly<Record<string, unknown>>;
  /** `undefined`: the resource is removed. */
  readonly later: Resource | undefined;
  readonly fate: Fate | Readonly<Record<Way["name"], Fate>>;
}

const otherTypes = { connectionTypes: ["audit"] };
const deleteBeforeReplace = true;

const rows: Readonly<Record<string, Row>> = {
  replaceOnChanges: {
    options: { replaceOnChanges: ["connectionTypes"], deleteBeforeReplace },
    later: otherTypes,
    // Of a dynamic resource, the engine isn't told which property changed.
    fate: { "dynamic provider": "updated", plugin: "replaced" },
  },
  ignoreChanges: {
    options: { ignoreChanges: ["connectionTypes"] },
    later: otherTypes,
    fate: "unchanged",
  },
  replacementTrigger: {
    options: { replacementTrigger: "first", deleteBeforeReplace },
    later: { options: { replacementTrigger: "second", deleteBeforeReplace } },
    fate: "replaced",
  },
  replaceWith: {
    options: { replaceWith: ["${replacementTrigger}"], deleteBeforeReplace },
    later: {},
    fate: "replaced",
  },
  aliases: {
    options: {},
    later: { options: { aliases: [{ name: "aliases" }] } },
    fate: "unchanged",
  },
  retainOnDelete: { options: { retainOnDelete: true }, later: undefined, fate: "left in Datadog" },
  owner: { options: {}, later: undefined, fate: "deleted" },
  deletedWith: { options: { deletedWith: "${owner}" }, later: undefined, fate: "left in Datadog" },
  protect: { options: { protect: true }, later: otherTypes, fate: "updated" },
};

function fateOf(fake: FakeDatadog, name: string, before: string | undefined): string {
  const found = fake.connections.find(({ sinkOrgId }) => sinkOrgId === sinkOf(fake, name).id);
  if (found === undefined) return "deleted";
  if (rows[name]?.later === undefined) return "left in Datadog";
  if (found.id !== before) return "replaced";
  return found.types.join() === "audit" ? "updated" : "unchanged";
}

function sinkOf(fake: FakeDatadog, name: string): { id: string } {
  return fake.orgs.find((org) => org.name === name) ?? fake.addOrg(name);
}

it.each(ways)(
  "by the $name, options of resources do what their table says",
  async ({ name: way }) => {
    const fake = running();
    const first = Object.entries(rows).map(([name, { options }]) => [
      name,
      { sinkOrgId: sinkOf(fake, name).id, connectionTypes: ["logs"], options },
    ]);
    const second = Object.entries(rows).flatMap(([name, { options, later }]) => {
      if (later === undefined) return [];
      const newName = name === "aliases" ? "renamed" : name;
      const declared = { sinkOrgId: sinkOf(fake, name).id, connectionTypes: ["logs"], options };
      return [[newName, { ...declared, ...later }]];
    });
    const stack = await newStack(fake, programOf(Object.fromEntries(first), way));
    expect(await stack.up()).toMatchObject({ code: 0 });
    const before = await recordedByName(stack);

    await stack.write("index.ts", programOf(Object.fromEntries(second), way));
    expect(await stack.up()).toMatchObject({ code: 0 });
    const expected = Object.entries(rows).map(([name, { fate }]) => [
      name,
      typeof fate === "string" ? fate : fate[way],
    ]);
    const actual = Object.keys(rows).map((name) => [name, fateOf(fake, name, before[name]?.id)]);
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
    expect(await stack.up({ refresh: true, expectNoChanges: true })).toMatchObject({ code: 0 });

    // What is protected isn't deleted; a timeout ends a wait only by the plugin.
    const hurried = {
      sinkOrgId: orgs.hub.id,
      connectionTypes: ["logs"],
      options: { customTimeouts: { create: "1s" } },
    };
    await stack.write("index.ts", programOf({ hurried }, way));
    fake.fault({ kind: "status", status: 429, method: "POST", headers: { "retry-after": "2" } });
    const last = await stack.up({ flags: ["--continue-on-error"] });
    expect(last.code).toBe(1);
    expect(last.output).toMatch(/protect.* cannot be deleted/s);
    expect(last.output.includes("the operation was canceled, or its time is over")).toBe(
      way === "plugin",
    );
    expect(Object.keys(await recordedByName(stack)).sort()).toEqual(
      way === "plugin" ? ["protect"] : ["hurried", "protect"],
    );

    expect(await stack.pulumi(["state", "unprotect", "--all", "--yes"])).toMatchObject({ code: 0 });
    expect(await stack.destroy()).toMatchObject({ code: 0 });
    const left = fake.connections.map(({ sinkOrgId }) => fake.org(sinkOrgId).name).sort();
    expect(left).toEqual(["deletedWith", "retainOnDelete"]);
  },
);
