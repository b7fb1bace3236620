import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Sends a request and prints its outcome. Nothing but the request keeps this process alive. */
const program = `import { Transport } from "./transport";
const [baseUrl, timeoutSeconds] = process.argv.slice(2);
const credentials = { apiKey: "api-key-of-payments", appKey: "app-key-of-payments" };
new Transport({ baseUrl, credentials, timeoutSeconds: Number(timeoutSeconds) }).send("GET", "/list").then(
  (text) => "success: " + text, (error) => error.code + ": " + error.message,
).then((outcome) => {
  const megabytes = process.resourceUsage().maxRSS / 1000;
  process.stdout.write(JSON.stringify({ outcome: outcome.slice(0, 300), megabytes }));
});`;

let folder: string;
const servers: Server[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hostile-"));
  await build({
    stdin: { contents: program, resolveDir: resolve("provider/api") },
    bundle: true,
    platform: "node",
    outfile: join(folder, "send.cjs"),
  });
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

/** What a server does with a connection once it was sent something. */
type Serve = (socket: Socket) => void;

const write =
  (data: string | Buffer): Serve =>
  (socket) =>
    socket.write(data);

const end =
  (data = ""): Serve =>
  (socket) =>
    socket.end(data);

const reset: Serve = (socket) => socket.resetAndDestroy();

/** Writes a head, and then this again and again, as long as the other side reads. */
const writeEndlessly =
  (head: string, chunk: string): Serve =>
  (socket) => {
    const more = () => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on("drain", more);
    socket.write(head);
    more();
  };

/** Starts a server, and returns its address. */
async function start(serve: Serve): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => serve(socket));
  });
  servers.push(server);
  await new Promise<void>((started) => server.listen(0, "127.0.0.1", started));
  return `http://127.0.0.1:${Object(server.address()).port}`;
}

const didNotRespond = "timeout: ADDRESS didn't respond within 0.5 s";

/** Sends one request in a process, and expects its outcome; fails if the process doesn't end by itself. */
async function expectOutcome(
  address: string,
  expected: string | RegExp,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const args = [join(folder, "send.cjs"), address, expected === didNotRespond ? "0.5" : "20"];
  const options = { env, timeout: 30_000, killSignal: "SIGKILL" } as const;
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  const { outcome, megabytes } = JSON.parse(stdout);
  expect(outcome.replaceAll(address, "ADDRESS")).toMatch(expected);
  expect(megabytes).toBeLessThan(400);
}

const ok = "HTTP/1.1 200 OK\r\n";
const chunked = "Transfer-Encoding: chunked\r\n\r\n";
const withLength = (length: number) => `Content-Length: ${length}\r\n\r\n`;
const upgrade = "HTTP/1.1 101 -\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
const endlessHead = writeEndlessly(ok, `X: ${"x".repeat(999)}\r\n`);
const earlyHints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";

/** A head and a body of this encoding. */
function compressed(status: string, encoding: string, body: Buffer, length = body.length): Serve {
  const head = `HTTP/1.1 ${status}\r\nContent-Encoding: ${encoding}\r\n${withLength(length)}`;
  return write(Buffer.concat([Buffer.from(head), body]));
}

describe.concurrent("a process ends with an error, and with little memory, if the service", () => {
  const zeros = Buffer.alloc(200 * 2 ** 20);
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  const manyValues = `[${"[],".repeat(5e6)}[]]`;
  const brokenOff = (reason: string) => `network: ADDRESS can't be reached: ${reason}`;
  const tooLarge = (status: string, bound: string) =>
    `tooLarge: ADDRESS answered ${status} with a body of more than ${bound}`;

  it.each<[string, Serve, string | RegExp]>([
    [
      "upgrades the connection",
      write(upgrade),
      brokenOff("it changed to another protocol (status 101)"),
    ],
    ["sends informational answers without end", writeEndlessly("", earlyHints), didNotRespond],
    ["ends after an informational answer", end(earlyHints), brokenOff("socket hang up")],
    ["accepts and says nothing", () => {}, didNotRespond],
    ["ends before the head", end(), brokenOff("socket hang up")],
    ["resets before the head", reset, /^network: /],
    ["ends within the head", end(`${ok}Content-`), /^network: /],
    ["stops within the head", write(`${ok}Content-`), didNotRespond],
    ["sends a head without end", endlessHead, /^network: .*Header overflow/],
    ["doesn't speak HTTP", write("220 ready\r\n"), /^network: .*Parse Error/],
    ["stops within the body", write(ok + withLength(9)), didNotRespond],
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
      compressed("200 OK", "gzip", gzipSync("{}".repeat(99)).subarray(0, 12), 999),
      didNotRespond,
    ],
  ])("%s", async (_what, serve, expected) => {
    await expectOutcome(await start(serve), expected);
  });
});

describe.concurrent("a process reads", () => {
  const answer = `${ok}${withLength(2)}{}`;
  const cutOff = gzipSync("{}".repeat(99)).subarray(0, -8);

  it.each<[string, Serve, RegExp]>([
    ["an answer after many informational ones", write(earlyHints.repeat(99) + answer), /: {}$/],
    ["the first of two answers", write(`${answer}${ok}${withLength(2)}[]`), /: {}$/],
    [
      "compressed text that is cut off but complete",
      compressed("200 OK", "gzip", cutOff),
      /: ({}){99}$/,
    ],
  ])("%s", async (_what, serve, expected) => {
    await expectOutcome(await start(serve), expected);
  });
});

describe.concurrent("a process ends with an error, and with little memory, if the proxy", () => {
  const problem = (code: string, reason: string) =>
    `${code}: ADDRESS can't be reached: the proxy ${reason}`;
  const answered = (status: number) => problem("connectFailed", `answered ${status}`);
  const noTunnel = problem("connectFailed", "didn't open a tunnel");
  const established = "HTTP/1.1 200 Connection established\r\n\r\n";

  it.each<[string, Serve, string | RegExp]>([
    ["never answers", () => {}, didNotRespond],
    ["stops within its answer", write("HTTP/1.1 200"), didNotRespond],
    [
      "answers one byte after the other",
      (socket) => {
        for (const byte of "HTTP/1.1 502 No\r\n\r\n") setImmediate(() => socket.write(byte));
      },
      answered(502),
    ],
    [
      "refuses, and keeps the connection open",
      write("HTTP/1.1 407 No\r\n\r\n"),
      problem("proxyFailed", "answered 407"),
    ],
    [
      "refuses with a body without end",
      writeEndlessly("HTTP/1.1 502 Bad Gateway\r\n\r\n", " ".repeat(2 ** 16)),
      answered(502),
    ],
    ["sends a head without end", endlessHead, noTunnel],
    ["sends bytes without end", writeEndlessly("", "x"), noTunnel],
    ["doesn't speak HTTP", write("220 ready\r\n\r\n"), noTunnel],
    ["resets at once", reset, noTunnel],
    ["upgrades", write(upgrade), answered(101)],
    ["answers informationally", write(earlyHints), answered(103)],
    ["opens a tunnel that is silent", write(established), didNotRespond],
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
      /^tlsFailed: can't connect securely to ADDRESS: (wrong version|packet length)/,
    ],
  ])("%s", async (_what, serve, expected) => {
    await expectOutcome("https://datadog.invalid", expected, { HTTPS_PROXY: await start(serve) });
  });
});
