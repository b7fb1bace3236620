import type { Socket } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { longSeconds, shortSeconds, useChild, useServers, writeEndlessly } from "./child.ts";

const send = useChild();
const start = useServers();

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = "Transfer-Encoding: chunked\r\n\r\n";
const withLength = (length: number) => `Content-Length: ${length}\r\n\r\n`;

/** Answers with a head and a body of this encoding. */
function compressed(status: string, encoding: string, body: Buffer) {
  const head = `HTTP/1.1 ${status}\r\nContent-Encoding: ${encoding}\r\n${withLength(body.length)}`;
  return (socket: Socket) => socket.write(Buffer.concat([Buffer.from(head), body]));
}

const zeros = Buffer.alloc(200 * 2 ** 20);
const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const fewBytes = gzipSync("{}".repeat(99));

const timeout = `timeout: ADDRESS didn't respond within ${shortSeconds} s`;
const brokenOff = (reason: string) => `network: ADDRESS can't be reached: ${reason}`;
const tooLarge = (status: string, mebibytes: number) =>
  `tooLarge: ADDRESS answered ${status} with a body of more than ${mebibytes} MiB`;
const upgraded = brokenOff("it changed to another protocol (status 101)");

type Serve = (socket: Socket) => void;

describe.concurrent("a process ends with an error, and with little memory, if the service", () => {
  it.each<[string, Serve, string | RegExp]>([
    [
      "upgrades the connection",
      (socket) =>
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        ),
      upgraded,
    ],
    [
      "upgrades and ends the connection",
      (socket) => socket.end("HTTP/1.1 101 -\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
      upgraded,
    ],
    [
      "answers 101 without an upgrade",
      (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
      upgraded,
    ],
    [
      "sends informational answers without end",
      (socket) => writeEndlessly(socket, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
      timeout,
    ],
    [
      "ends after an informational answer",
      (socket) => socket.end("HTTP/1.1 100 Continue\r\n\r\n"),
      brokenOff("socket hang up"),
    ],
    ["accepts and says nothing", () => {}, timeout],
    ["ends before the head", (socket) => socket.end(), brokenOff("socket hang up")],
    ["resets before the head", (socket) => socket.resetAndDestroy(), /^network: /],
    ["ends within the head", (socket) => socket.end(`${ok}Content-`), /^network: /],
    ["stops within the head", (socket) => socket.write(`${ok}Content-`), timeout],
    [
      "sends a head without end",
      (socket) => {
        socket.write(ok);
        writeEndlessly(socket, `X: ${"x".repeat(999)}\r\n`);
      },
      /^network: .*Header overflow/,
    ],
    ["doesn't speak HTTP", (socket) => socket.write("220 ready\r\n"), /^network: .*Parse Error/],
    ["stops within the body", (socket) => socket.write(ok + withLength(9)), timeout],
    ["ends within the body", (socket) => socket.end(`${ok}${withLength(9)}{`), /^network: /],
    ["ends within the chunks", (socket) => socket.end(`${ok}${chunked}1\r\n{\r\n`), /^network: /],
    [
      "sends a body without end",
      (socket) => {
        socket.write(`${ok}\r\n`);
        writeEndlessly(socket, " ".repeat(2 ** 16));
      },
      tooLarge("200 OK", 64),
    ],
    [
      "refuses with a body without end",
      (socket) => {
        socket.write(`HTTP/1.1 403 Forbidden\r\n${chunked}`);
        writeEndlessly(socket, `10000\r\n${" ".repeat(2 ** 16)}\r\n`);
      },
      tooLarge("403 Forbidden", 1),
    ],
    [
      "sends a little brotli that becomes much",
      compressed("200 OK", "br", brotliCompressSync(zeros, fast)),
      tooLarge("200 OK", 64),
    ],
    [
      "refuses with gzip that becomes much",
      compressed("403 Forbidden", "gzip", gzipSync(zeros, { level: 1 })),
      tooLarge("403 Forbidden", 1),
    ],
    [
      "fails with deflate that becomes much",
      compressed("503 No", "deflate", deflateSync(zeros, { level: 1 })),
      tooLarge("503 No", 1),
    ],
    [
      "sends a list of many small values",
      (socket) => {
        const text = `[${"[],".repeat(5e6)}[]]`;
        socket.write(ok + withLength(text.length) + text);
      },
      "tooLarge: ADDRESS answered 200 OK with a body of more than a million values",
    ],
    [
      "doesn't compress what it says it does",
      compressed("200 OK", "gzip", Buffer.from("{}")),
      /^network: .*incorrect header check/,
    ],
    [
      "stops within compressed text",
      (socket) =>
        socket.write(
          Buffer.concat([
            Buffer.from(`${ok}Content-Encoding: gzip\r\n${withLength(999)}`),
            fewBytes.subarray(0, 12),
          ]),
        ),
      timeout,
    ],
    [
      "answers with a web page",
      (socket) => socket.write(`${ok}${withLength(16)}\n<!DOCTYPE html>`),
      "invalidJson: ADDRESS answered with a web page instead of JSON",
    ],
    [
      "redirects to itself",
      (socket) => socket.write(`HTTP/1.1 302 Found\r\nLocation: /list\r\n${withLength(0)}`),
      "notDatadog: ADDRESS answered 302 Found, a redirect, which isn't followed because it would forward the keys",
    ],
  ])("%s", async (_what, answer, expected) => {
    const port = await start((socket) => socket.once("data", () => answer(socket)));
    const seconds = expected === timeout ? shortSeconds : longSeconds;
    const { outcome, megabytes } = await send(`http://127.0.0.1:${port}`, seconds);
    const shown = outcome.replaceAll(`http://127.0.0.1:${port}`, "ADDRESS");
    if (typeof expected === "string") expect(shown).toBe(expected);
    else expect(shown).toMatch(expected);
    expect(megabytes).toBeLessThan(400);
  });
});

describe.concurrent("a process reads", () => {
  it.each<[string, Serve, string]>([
    [
      "an answer after many informational ones",
      (socket) => {
        socket.write("HTTP/1.1 103 Early Hints\r\n\r\n".repeat(99));
        socket.write(`${ok}${withLength(2)}{}`);
      },
      "{}",
    ],
    [
      "the first of two answers",
      (socket) => socket.write(`${ok}${withLength(2)}{}${ok}${withLength(2)}[]`),
      "{}",
    ],
    [
      "compressed text that is cut off but complete",
      compressed("200 OK", "gzip", fewBytes.subarray(0, -8)),
      "{}".repeat(99),
    ],
  ])("%s", async (_what, answer, text) => {
    const port = await start((socket) => socket.once("data", () => answer(socket)));
    expect((await send(`http://127.0.0.1:${port}`, longSeconds)).outcome).toBe(`success: ${text}`);
  });
});
