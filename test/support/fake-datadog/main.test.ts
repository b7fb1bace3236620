import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { ask, create } from "./client.ts";
import { orgs } from "./index.ts";

const { hub, payments } = orgs;
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const announcement = z.object({ url: z.url(), orgs: z.array(z.unknown()) });
const created = z.object({ data: z.object({ id: z.string() }) });

let child: ChildProcessByStdio<Writable, Readable, null>;
let service: z.infer<typeof announcement>;

beforeEach(async () => {
  child = spawn(process.execPath, [main, "--port", "0"], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  service = announcement.parse(JSON.parse(String(line)));
});
afterEach(() => void child.kill("SIGKILL"));

it("prints its keys, and has an API for manual changes and for the log", async () => {
  const { id, name, apiKey, appKey } = payments;
  expect(service.orgs).toContainEqual({ id, name, apiKey, appKey });

  const connection = created.parse((await ask(service, create(hub.id))).json).data.id;
  const byHand = (body: unknown) => ask(service, { method: "POST", path: "/_fake/hand", body });
  const types = ["metrics", "audit"];
  expect((await byHand({ action: "setTypes", id: connection, types })).status).toBe(200);
  expect((await ask(service)).json).toMatchObject({
    data: [{ attributes: { connection_types: types } }],
  });
  expect((await byHand({ action: "remove", id: connection })).status).toBe(200);
  for (const body of [{ action: "remove", id: connection }, { action: "explode" }, "text"]) {
    expect((await byHand(body)).status).toBe(400);
  }

  const log = { headers: {}, path: "/_fake/requests" };
  expect((await ask(service, log)).json).toMatchObject([
    { method: "POST", org: "Payments", status: 200 },
    { method: "GET", org: "Payments", status: 200 },
  ]);
  await ask(service, { ...log, method: "DELETE" });
  expect((await ask(service, log)).json).toEqual([]);
});

it.each([
  ["its stdin closes", () => child.stdin.end()],
  ["it gets SIGTERM", () => child.kill("SIGTERM")],
])("stops when %s, although a client keeps its connection open", async (_when, stop) => {
  await ask(service);
  const exit = once(child, "exit");
  stop();
  expect(await exit).toEqual([0, null]);
  await expect(fetch(service.url)).rejects.toThrow("fetch failed");
});
