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

const unavailable = (reason: string) =>
  `connectFailed: https://datadog.invalid can't be reached: the proxy ${reason}`;
const answered = (status: number) => unavailable(`answered ${status}`);
const notInTime = `timeout: https://datadog.invalid didn't respond within ${shortSeconds} s`;
const noTunnel = unavailable("didn't open a tunnel");
const refused = "proxyFailed: https://datadog.invalid can't be reached: the proxy answered 407";
const established = "HTTP/1.1 200 Connection established\r\n\r\n";
const upgrade = "HTTP/1.1 101 -\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
const notTls =
  /^tlsFailed: can't connect securely to https:\/\/datadog\.invalid: (wrong version|packet length)/;

describe.concurrent("a process ends with an error, and with little memory, if the proxy", () => {
  it.each<[string, Serve, string | RegExp]>([
    ["never answers", () => {}, notInTime],
    ["stops within its answer", write("HTTP/1.1 200"), notInTime],
    [
      "answers one byte after the other",
      (socket) => {
        for (const byte of "HTTP/1.1 502 No\r\n\r\n") setImmediate(() => socket.write(byte));
      },
      answered(502),
    ],
    ["refuses, and keeps the connection open", write("HTTP/1.1 407 No\r\n\r\n"), refused],
    [
      "refuses with a body without end",
      writeEndlessly("HTTP/1.1 502 Bad Gateway\r\n\r\n", " ".repeat(2 ** 16)),
      answered(502),
    ],
    [
      "sends a head without end",
      writeEndlessly("HTTP/1.1 200 OK\r\n", `X: ${"x".repeat(999)}\r\n`),
      noTunnel,
    ],
    ["sends bytes without end", writeEndlessly("", "x"), noTunnel],
    ["doesn't speak HTTP", write("220 ready\r\n\r\n"), noTunnel],
    ["ends at once", end(), noTunnel],
    ["resets at once", (socket) => socket.resetAndDestroy(), noTunnel],
    ["redirects", write("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1\r\n\r\n"), answered(302)],
    ["upgrades", write(upgrade), answered(101)],
    ["answers informationally", write("HTTP/1.1 103 Early Hints\r\n\r\n"), answered(103)],
    ["opens a tunnel that is silent", write(established), notInTime],
    [
      "opens a tunnel and ends it",
      end(established),
      /^connectFailed: .*disconnected before secure TLS/,
    ],
    [
      "opens a tunnel to no TLS",
      (socket) => {
        socket.write(established);
        socket.once("data", () => writeEndlessly("", "x".repeat(99))(socket));
      },
      notTls,
    ],
  ])("%s", async (_what, answer, expected) => {
    const seconds = expected === notInTime ? shortSeconds : longSeconds;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${await start(answer)}` };
    const { outcome, megabytes } = await send("https://datadog.invalid", seconds, env);
    if (typeof expected === "string") expect(outcome).toBe(expected);
    else expect(outcome).toMatch(expected);
    expect(megabytes).toBeLessThan(400);
  });
});
