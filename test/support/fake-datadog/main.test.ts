import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { ask, creation, keysOf, list } from "./client.ts";
import { orgs } from "./orgs.ts";

const { hub, payments } = orgs;
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const announcement = z.object({ url: z.string(), orgs: z.array(z.unknown()) });

let child: ChildProcessByStdio<Writable, Readable, null>;
let service: z.infer<typeof announcement>;

beforeEach(async () => {
  child = spawn(process.execPath, [main, "--port", "0"], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  service = announcement.parse(JSON.parse(String(line)));
});
afterEach(() => {
  child.kill("SIGKILL");
});

const post = (body: unknown, path?: string) =>
  ask(service, { method: "POST", headers: keysOf(payments), body, ...(path && { path }) });
const byHand = (change: unknown) => post(change, "/_fake/hand");

it("tells its address and the keys of its orgs in one line", () => {
  const { id, name, apiKey, appKey } = payments;

  expect(service.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(service.orgs.length).toBe(5);
  expect(service.orgs).toContainEqual({ id, name, apiKey, appKey });
});

it("lets somebody change things by hand", async () => {
  await post(creation(hub.id, ["logs"]));
  const { ids } = await list(service, hub);

  await byHand({ action: "setTypes", id: ids[0], types: ["metrics", "audit"] });
  expect((await list(service, hub)).types).toEqual([["metrics", "audit"]]);

  await byHand({ action: "remove", id: ids[0] });
  expect((await list(service, hub)).types).toEqual([]);
});

it.each([{ action: "remove", id: "none" }, { action: "explode" }, "text"])(
  "refuses by hand: %o",
  async (body) => {
    expect((await byHand(body)).status).toBe(400);
  },
);

it("shows the requests, but not those of the control API", async () => {
  const path = "/_fake/requests";
  await list(service, hub);
  await byHand("text");

  expect(await ask(service, { path, headers: {} })).toMatchObject({
    json: [{ method: "GET", org: "Hub", status: 200 }],
  });
  await ask(service, { method: "DELETE", path, headers: {} });
  expect(await ask(service, { path, headers: {} })).toEqual({ status: 200, json: [] });
});

it.each([
  ["its stdin closes", () => child.stdin.end()],
  ["it gets SIGTERM", () => child.kill("SIGTERM")],
])("stops when %s, although a client keeps its connection open", async (_when, stop) => {
  await list(service, hub);
  const exit = once(child, "exit");

  stop();

  expect(await exit).toEqual([0, null]);
  await expect(fetch(service.url)).rejects.toThrow("fetch failed");
});
