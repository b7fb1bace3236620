import { beforeEach, describe, expect, it } from "vitest";
import { type FakeDatadog, orgs } from "../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../support/fake-datadog/vitest.ts";
import { InstantClock } from "./clock.ts";
import {
  configOf,
  connectionLines,
  inputsTo,
  messageOf,
  namespace,
  newProvider,
  recordedAs,
} from "./fixture.ts";

const { data, hub, payments, shop } = orgs;
const datadog = useFakeDatadog();
let fake: FakeDatadog;
let clock: InstantClock;
let provider: ReturnType<typeof newProvider>;

const inputs = inputsTo(hub);
const adopting = { ...inputs, adoptExisting: true };
const action = `Cannot create the org connection to ${hub.id}: `;

beforeEach(() => {
  fake = datadog();
  clock = new InstantClock();
  provider = newProvider(configOf(fake), { clock });
});

const connect = (source = payments, sink = hub, types = ["logs"]) =>
  fake.connect({ source, sink, types }).id;
/** What Datadog has besides what the test connected. */
const newIds = (...old: string[]) =>
  fake.connections.map(({ id }) => id).filter((id) => !old.includes(id));

describe("adoptExisting", () => {
  it("takes over the connection that exists", async () => {
    const id = connect();
    expect(await provider.create(adopting)).toMatchObject({ id, outputs: recordedAs(hub) });
    expect(newIds(id)).toEqual([]);
  });

  it("gives it the declared types, and keeps the names, which the answer to a PATCH lacks", async () => {
    const id = connect();
    const { outputs } = await provider.create({ ...adopting, connectionTypes: ["audit"] });
    expect(outputs).toMatchObject({ connectionTypes: ["audit"], sinkOrgName: "Hub" });
    expect(fake.connections).toMatchObject([{ id, types: ["audit"] }]);
  });

  it("creates one if there is none", async () => {
    const { id } = await provider.create(adopting);
    expect(newIds()).toEqual([id]);
    expect(connectionLines(fake)).toEqual(["POST 200"]);
  });

  it("takes over the one that somebody created anew a moment ago, whatever was listed before", async () => {
    const old = connect();
    await provider.read(old);
    fake.remove(old);
    const id = connect();
    expect(await provider.create(adopting)).toMatchObject({ id });
    expect(newIds(id)).toEqual([]);
  });

  it("creates one if somebody deleted it a moment ago, whatever was listed before", async () => {
    const id = connect();
    await provider.read(id);
    fake.remove(id);
    const created = await provider.create(adopting);
    expect(created.id).not.toBe(id);
    expect(newIds()).toEqual([created.id]);
  });

  it("takes over nothing if nobody knows whose the credentials are", async () => {
    const id = connect();
    fake.addCredentials(payments, { token: "ddsat_1" }, "write", { identifies: false });
    const config = { [`${namespace}:apiUrl`]: fake.url, [`${namespace}:bearerToken`]: "ddsat_1" };
    const news = { ...adopting, connectionTypes: ["audit"] };
    expect(await messageOf(newProvider(config).create(news))).toBe(
      `${action}the connection ${id} has the source org ${payments.id}, but Datadog doesn't say whether the ` +
        "credentials belong to it. Nothing was changed. Set datadog-org-connections:orgId, or the orgId of the " +
        "profile, in the stack's configuration to the UUID of the org that owns the credentials.",
    );
    expect(fake.connections).toMatchObject([{ id, types: ["logs"] }]);
    const withOrgId = newProvider({ ...config, [`${namespace}:orgId`]: payments.id });
    expect(await withOrgId.create(news)).toMatchObject({ id });
  });

  it("takes over nothing of another source, which the sink's list shows too", async () => {
    const id = connect(shop, hub);
    const { sinkOrgId } = inputs;
    fake.fault({ kind: "status", status: 409, body: '{"errors":["exists"]}', method: "POST" });
    fake.addCredentials(hub, { token: "ddsat_1" });
    const config = { [`${namespace}:apiUrl`]: fake.url, [`${namespace}:bearerToken`]: "ddsat_1" };
    expect(await messageOf(newProvider(config).create({ ...adopting, sinkOrgId }))).toContain(
      `the connection ${id} has the source org ${shop.id}, but the credentials belong to the org ${hub.id}.`,
    );
    expect(connectionLines(fake)).toEqual(["POST 409", "GET list of sink 200"]);
  });

  it("takes over nothing whose source Datadog doesn't name", async () => {
    fake.answers = { relationships: ["sink_org"] };
    const id = connect();
    expect(await messageOf(provider.create(adopting))).toContain(
      `Datadog doesn't name the source org of the connection ${id}, so it can't be taken over. Delete it in Datadog and let the program create it.`,
    );
  });
});

describe("a connection that exists", () => {
  const connected = (id: string) =>
    `A pair of orgs can have only one connection; the existing one has the id ${id}. To manage it, set ` +
    `\`adoptExisting: true\` in its arguments, or the option \`{ import: "${id}" }\`. If this resource ` +
    "manages it already and is being replaced (`--replace`, `pulumi state taint`), set the option " +
    "`deleteBeforeReplace: true`. If a resource was renamed, the option `aliases` keeps its connection.";

  it("is named, with what a user can do", async () => {
    const id = connect();
    expect(await messageOf(provider.create(inputs))).toBe(
      `${action}Datadog answered 409 Conflict ("connection between orgs ${payments.id} and ${hub.id} ` +
        `already exists"). ${connected(id)}`,
    );
  });

  it("is named after a POST of unknown outcome too", async () => {
    const createdAt = "2025-08-26T20:19:38.208326+00:00";
    const { id } = fake.connect({ source: payments, sink: hub, types: ["logs"], createdAt });
    fake.fault({ kind: "resetBefore", method: "POST" });
    expect(await messageOf(provider.create(inputs))).toBe(
      `${action}the two orgs are already connected. ${connected(id)}`,
    );
  });

  it("is reported although the list can't be read or doesn't show it, after a few POSTs", async () => {
    connect();
    fake.fault({ kind: "status", status: 503, path: "sink_org_id", times: 99 });
    expect(await messageOf(provider.create(adopting))).toMatch(
      /already exists"\)\. A pair of orgs can have only one connection\.$/,
    );
    expect(connectionLines(fake).filter((line) => line.startsWith("POST"))).toHaveLength(2);
  });

  it.each([true, false])(
    "to the own org is none of a creation (answered: %s)",
    async (isAnswered) => {
      const { id } = fake.connect({ source: shop, sink: payments, types: ["logs"] });
      if (!isAnswered) fake.fault({ kind: "resetBefore", method: "POST" });
      expect(await messageOf(provider.create(inputsTo(payments)))).toContain(
        `${isAnswered ? "" : "Datadog didn't answer the creation. "}The source and the sink are the same org: ` +
          `the credentials belong to ${payments.id}, which is sinkOrgId.`,
      );
      expect(newIds(id)).toEqual([]);
    },
  );

  it("that keeps the id of a deleted one ends the POSTs", async () => {
    const id = connect();
    await provider.delete(id, recordedAs(hub));
    fake.nextId = id;
    expect(await provider.create(inputs)).toMatchObject({ id });

    provider = newProvider(configOf(fake), { clock });
    await provider.delete(id, recordedAs(hub));
    fake.nextId = id;
    fake.fault({ kind: "resetAfter", method: "POST" });
    fake.clearRequests();
    expect(await messageOf(provider.create(adopting))).toContain(
      "Datadog still reports the connection that this update deleted",
    );
    const posts = connectionLines(fake).filter((line) => line.startsWith("POST"));
    expect(posts.length).toBeLessThanOrEqual(5);
    expect(clock.waits.filter((seconds) => seconds >= 1)).toEqual([1, 2, 4]);
  });
});

describe("the option import", () => {
  const importing = (id: string, changes = {}) =>
    messageOf(provider.create({ ...inputs, importId: id, ...changes }));

  it("takes over the connection that is as declared, and changes nothing", async () => {
    const importId = connect();
    const { id, outputs } = await provider.create({ ...inputs, importId });
    expect(id).toBe(importId);
    expect(outputs).toMatchObject({ ...inputs, sinkOrgName: "Hub" });
    expect(outputs).not.toHaveProperty("importId");
    expect(connectionLines(fake)).toEqual(["GET list 200"]);
  });

  const otherSink = `sinkOrgId is "${hub.id}" in Datadog, but "${shop.id}" in the program`;
  const otherTypes = 'connectionTypes is ["logs"] in Datadog, but ["metrics"] in the program';

  it.each([
    [{ sinkOrgId: shop.id }, otherSink],
    [{ connectionTypes: ["metrics"] }, otherTypes],
    [{ sinkOrgId: shop.id, connectionTypes: ["metrics"] }, `${otherSink} and ${otherTypes}`],
  ])("refuses other properties: %j", async (changes, differences) => {
    const id = connect();
    expect((await importing(id, changes)).replace(/^[^:]*: /, "")).toBe(
      `the connection ${id} can't be imported: ${differences}. Nothing was changed. Declare it as it is in ` +
        "Datadog, and change it after the import. If it was imported before, remove the option import.",
    );
    expect(connectionLines(fake)).toEqual(["GET list 200"]);
  });

  it("refuses an id that isn't there", async () => {
    const id = connect();
    fake.remove(id);
    expect(await importing(id)).toBe(
      `${action}there is no connection ${id} to import. Check the id, and that the credentials ` +
        "belong to its source org. If it was imported before and deleted since, remove the option " +
        "import, and a new one is created.",
    );
  });

  it("refuses a connection of another source, which only that source can manage", async () => {
    const id = connect(shop, payments);
    expect(await importing(id, inputsTo(payments))).toContain(
      `the connection ${id} has the source org ${shop.id}, but the credentials belong to the org ${payments.id}. Nothing was changed.`,
    );
  });

  it("finds what was created after the list was read", async () => {
    await provider.read(connect(payments, data));
    const id = connect();
    expect(await importing(id)).toBe("nothing was thrown");
  });
});
