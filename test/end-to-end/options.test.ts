import { expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { declare, newStack, recordedByName } from "./fixture.ts";
import { argsTo, type Provider, programOf, providers, type Resource } from "./providers.ts";

const datadog = useFakeDatadog();

type Fate = "unchanged" | "updated" | "replaced" | "left in Datadog" | "deleted";

/** Options of a connection, what the second update changes of it, and what becomes of it. */
interface Row {
  readonly options?: Readonly<Record<string, unknown>>;
  /** `undefined`: the resource is removed. */
  readonly later: Resource | undefined;
  /** How a user has it replaced, although nothing changed. */
  readonly forced?: "by --replace" | "by taint";
  readonly fate: Fate | Readonly<Record<Provider["name"], Fate>>;
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
  replaceFlag: {
    options: { deleteBeforeReplace },
    later: {},
    forced: "by --replace",
    fate: "replaced",
  },
  taint: { options: { deleteBeforeReplace }, later: {}, forced: "by taint", fate: "replaced" },
  // The engine would create the new connection first, and Datadog refuses a second one for a pair.
  triggerAlone: {
    options: { replacementTrigger: "first" },
    later: { options: { replacementTrigger: "second" } },
    fate: "unchanged",
  },
  replaceFlagAlone: { later: {}, forced: "by --replace", fate: "unchanged" },
  taintAlone: { later: {}, forced: "by taint", fate: "unchanged" },
  aliases: { later: { options: { aliases: [{ name: "aliases" }] } }, fate: "unchanged" },
  retainOnDelete: { options: { retainOnDelete: true }, later: undefined, fate: "left in Datadog" },
  owner: { later: undefined, fate: "deleted" },
  deletedWith: { options: { deletedWith: "${owner}" }, later: undefined, fate: "left in Datadog" },
  protect: { options: { protect: true }, later: otherTypes, fate: "updated" },
};

function sinkOf(fake: FakeDatadog, name: string): { id: string } {
  return fake.orgs.find((org) => org.name === name) ?? fake.addOrg(name);
}

const connectionOf = (fake: FakeDatadog, name: string) =>
  fake.connections.find(({ sinkOrgId }) => sinkOrgId === sinkOf(fake, name).id);

function fateOf(fake: FakeDatadog, name: string, before: string | undefined): Fate {
  const found = connectionOf(fake, name);
  if (found === undefined) return "deleted";
  if (rows[name]?.later === undefined) return "left in Datadog";
  if (found.id !== before) return "replaced";
  return found.types.join() === "audit" ? "updated" : "unchanged";
}

it.each(providers)(
  "with the $name, options of resources do what their table says",
  async (provider) => {
    const fake = datadog();
    const robot = fake.addUser(orgs.payments, { name: "Deployer", isServiceAccount: true });
    const ofRobot = { apiKey: orgs.payments.apiKey, appKey: "deployer-app" };
    fake.addCredentials(orgs.payments, ofRobot, "write", { user: robot });
    const first = Object.entries(rows).map(([name, { options = {} }]) => [
      name,
      { ...argsTo(sinkOf(fake, name)), options },
    ]);
    const second = Object.entries(rows).flatMap(([name, { options = {}, later }]) => {
      if (later === undefined) return [];
      const newName = name === "aliases" ? "renamed" : name;
      const declared = { ...argsTo(sinkOf(fake, name)), options };
      return [[newName, { ...declared, ...later }]];
    });
    const stack = await newStack(fake, programOf(Object.fromEntries(first), provider));
    const created = await stack.up();
    expect(created).toMatchObject({ code: 0 });
    expect(created.output).toContain("the credentials belong to Ada, a person.");
    const before = await recordedByName(stack);
    const urnsOf = (forced: Row["forced"]) =>
      Object.keys(rows).flatMap((name) =>
        rows[name]?.forced === forced ? [before[name]?.urn ?? ""] : [],
      );
    await stack.pulumi(["state", "taint", ...urnsOf("by taint"), "--yes"]);

    await declare(stack, provider, Object.fromEntries(second));
    const changed = await stack.up({
      env: { DD_APP_KEY: ofRobot.appKey },
      replace: urnsOf("by --replace"),
      flags: ["--continue-on-error"],
    });
    expect(changed.code).toBe(1);
    expect(changed.output).not.toContain("a person.");
    for (const name of ["triggerAlone", "replaceFlagAlone", "taintAlone"]) {
      const message = `Cannot create the org connection to ${sinkOf(fake, name).id}: .*deleteBeforeReplace: true`;
      expect(changed.output, name).toMatch(new RegExp(message));
    }
    const expected = Object.entries(rows).map(([name, row]) => {
      const fate = typeof row.fate === "string" ? row.fate : row.fate[provider.name];
      const creator = fate === "replaced" ? "Deployer" : "Ada";
      return [name, fate === "deleted" ? { fate } : { fate, creator }];
    });
    const actual = Object.keys(rows).map((name) => [
      name,
      {
        fate: fateOf(fake, name, before[name]?.id),
        creator: connectionOf(fake, name)?.createdBy.name,
      },
    ]);
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));

    // What is protected isn't deleted; a timeout ends a wait only with the plugin.
    const hurried = { ...argsTo(orgs.hub), options: { customTimeouts: { create: "1s" } } };
    await declare(stack, provider, { hurried });
    fake.fault({ kind: "status", status: 429, method: "POST", headers: { "retry-after": "2" } });
    const last = await stack.up({ flags: ["--continue-on-error"] });
    expect(last.code).toBe(1);
    expect(last.output).toMatch(/protect.* cannot be deleted/s);
    const isEnded = provider.name === "plugin";
    expect(last.output.includes("the operation was canceled, or its time is over")).toBe(isEnded);
    expect(Object.keys(await recordedByName(stack)).sort()).toEqual(
      isEnded ? ["protect"] : ["hurried", "protect"],
    );
  },
);
