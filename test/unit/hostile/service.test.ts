import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  end,
  longSeconds,
  type Serve,
  shortSeconds,
  useChild,
  useServers,
  write,
  writeEndlessly,
} from "./child.ts";

const send = useChild();
const start = useServers();

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = "Transfer-Encoding: chunked\r\n\r\n";
const withLength = (length: number) => `Content-Length: ${length}\r\n\r\n`;
const upgrade = "HTTP/1.1 101 -\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
const earlyHints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";

/** A head and a body of this encoding. */
function compressed(status: string, encoding: string, body: Buffer, length = body.length): Serve {
  const head = `HTTP/1.1 ${status}\r\nContent-Encoding: ${encoding}\r\n${withLength(length)}`;
  return write(Buffer.concat([Buffer.from(head), body]));
}

const zeros = Buffer.alloc(200 * 2 ** 20);
const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const fewBytes = gzipSync("{}".repeat(99));
const manyValues = `[${"[],".repeat(5e6)}[]]`;
const redirect = `HTTP/1.1 302 Found\r\nLocation: /list\r\n${withLength(0)}`;

const timeout = `timeout: ADDRESS didn't respond within ${shortSeconds} s`;
const brokenOff = (reason: string) => `network: ADDRESS can't be reached: ${reason}`;
const tooLarge = (status: string, bound: string) =>
  `tooLarge: ADDRESS answered ${status} with a body of more than ${bound}`;
const upgraded = brokenOff("it changed to another protocol (status 101)");

describe.concurrent("a process ends with an error, and with little memory, if the service", () => {
  it.each<[string, Serve, string | RegExp]>([
    ["upgrades the connection", write(upgrade), upgraded],
    ["upgrades and ends the connection", end(upgrade), upgraded],
    ["answers 101 without an upgrade", write("HTTP/1.1 101 -\r\n\r\n"), upgraded],
    ["sends informational answers without end", writeEndlessly("", earlyHints), timeout],
    ["ends after an informational answer", end(earlyHints), brokenOff("socket hang up")],
    ["accepts and says nothing", () => {}, timeout],
    ["ends before the head", end(), brokenOff("socket hang up")],
    ["resets before the head", (socket) => socket.resetAndDestroy(), /^network: /],
    ["ends within the head", end(`${ok}Content-`), /^network: /],
    ["stops within the head", write(`${ok}Content-`), timeout],
    [
      "sends a head without end",
      writeEndlessly(ok, `X: ${"x".repeat(999)}\r\n`),
      /^network: .*Header overflow/,
    ],
    ["doesn't speak HTTP", write("220 ready\r\n"), /^network: .*Parse Error/],
    ["stops within the body", write(ok + withLength(9)), timeout],
    ["ends within the body", end(`${ok}${withLength(9)}{`), /^network: /],
    ["ends within the chunks", end(`${ok}${chunked}1\r\n{\r\n`), /^network: /],
    [
      "sends a body without end",
      writeEndlessly(`${ok}\r\n`, " ".repeat(2 ** 16)),
      tooLarge("200 OK", "64 MiB"),
    ],
    [
      "refuses with a body without end",
      writeEndlessly(`HTTP/1.1 403 No\r\n${chunked}`, `10000\r\n${" ".repeat(2 ** 16)}\r\n`),
      tooLarge("403 No", "1 MiB"),
    ],
    [
      "sends a little brotli that becomes much",
      compressed("200 OK", "br", brotliCompressSync(zeros, fast)),
      tooLarge("200 OK", "64 MiB"),
    ],
    [
      "refuses with gzip that becomes much",
      compressed("403 No", "gzip", gzipSync(zeros, { level: 1 })),
      tooLarge("403 No", "1 MiB"),
    ],
    [
      "fails with deflate that becomes much",
      compressed("503 No", "deflate", deflateSync(zeros, { level: 1 })),
      tooLarge("503 No", "1 MiB"),
    ],
    [
      "sends a list of many small values",
      write(ok + withLength(manyValues.length) + manyValues),
      tooLarge("200 OK", "a million values"),
    ],
    [
      "doesn't compress what it says it does",
      compressed("200 OK", "gzip", Buffer.from("{}")),
      /^network: .*incorrect header check/,
    ],
    [
      "stops within compressed text",
      compressed("200 OK", "gzip", fewBytes.subarray(0, 12), 999),
      timeout,
    ],
    [
      "answers with a web page",
      write(`${ok}${withLength(16)}\n<!DOCTYPE html>`),
      "invalidJson: ADDRESS answered with a web page instead of JSON",
    ],
    ["redirects to itself", write(redirect), /^notDatadog: ADDRESS answered 302 Found, a redirect/],
  ])("%s", async (_what, answer, expected) => {
    const address = `http://127.0.0.1:${await start(answer)}`;
    const seconds = expected === timeout ? shortSeconds : longSeconds;
    const { outcome, megabytes } = await send(address, seconds);
    const shown = outcome.replaceAll(address, "ADDRESS");
    if (typeof expected === "string") expect(shown).toBe(expected);
    else expect(shown).toMatch(expected);
    expect(megabytes).toBeLessThan(400);
  });
});

describe.concurrent("a process reads", () => {
  const answer = `${ok}${withLength(2)}{}`;

  it.each<[string, Serve, string]>([
    ["an answer after many informational ones", write(earlyHints.repeat(99) + answer), "{}"],
    ["the first of two answers", write(`${answer}${ok}${withLength(2)}[]`), "{}"],
    [
      "compressed text that is cut off but complete",
      compressed("200 OK", "gzip", fewBytes.subarray(0, -8)),
      "{}".repeat(99),
    ],
  ])("%s", async (_what, serve, text) => {
    const { outcome } = await send(`http://127.0.0.1:${await start(serve)}`, longSeconds);
    expect(outcome).toBe(`success: ${text}`);
  });
});
