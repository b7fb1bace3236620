import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journals } from "../../../provider/lifecycle/journals.ts";
import type {
  Announcement,
  OtherProcesses,
} from "../../../provider/lifecycle/managed-connections.ts";
import { type FakeDatadog, orgs } from "../../support/fake-datadog/index.ts";
import { useFakeDatadog } from "../../support/fake-datadog/vitest.ts";
import { configOf, messageOf, newProvider } from "../fixture.ts";

const { payments, hub } = orgs;
const running = useFakeDatadog();
const toHub = { sinkOrgId: hub.id, connectionTypes: ["logs"] };
const adopting = { ...toHub, adoptExisting: true };
const recorded = { ...toHub, sourceOrgId: payments.id };
const engine = "127.0.0.1:40001";

/** Two processes of one engine that tell each other everything at once. */
function twoProcesses(): [OtherProcesses, OtherProcesses] {
  const announced = [new Map<string, Announcement>(), new Map<string, Announcement>()];
  const side = (own: number): OtherProcesses => ({
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

  it("one doesn't delete what the other has taken over", async () => {
    await one.create(adopting);
    await other.delete(id, recorded);
    expect(connected()).toEqual([id]);
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

  it("one deletes what the other failed to take over", async () => {
    fake.fault({ kind: "status", status: 403, body: "" }); // the list
    await messageOf(one.create(adopting));
    await other.delete(id, recorded);
    expect(connected()).toEqual([]);
  });
});

describe("journals", () => {
  let home: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "journals-"));
  });

  afterEach(async () => {
    child?.kill("SIGKILL");
    await rm(home, { recursive: true });
  });

  const journals = () => readdir(join(home, "datadog-org-connections"));

  /** Another process, which announces what it is told. */
  async function newProcess(address: string): Promise<(...report: string[]) => Promise<void>> {
    const program = join(home, "process.cjs");
    const module = join(import.meta.dirname, "../../../dist/provider/lifecycle/journals.js");
    await writeFile(
      program,
      `const { Journals } = require(${JSON.stringify(module)});
       const journals = new Journals(${JSON.stringify(address)}, ${JSON.stringify(home)});
       process.on("message", (report) => { journals.announce(...report); process.send("done"); });`,
    );
    const started = fork(program);
    child = started;
    return async (...report) => {
      started.send(report);
      await once(started, "message");
    };
  }

  it("tell the last announcement of another process of the same engine", async () => {
    const announce = await newProcess(engine);
    const others = new Journals(engine, home);
    await announce("a", "taking");
    await announce("b", "kept");
    expect(["a", "b", "c"].map((id) => others.statusOf(id))).toEqual(["taking", "kept", undefined]);
    await announce("a", "free");
    expect(others.statusOf("a")).toBeUndefined();
  });

  it("tell nothing of this process, and of processes of other engines", async () => {
    const announce = await newProcess("127.0.0.1:40002");
    const others = new Journals(engine, home);
    others.announce("a", "kept");
    await announce("a", "taken");
    expect(others.statusOf("a")).toBeUndefined();
  });

  it("tell nothing of a process that has ended, whose journal the next one deletes", async () => {
    const announce = await newProcess(engine);
    const others = new Journals(engine, home);
    await announce("a", "kept");
    expect(others.statusOf("a")).toBe("kept");
    const ended = child && once(child, "exit");
    child?.kill("SIGKILL");
    await ended;
    expect(others.statusOf("a")).toBeUndefined();
    expect(await journals()).toHaveLength(2);
    new Journals("127.0.0.1:40003", home).announce("a", "gone");
    expect(await journals()).toHaveLength(2); // of this process, for two engines
  });

  it("say which folder must be writable", async () => {
    const file = join(home, "file");
    await writeFile(file, "");
    expect(() => new Journals(engine, file).announce("a", "gone")).toThrow(
      `Make ${join(file, "datadog-org-connections")} writable, or set PULUMI_HOME`,
    );
  });
});
