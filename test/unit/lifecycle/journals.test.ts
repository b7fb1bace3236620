import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Journals } from "../../../provider/lifecycle/journals.ts";

const engine = "127.0.0.1:40001";

describe("journals", () => {
  let home: string;
  let child: ChildProcess | undefined;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "journals-"));
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    child?.kill("SIGKILL");
    await rm(home, { recursive: true });
  });

  const folder = () => join(home, "datadog-org-connections");
  const journals = () => readdir(folder());

  /** Another process, which announces what it is told. */
  async function newProcess(address: string): Promise<(...report: string[]) => Promise<void>> {
    const program = join(home, "process.cjs");
    const contents = `import { Journals } from "./journals";
      const journals = new Journals(${JSON.stringify(address)}, ${JSON.stringify(home)});
      process.on("message", (report) => { journals.announce(...report); process.send("done"); });`;
    const resolveDir = resolve("provider/lifecycle");
    await build({
      stdin: { contents, resolveDir },
      bundle: true,
      platform: "node",
      outfile: program,
    });
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

  it.each(["kept", "taken", "taking", "deleting", "deletionFailed", "gone"])(
    "tell that it is %s",
    async (status) => {
      const announce = await newProcess(engine);
      await announce("a", status);
      expect(new Journals(engine, home).statusOf("a")).toBe(status);
    },
  );

  it("have a line for each announcement", async () => {
    const own = new Journals(engine, home);
    own.announce("a", "taking");
    own.announce("b", "gone");
    const [name = ""] = await journals();
    expect(name).toMatch(new RegExp(`_127\\.0\\.0\\.1_40001_${process.pid}$`));
    expect(await readFile(join(folder(), name), "utf8")).toBe("a taking\nb gone\n");
  });

  it("lie in the user's folder for Pulumi", async () => {
    vi.stubEnv("PULUMI_HOME", home);
    new Journals(engine).announce("a", "gone");
    expect(await journals()).toHaveLength(1);
  });

  it("tell nothing of one that can't be read, because its process has just ended", async () => {
    new Journals(engine, home).announce("a", "kept");
    const [own = ""] = await journals();
    await mkdir(join(folder(), own.replace(/\d+$/, `${process.ppid}`)));
    expect(new Journals(engine, home).statusOf("a")).toBeUndefined();
  });

  it("of another machine that has the same folder stay", async () => {
    await mkdir(folder());
    await writeFile(join(folder(), "elsewhere_127.0.0.1_40001_999999999"), "");
    new Journals(engine, home).announce("a", "gone");
    expect(await journals()).toHaveLength(2);
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
      /^the processes of this update can't tell each other which connections they manage \(/,
    );
    expect(() => new Journals(engine, file).announce("a", "gone")).toThrow(
      `Make ${join(file, "datadog-org-connections")} writable, or set PULUMI_HOME`,
    );
  });
});
