import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { longSeconds, shortSeconds, useChild, useServers, writeEndlessly } from "./child.ts";

const send = useChild();
const start = useServers();

const unavailable = (reason: string) =>
  `connectFailed: https://datadog.invalid can't be reached: the proxy ${reason}`;
const answered = (status: number) => unavailable(`answered ${status}`);
const notInTime = `timeout: https://datadog.invalid didn't respond within ${shortSeconds} s`;
const established = "HTTP/1.1 200 Connection established\r\n\r\n";

describe.concurrent("a process ends with an error, and with little memory, if the proxy", () => {
  it.each<[string, (socket: Socket) => void, string | RegExp]>([
    ["never answers", () => {}, notInTime],
    ["stops within its answer", (socket) => socket.write("HTTP/1.1 200"), notInTime],
    [
      "answers one byte after the other",
      (socket) => {
        for (const byte of "HTTP/1.1 502 No\r\n\r\n") setImmediate(() => socket.write(byte));
      },
      answered(502),
    ],
    [
      "refuses, and keeps the connection open",
      (socket) => socket.write("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
      "proxyFailed: https://datadog.invalid can't be reached: the proxy answered 407",
    ],
    [
      "refuses with a body without end",
      (socket) => {
        socket.write("HTTP/1.1 502 Bad Gateway\r\n\r\n");
        writeEndlessly(socket, " ".repeat(2 ** 16));
      },
      answered(502),
    ],
    [
      "sends a head without end",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        writeEndlessly(socket, `X: ${"x".repeat(999)}\r\n`);
      },
      unavailable("didn't open a tunnel"),
    ],
    [
      "sends bytes without end",
      (socket) => writeEndlessly(socket, "x"),
      unavailable("didn't open a tunnel"),
    ],
    [
      "doesn't speak HTTP",
      (socket) => socket.write("220 ready\r\n\r\n"),
      unavailable("didn't open a tunnel"),
    ],
    ["ends at once", (socket) => socket.end(), unavailable("didn't open a tunnel")],
    ["resets at once", (socket) => socket.resetAndDestroy(), unavailable("didn't open a tunnel")],
    [
      "redirects",
      (socket) => socket.write("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1\r\n\r\n"),
      answered(302),
    ],
    [
      "upgrades",
      (socket) => socket.write("HTTP/1.1 101 -\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
      answered(101),
    ],
    [
      "answers informationally",
      (socket) => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"),
      answered(103),
    ],
    ["opens a tunnel that is silent", (socket) => socket.write(established), notInTime],
    [
      "opens a tunnel and ends it",
      (socket) => socket.end(established),
      /^connectFailed: .*disconnected before secure TLS/,
    ],
    [
      "opens a tunnel to no TLS",
      (socket) => {
        socket.write(established);
        socket.once("data", () => writeEndlessly(socket, "x".repeat(99)));
      },
      /^tlsFailed: can't connect securely to https:\/\/datadog\.invalid: (wrong version|packet length)/,
    ],
  ])("%s", async (_what, answer, expected) => {
    const port = await start((socket) => socket.once("data", () => answer(socket)));
    const seconds = expected === notInTime ? shortSeconds : longSeconds;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const { outcome, megabytes } = await send("https://datadog.invalid", seconds, env);
    if (typeof expected === "string") expect(outcome).toBe(expected);
    else expect(outcome).toMatch(expected);
    expect(megabytes).toBeLessThan(400);
  });
});
