import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../provider/errors.ts";
import type {
  Announcement,
  OtherProcesses,
} from "../../../provider/lifecycle/connection-statuses.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { InstantClock } from "../clock.ts";
import { configOf, messageOf, newProvider } from "../fixture.ts";

const { payments, hub } = orgs;
const running = useFakeDatadog();
const toHub = { sinkOrgId: hub.id, connectionTypes: ["logs"] };
const adopting = { ...toHub, adoptExisting: true };
const recorded = { ...toHub, sourceOrgId: payments.id };

/** Two processes of one engine that tell each other everything at once. */
function twoProcesses(): [OtherProcesses, OtherProcesses] {
  const announced = [new Map<string, Announcement>(), new Map<string, Announcement>()];
  const side = (own: number): OtherProcesses => ({
    open() {},
    announce: (id, announcement) => announced[own]?.set(id, announcement),
    statusOf(id) {
      const status = announced[1 - own]?.get(id);
      return status === "free" ? undefined : status;
    },
  });
  return [side(0), side(1)];
}

describe("of two processes that serve one update", () => {
  let fake: FakeDatadog;
  let id: string;
  let one: ReturnType<typeof newProvider>;
  let other: ReturnType<typeof newProvider>;
  let processes: [OtherProcesses, OtherProcesses];

  beforeEach(() => {
    fake = running();
    id = fake.connect({ source: payments, sink: hub, types: ["logs"] }).id;
    processes = twoProcesses();
    const [first, second] = processes;
    one = newProvider(configOf(fake), { others: first });
    other = newProvider(configOf(fake), { others: second });
  });

  const connected = () => fake.connections.map((connection) => connection.id);

  /** What the other process sees of the connection that the first one announced. */
  const announced = () => processes[1].statusOf(id);

  it("one doesn't delete what the other has taken over, and says so", async () => {
    const reported: string[] = [];
    other = newProvider(configOf(fake), {
      report: (_severity, message) => reported.push(message),
      others: processes[1],
    });
    await one.create(adopting);
    await other.delete(id, recorded);
    expect(connected()).toEqual([id]);
    expect(reported).toEqual([expect.stringContaining(`the org connection ${id} wasn't deleted`)]);
  });

  it("one doesn't delete what the other keeps", async () => {
    await one.check(toHub, toHub);
    await one.diff(id, recorded, toHub);
    await other.delete(id, recorded);
    expect(connected()).toEqual([id]);
  });

  it("one doesn't delete what the other has created", async () => {
    fake.remove(id);
    const created = await one.create(toHub);
    await other.delete(created.id, recorded);
    expect(connected()).toEqual([created.id]);
  });

  it("one doesn't take over what the other keeps", async () => {
    await one.check(toHub, toHub);
    await one.diff(id, recorded, toHub);
    expect(await messageOf(other.create(adopting))).toContain("declares the connection");
  });

  it("one doesn't keep what the other has taken over", async () => {
    await one.create(adopting);
    await other.check(toHub, toHub);
    expect(await messageOf(other.diff(id, recorded, toHub))).toContain("declares the connection");
  });

  it("one that isn't given a connection doesn't hold it against the other", async () => {
    processes[1].announce(id, "kept");
    expect(await messageOf(one.create(adopting))).toContain("declares the connection");
    expect(announced()).toBeUndefined();
    await one.delete(id, recorded);
    expect(announced()).toBeUndefined();
  });

  it("one still says that a connection is gone after it wanted it itself", async () => {
    await one.create({ ...adopting, sinkOrgId: orgs.shop.id }); // reads the list in which it still is
    await one.delete(id, recorded);
    await one.create(adopting);
    expect(announced()).toBe("gone");
  });

  it("one sends nothing to delete what the other has deleted", async () => {
    await one.delete(id, recorded);
    fake.clearRequests();
    await other.delete(id, recorded);
    expect(fake.requests).toEqual([]);
  });

  it("only one takes over a connection", async () => {
    const messages = await Promise.all(
      [one, other].map((each) => messageOf(each.create(adopting))),
    );
    expect(messages.filter((message) => message.includes("declares the connection"))).not.toEqual(
      [],
    );
  });

  it("one creates anew what the other has deleted, though it saw it before", async () => {
    await other.check({}, adopting);
    const missing = { ...adopting, sinkOrgId: orgs.shop.id };
    await other.create(missing); // reads the list in which the connection still is
    await one.delete(id, recorded);
    const created = await other.create(adopting);
    expect(created.id).not.toBe(id);
    expect(connected()).toContain(created.id);
  });

  it("one doesn't take over what the other failed to delete", async () => {
    fake.fault({ kind: "status", status: 403, body: "" });
    expect(await messageOf(one.delete(id, recorded))).toContain("403");
    expect(await messageOf(other.create(adopting))).toContain(
      `deleting the connection ${id} hasn't succeeded in this update. Run \`pulumi up\` again.`,
    );
    expect(connected()).toEqual([id]);
  });

  it("one waits with a deletion until it's decided whether the other takes the connection", async () => {
    const [, second] = processes;
    second.announce(id, "taking");
    const deletion = one.delete(id, recorded);
    expect(await Promise.race([deletion.then(() => "deleted"), sleep(100, "waits")])).toBe("waits");
    second.announce(id, "free");
    await deletion;
    expect(connected()).toEqual([]);
  });

  it("one doesn't delete what the other is just taking over", async () => {
    let deletion: Promise<void> | undefined;
    fake.beforeApply = async ({ method }) => {
      if (method !== "PATCH") return;
      deletion = other.delete(id, recorded);
      while (processes[0].statusOf(id) !== "deleting") await sleep(1);
    };
    await one.create({ ...adopting, connectionTypes: ["audit"] });
    await deletion;
    expect(connected()).toEqual([id]);
  });

  it("one waits for the other's deletion, then creates anew", async () => {
    let created: Promise<{ id: string }> | undefined;
    fake.beforeApply = async ({ method }) => {
      if (method !== "DELETE") return;
      created = other.create(adopting);
      while (!fake.requestLines.some((line) => /^GET .* 200$/.test(line))) await sleep(1);
    };
    await one.delete(id, recorded);
    const { id: anew } = (await created) ?? {};
    expect(anew).not.toBe(id);
    expect(connected()).toEqual([anew]);
  });

  it.each([
    ["taking", () => one.delete(id, recorded)],
    ["deleting", () => one.create(adopting)],
  ] as const)(
    "one waits while the other is %s it, until its operation ends",
    async (doing, act) => {
      const clock = new InstantClock();
      clock.end = clock.now() + 1;
      one = newProvider(configOf(fake), { others: processes[0], clock });
      processes[1].announce(id, doing);
      expect(await messageOf(act())).toContain(
        `the operation ended while another provider of the program was ${doing} the connection ${id}.`,
      );
      expect(announced()).toBeUndefined();
      expect(connected()).toEqual([id]);
    },
  );

  it("one creates nothing if it can't tell the other", async () => {
    fake.remove(id);
    const others = {
      ...processes[0],
      open() {
        throw new UserError("the folder can't be written");
      },
    };
    one = newProvider(configOf(fake), { others });
    expect(await messageOf(one.create(toHub))).toContain("the folder can't be written");
    expect(fake.requests).toEqual([]);
  });

  it("one replaces what the other has deleted only with the keys of the recorded source", async () => {
    processes[1].announce(id, "gone");
    await one.check(toHub, toHub);
    await one.diff(id, { ...recorded, sourceOrgId: orgs.shop.id }, toHub);
    expect(await messageOf(one.create(toHub))).toContain(
      `the connection that is replaced has the source org ${orgs.shop.id}`,
    );
  });

  it.each([
    ["takes over", async () => void (await other.create(adopting)), 1],
    ["deletes", () => other.delete(id, recorded), 0],
  ])("one %s what the other failed to take over", async (_what, act, left) => {
    fake.fault({ kind: "status", status: 403, body: "", method: "PATCH" });
    expect(await messageOf(one.create({ ...adopting, connectionTypes: ["audit"] }))).toContain(
      "403",
    );
    await act();
    expect(connected()).toHaveLength(left);
  });
});
