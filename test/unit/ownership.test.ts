import { beforeEach, describe, expect, it } from "vitest";
import { unknownValue } from "../../provider/unknown.ts";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import {
  configOf,
  connectionLines,
  expectSoon,
  inputsTo,
  keys,
  messageOf,
  namespace,
  newProvider,
  profilesConfig,
  recordedAs,
  shortLines,
} from "./fixture.ts";

const { hub, payments, security, shop } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;
let provider: ReturnType<typeof newProvider>;
let reported: string[];

const [toHub, toShop] = [inputsTo(hub), inputsTo(shop)];
const adopting = { ...toHub, adoptExisting: true };
const missing = "1b0c5a52-2f0e-4a0f-9a53-6c1d0c1d7f10";

/** The provider for the next operation of the engine. */
function begin(config: Record<string, string> = configOf(fake)): void {
  reported = [];
  provider = newProvider(config, {
    report: (_severity, message) => reported.push(message),
  });
}

beforeEach(() => {
  fake = datadog();
  begin();
});

const connect = (sink: { id: string } = hub, source = payments) =>
  fake.connect({ source, sink, types: ["logs"] }).id;
const connectedTo = (sink: { id: string }) =>
  fake.connections.filter(({ sinkOrgId }) => sinkOrgId === sink.id).map(({ id }) => id);
/** What a message says instead of a reason that was said before. */
const sameReason = (call: string, what: string) =>
  `same reason as "Cannot ${call} the org connection ${call === "create" ? "to " : ""}${what}"; that message says what to do.`;
/** The requests that could change something. */
const writes = () => connectionLines(fake).filter((line) => !line.startsWith("GET"));
const useProfiles = (...names: readonly string[]) =>
  begin(profilesConfig(fake, Object.fromEntries(names.map((name) => [name, keys]))));

/** Holds the next request of a method at this hook until the test releases it. */
function hold(
  method: string,
  hook: "beforeApply" | "beforeAnswer" = "beforeApply",
): { readonly arrived: Promise<void>; readonly release: () => void } {
  const [arrival, permission] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  fake[hook] = async (request) => {
    if (request.method !== method) return;
    fake[hook] = undefined;
    arrival.resolve();
    await permission.promise;
  };
  return { arrived: arrival.promise, release: permission.resolve };
}

/** What the engine calls a resource, for the plugin. */
const urnOf = (name: string) =>
  `urn:pulumi:dev::app::datadog-org-connections:index:OrgConnection::${name}`;

describe.each([
  ["the dynamic provider", false],
  ["the plugin", true],
])("with %s,", (_provider, isPlugin) => {
  /** The engine's calls for a resource of this name. */
  function resource(name: string) {
    const urn = isPlugin ? urnOf(name) : undefined;
    type Provider = typeof provider;
    type Args<Call extends "check" | "create"> = Parameters<Provider[Call]>;
    return {
      check: (olds: Args<"check">[0], news: Args<"check">[1]) => provider.check(olds, news, urn),
      diff: (id: string, ...[olds, news]: [object, object]) => provider.diff(id, olds, news, urn),
      create: (inputs: Args<"create">[0]) => provider.create(inputs, urn),
      delete: (id: string, olds: object) => provider.delete(id, olds, urn),
      /** What an update calls first for a resource that the state records. */
      keep: async (id: string, olds: typeof toHub, news: object = olds) => {
        expect(await provider.check({ ...olds }, { ...news }, urn)).toMatchObject({ failures: [] });
        return provider.diff(id, { ...olds, sourceOrgId: payments.id }, news, urn);
      },
    };
  }

  const [a, b] = [resource("a"), resource("b")];
  const named = isPlugin ? `, as ${urnOf("b")} and ${urnOf("a")}` : "";
  const twice = `the program declares the connection to ${hub.id} twice${named}. Remove one of them. If`;
  const notDeleted = (id: string, manager = "b") =>
    `the org connection ${id} wasn't deleted: ` +
    `${isPlugin ? urnOf(manager) : "another resource of the program"} manages it now`;
  const twoResources = (id: string) => `the program has two resources for the connection ${id}`;

  describe("a deletion is skipped, and the user is told why,", () => {
    it("of what a resource with a new name has adopted", async () => {
      const id = connect();
      expect(await b.create(adopting)).toMatchObject({ id });
      await a.delete(id, recordedAs(hub));
      expect(connectedTo(hub)).toEqual([id]);
      expect(reported).toEqual([notDeleted(id)]);
    });

    it("of what two resources have swapped", async () => {
      const [hubId, shopId] = [connect(hub), connect(shop)];
      await a.create({ ...adopting, sinkOrgId: shop.id });
      await b.create(adopting);
      await a.delete(hubId, recordedAs(hub));
      await b.delete(shopId, recordedAs(shop));
      expect(fake.connections.map(({ id }) => id)).toEqual([hubId, shopId]);
      expect(reported).toEqual([notDeleted(hubId), notDeleted(shopId, "a")]);
    });

    it("of what another resource imported or keeps", async () => {
      const [hubId, shopId] = [connect(hub), connect(shop)];
      await b.create({ ...toHub, importId: hubId });
      await a.delete(hubId, recordedAs(hub));
      await b.keep(shopId, toShop);
      await b.diff(shopId, recordedAs(shop), toShop); // the engine may ask again
      await a.delete(shopId, recordedAs(shop));
      expect(fake.connections).toHaveLength(2);
      expect(writes()).toEqual([]);
      expect(reported).toEqual([notDeleted(hubId), notDeleted(shopId)]);
    });

    it("of what a creation of unknown outcome found in the list", async () => {
      fake.fault({ kind: "resetBefore", method: "POST" });
      const id = connect();
      expect(await b.create(toHub)).toMatchObject({ id });
      await a.delete(id, recordedAs(hub));
      expect(connectedTo(hub)).toEqual([id]);
      expect(reported.at(-1)).toBe(notDeleted(id)); // after the warning about a person's account
    });
  });

  it("a deletion of a connection that is gone sends and reports nothing", async () => {
    expect(await provider.read(missing, recordedAs(hub))).toEqual({ id: "" });
    fake.clearRequests();
    await a.delete(missing, recordedAs(hub));
    expect([...fake.requests, ...reported]).toEqual([]);
  });

  it("a deletion waits for a takeover, and is then skipped", async () => {
    const id = connect();
    const change = hold("PATCH");
    const adopted = b.create({ ...adopting, connectionTypes: ["audit"] });
    await change.arrived;
    const deleted = a.delete(id, recordedAs(hub));
    change.release();
    expect(await adopted).toMatchObject({ id });
    await deleted;
    expect(fake.connections).toMatchObject([{ id, types: ["audit"] }]);
    expect(reported).toEqual([notDeleted(id)]);
  });

  describe("a deletion is sent", () => {
    it("if only a refresh called `diff`", async () => {
      const id = connect();
      await b.check({}, toShop);
      await a.diff(id, recordedAs(hub), toHub);
      await a.delete(id, recordedAs(hub));
      expect(fake.connections).toEqual([]);
    });

    it("if the resource moves to another sink", async () => {
      const id = connect();
      expect((await a.keep(id, toHub, toShop)).replaces).toEqual(["sinkOrgId"]);
      await a.delete(id, recordedAs(hub));
      expect(fake.connections).toEqual([]);
    });

    it("if the resource moves to another source", async () => {
      useProfiles("one", "two");
      const id = connect();
      const [one, two] = ["one", "two"].map((profile) => ({ ...toHub, profile }));
      await a.check({ ...one }, { ...two });
      await a.diff(id, { ...recordedAs(hub), ...one }, { ...two });
      await a.delete(id, { ...recordedAs(hub), ...one });
      expect(fake.connections).toEqual([]);
    });

    it.each(["before", "after"])(
      "of another resource with the pair, compared %s it",
      async (when) => {
        const [ofOldKeys, kept] = [connect(hub, shop), connect()];
        const olds = { ...toHub, sourceOrgId: shop.id };
        await b.check(toHub, toHub);
        // The engine compares what depends on a replaced resource without a check.
        const comparisons = [
          () => a.diff(ofOldKeys, olds, toHub),
          () => b.diff(kept, recordedAs(hub), toHub),
        ];
        for (const compare of when === "before" ? comparisons : comparisons.toReversed()) {
          await compare();
        }
        expect(await messageOf(a.delete(ofOldKeys, olds))).toContain("It may still exist.");
        expect(reported).toEqual([]);
      },
    );

    it("in the next operation, whatever this one did", async () => {
      const { id, outputs } = await a.create(toHub);
      begin();
      await a.delete(id, outputs);
      expect(fake.connections).toEqual([]);
    });
  });

  describe("two resources for one connection are an error", () => {
    it("that the preview shows", async () => {
      expect(await a.check({}, toHub)).toMatchObject({ failures: [] });
      expect(await b.check({}, toHub)).toMatchObject({
        failures: [{ property: "", reason: expect.stringContaining(twice) }],
      });
    });

    it("also if they spell its profile differently", async () => {
      useProfiles("one");
      await a.check({}, { ...toHub, profile: "one" });
      const reason = `the program declares the connection to ${hub.id} with the profile "ONE" twice`;
      expect(await b.check({}, { ...toHub, profile: "ONE" })).toMatchObject({
        failures: [{ reason: expect.stringContaining(reason) }],
      });
    });

    it.each([
      ["both are recorded with it", [toHub, toHub]],
      ["one keeps it, and the other moves to it", [toHub, toShop]],
      ["one moves to it, and the other keeps it", [toShop, toHub]],
    ])("if %s", async (_what, [first = {}, second = {}]) => {
      expect(await a.check(first, toHub)).toMatchObject({ failures: [] });
      const { failures } = await b.check(second, toHub);
      expect(failures).toEqual([{ property: "", reason: expect.stringContaining(twice) }]);
      expect(fake.requests).toEqual([]);
    });

    it.each([{}, { adoptExisting: true }])("if both create it: %j", async (options) => {
      const { id } = await a.create(toHub);
      const another = b.create({ ...toHub, connectionTypes: ["metrics"], ...options });
      expect(await messageOf(another)).toContain(twoResources(id));
      expect(fake.connections).toMatchObject([{ id, types: ["logs"] }]);
    });

    it("if the first one keeps it and the second one wants to adopt it", async () => {
      const id = connect();
      await a.keep(id, toHub);
      const wanted = { ...adopting, connectionTypes: ["metrics"] };
      expect(await messageOf(b.create(wanted))).toContain(twoResources(id));
      expect(fake.connections).toMatchObject([{ id, types: ["logs"] }]);
    });

    it("if the first one adopts it and the second one wants to keep it", async () => {
      const id = connect();
      await b.create(adopting);
      expect(await messageOf(a.keep(id, toHub))).toContain(twoResources(id));
    });

    it.each([false, true])(
      "if they reach it with two profiles of one org (kept: %s)",
      async (isKept) => {
        useProfiles("one", "two");
        const id = connect();
        if (isKept) await a.keep(id, { ...toHub, profile: "one" } as typeof toHub);
        else await a.create({ ...adopting, profile: "one" });
        expect(await messageOf(b.create({ ...adopting, profile: "two" }))).toContain(
          twoResources(id),
        );
        const two = { ...toHub, profile: "two" };
        await b.check(two, two);
        expect(await messageOf(b.diff(id, { ...two, sourceOrgId: payments.id }, two))).toBe(
          `Cannot compare the org connection ${id} with the program: ${sameReason("create", hub.id)}`,
        );
        expect(fake.connections).toHaveLength(1);
      },
    );

    it.each(["sinkOrgId", "profile"])("but not if %s isn't known yet", async (property) => {
      const unknown = { ...toHub, [property]: unknownValue };
      for (const one of [a, b])
        expect(await one.check({}, unknown)).toMatchObject({ failures: [] });
    });

    it("but not if the first one has failed", async () => {
      fake.fault({ kind: "status", status: 403, body: '{"errors":["No"]}', method: "POST" });
      expect(await messageOf(a.create(toHub))).toContain("403");
      expect(await messageOf(b.create(toHub))).toBe("nothing was thrown");
    });
  });

  describe("a connection that is being deleted, and that another resource wants,", () => {
    /** Lets `b` want the connection to the hub while its DELETE is on the way. */
    async function wantDuringDeletion(
      want: () => Promise<{ readonly id: string }>,
      awaited = /^POST 409$/,
    ) {
      const deletion = hold("DELETE");
      const deleted = messageOf(a.delete(connectedTo(hub)[0] ?? "", recordedAs(hub)));
      await deletion.arrived;
      const wanted = want();
      await expectSoon(() => shortLines(fake)).toContainEqual(expect.stringMatching(awaited));
      deletion.release();
      expect(await deleted).toBe("nothing was thrown");
      return (await wanted).id;
    }

    it.each([{}, { adoptExisting: true }])("is created anew: %j", async (options) => {
      const old = connect();
      const id = await wantDuringDeletion(() => b.create({ ...toHub, ...options }));
      expect(id).not.toBe(old);
      expect(connectedTo(hub)).toEqual([id]);
    });

    it("is created anew, and not imported", async () => {
      const importId = connect();
      const id = await wantDuringDeletion(() => b.create({ ...toHub, importId }), /^DELETE/);
      expect(id).not.toBe(importId);
      expect(connectedTo(hub)).toEqual([id]);
    });

    it("isn't mistaken for the result of an unanswered POST", async () => {
      fake.fault({ kind: "resetBefore", method: "POST" });
      const old = connect();
      const id = await wantDuringDeletion(() => b.create(toHub), /^GET list of sink 200$/);
      expect(id).not.toBe(old);
      expect(connectedTo(hub)).toEqual([id]);
    });

    it("isn't taken over nor kept if its deletion failed", async () => {
      const id = connect();
      fake.fault({ kind: "status", status: 403, body: '{"errors":["No"]}', method: "DELETE" });
      const deletion = hold("DELETE");
      const deleted = messageOf(a.delete(id, recordedAs(hub)));
      await deletion.arrived;
      const created = messageOf(b.create(adopting));
      deletion.release();
      expect(await deleted).toContain("403");
      const again = `this update failed to delete the connection ${id}, which this resource needs. Run \`pulumi up\` again.`;
      expect(await created).toBe(`Cannot create the org connection to ${hub.id}: ${again}`);
      await b.check(toHub, toHub);
      expect(await messageOf(b.diff(id, recordedAs(hub), toHub))).toContain(again);
    });

    it("is replaced if it was to be kept", async () => {
      const id = connect();
      await a.delete(id, recordedAs(hub));
      expect((await b.keep(id, toHub)).replaces).toEqual(["id"]);
      const { id: created } = await b.create(toHub);
      await b.delete(id, recordedAs(hub));
      expect(connectedTo(hub)).toEqual([created]);
    });

    it("is created anew with another profile of the same org, which has listed it", async () => {
      useProfiles("old", "new");
      for (const sink of [hub, shop]) {
        await a.delete(connect(sink), { ...recordedAs(sink), profile: "old" });
        const { id } = await b.create({ ...inputsTo(sink), profile: "new", adoptExisting: true });
        expect(connectedTo(sink)).toEqual([id]);
      }
    });
  });

  it("adopts a connection made by hand after its own was deleted", async () => {
    await a.delete(connect(), recordedAs(hub));
    const id = connect();
    expect(await b.create(adopting)).toMatchObject({ id });
  });

  describe("a replacement of a connection by itself", () => {
    it("says what works if it is created first", async () => {
      const id = connect();
      await a.keep(id, toHub);
      await a.check({}, toHub);
      expect(await messageOf(a.create(toHub))).toContain("`deleteBeforeReplace: true`");
      expect(connectedTo(hub)).toEqual([id]);
    });

    it.each([{}, { adoptExisting: true }])("works if it is deleted first: %j", async (options) => {
      const id = connect();
      const news = { ...toHub, ...options };
      await a.check(news, news);
      expect(await a.check({}, news)).toMatchObject({ failures: [] });
      await a.delete(id, recordedAs(hub));
      const { id: created } = await a.create(news);
      expect(created).not.toBe(id);
      expect(connectedTo(hub)).toEqual([created]);
    });

    it("says what works if it failed earlier, and its connection was taken over", async () => {
      const id = connect();
      await b.create(adopting);
      expect(await messageOf(a.create(adopting))).toContain(
        "If a replacement failed earlier: set `adoptExisting: true`, remove the old resource with " +
          "`pulumi state delete URN`, and run `pulumi up` again.",
      );
      expect(connectedTo(hub)).toEqual([id]);
    });
  });

  describe("a replacement under the keys of another org", () => {
    const other = `the connection that is replaced has the source org ${shop.id}, but the credentials belong to the org ${payments.id}.`;
    const toSecurity = inputsTo(security);
    const replace = async (olds: object, news: object = toSecurity) => {
      await a.check({ ...olds }, { ...news });
      await a.diff(missing, olds, news);
    };

    it("fails before the first write, whether the POST or the DELETE comes first", async () => {
      const id = connect(payments, shop);
      await a.check(inputsTo(payments), toSecurity);
      await a.diff(id, recordedAs(payments, shop), toSecurity);
      expect(await messageOf(a.delete(id, recordedAs(payments, shop)))).toContain(other);
      expect(await messageOf(a.create(toSecurity))).toContain(sameReason("delete", id));
      expect(shortLines(fake)).toEqual(["GET current_user 200"]);
    });

    it("begins with a deletion if the program names another profile: its source is another one", async () => {
      useProfiles("old", "new");
      const id = connect(payments, shop);
      const olds = { ...recordedAs(payments, shop), profile: "old" };
      const news = { ...toSecurity, profile: "new" };
      await a.check(olds, news);
      await a.diff(id, olds, news);
      await a.check({}, news);
      await a.delete(id, olds);
      expect(await messageOf(a.create(news))).toBe("nothing was thrown");
      expect(connectedTo(payments)).toEqual([]);
    });

    it("isn't created if the old connection stays because another resource has it", async () => {
      const id = connect();
      await b.create(adopting);
      await a.delete(id, recordedAs(hub, shop));
      expect(await messageOf(a.create(toSecurity))).toContain(other);
      expect(connectedTo(security)).toEqual([]);
    });

    it("isn't created with a token of which nobody knows the org", async () => {
      fake.addCredentials(payments, { token: "ddsat_1" }, "write", { identifies: false });
      begin({ [`${namespace}:apiUrl`]: fake.url, [`${namespace}:bearerToken`]: "ddsat_1" });
      await replace(recordedAs(hub));
      expect(await messageOf(a.create(toSecurity))).toContain(
        "but Datadog doesn't say whether the credentials belong to it. Nothing was changed.",
      );
      expect(fake.connections).toEqual([]);
    });

    it.each<[string, object, object, () => void]>([
      ["the state doesn't name the old source", toHub, toSecurity, () => {}],
      [
        "the program names another profile",
        { ...recordedAs(hub, shop), profile: "old" },
        { ...toSecurity, profile: "new" },
        () => useProfiles("old", "new"),
      ],
      [
        "orgId names the new source",
        recordedAs(hub, shop),
        toSecurity,
        () => begin({ ...configOf(fake), [`${namespace}:orgId`]: payments.id }),
      ],
    ])("is allowed if %s", async (_what, olds, news, prepare) => {
      prepare();
      await replace(olds, news);
      expect(await messageOf(a.create({ ...toSecurity, ...news }))).toBe("nothing was thrown");
    });
  });

  describe("the option import that stays in the program", () => {
    it("doesn't stop a connection deleted by hand from being created again", async () => {
      expect(await provider.read(missing, recordedAs(hub))).toEqual({ id: "" });
      const { id } = await a.create({ ...toHub, importId: missing });
      expect(connectedTo(hub)).toEqual([id]);
    });

    it("doesn't stop a move to another sink", async () => {
      const importId = connect();
      const news = { ...toShop, importId };
      await a.keep(importId, { ...toHub, importId } as typeof toHub, news);
      const { id } = await a.create(news);
      expect(connectedTo(shop)).toEqual([id]);
    });
  });
});

it.each(["a", "an old name of a"])(
  "with the plugin, a connection that `diff` keeps is replaced by itself (`replaceOnChanges`), deleted as %s",
  async (name) => {
    const urn = urnOf("a");
    const id = connect();
    const news = { ...toHub, connectionTypes: ["audit"] };
    await provider.check(toHub, news, urn);
    expect(await provider.diff(id, recordedAs(hub), news, urn)).toMatchObject({ replaces: [] });
    await provider.check({}, news, urn);
    await provider.delete(id, recordedAs(hub), urnOf(name));
    const { id: created, outputs } = await provider.create(news, urn);
    expect(fake.connections).toMatchObject([{ id: created, types: ["audit"] }]);

    begin();
    await provider.check(news, news, urn);
    expect(await provider.diff(created, outputs, news, urn)).toEqual({ updates: [], replaces: [] });
    begin();
    await provider.delete(created, outputs, urn);
    expect(fake.connections).toEqual([]);
  },
);

it("with the plugin, a connection that a resource keeps isn't deleted, though it replaced it by itself", async () => {
  const urn = urnOf("a");
  const id = connect();
  // An update that was interrupted left the same connection in the state twice: adopted, and to be deleted.
  await provider.check(toHub, toHub, urn);
  await provider.diff(id, recordedAs(hub), toHub, urn);
  await provider.check(toHub, toHub, urn); // no replacement: something is recorded
  await provider.delete(id, recordedAs(hub), urn);
  expect(fake.connections).toMatchObject([{ id }]);
});

it.each<[string, () => void, object]>([
  ["isn't asked for", () => {}, toHub],
  [
    "can't be changed",
    () => fake.fault({ kind: "status", status: 400, method: "PATCH" }),
    adopting,
  ],
])(
  "a connection that a renamed resource fails to take over, because it %s, isn't deleted",
  async (_, prepare, inputs) => {
    const id = connect();
    prepare();
    const renamed = { ...toHub, ...inputs, connectionTypes: ["audit"] };
    expect(await messageOf(provider.create(renamed))).toContain("Cannot create");
    // The engine goes on with `--continue-on-error`: the old name isn't in the program any more.
    expect(await messageOf(provider.delete(id, recordedAs(hub)))).toBe(
      `Cannot delete the org connection ${id}: another resource of the program failed to take the ` +
        `connection ${id} over. Correct that resource, and run \`pulumi up\` again.`,
    );
    expect(connectedTo(hub)).toEqual([id]);
  },
);

it("a connection that another resource adopts before the answer to its creation has one resource", async () => {
  useProfiles("one", "two");
  const creation = hold("POST", "beforeAnswer");
  const first = messageOf(provider.create({ ...toHub, profile: "one" }));
  await creation.arrived;
  const { id } = await provider.create({ ...adopting, profile: "two" });
  creation.release();
  expect(await first).toContain(`the program has two resources for the connection ${id}`);
  expect(connectedTo(hub)).toEqual([id]);
});

it("with the plugin, a replacement that only the second check shows is compared with its source", async () => {
  const urn = urnOf("a");
  const news = { ...toHub, connectionTypes: ["audit"] };
  await provider.check(toHub, news, urn);
  await provider.diff(missing, recordedAs(hub, shop), news, urn); // `replaceOnChanges` makes it a replacement
  await provider.check({}, news, urn);
  expect(await messageOf(provider.create(news, urn))).toContain(
    `the connection that is replaced has the source org ${shop.id}`,
  );
  expect(fake.connections).toEqual([]);
});

it("with the plugin, `--replace` deletes nothing under the keys of another org, though the sink's could", async () => {
  const urn = urnOf("a");
  const id = connect(payments, shop);
  const news = inputsTo(payments);
  await provider.check(news, news, urn); // the engine skips `diff`
  await provider.check({}, news, urn);
  expect(await messageOf(provider.delete(id, recordedAs(payments, shop), urn))).toContain(
    `the connection that is replaced has the source org ${shop.id}`,
  );
  expect(connectedTo(payments)).toEqual([id]);
});
