import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";

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

/** How a process ended that sent one request. */
interface Ending {
  /** What a program sees: the error with its code, or the text of the success. */
  readonly outcome: string;
  /** The most memory that the process had. */
  readonly megabytes: number;
}

/** Runs a process that sends one request, and reports how it ended; fails if it doesn't end by itself. */
export type SendInChild = (
  baseUrl: string,
  timeoutSeconds: number,
  env?: NodeJS.ProcessEnv,
) => Promise<Ending>;

/** For requests that are meant to get no answer in time. */
export const shortSeconds = 0.5;
/** For requests that are meant to end before. */
export const longSeconds = 20;

/** Builds the program for all tests of a file. */
export function useChild(): SendInChild {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hostile-"));
    await build({
      stdin: { contents: program, resolveDir: resolve("provider/api") },
      bundle: true,
      platform: "node",
      outfile: join(folder, "send.cjs"),
    });
  });

  afterAll(() => rm(folder, { recursive: true }));

  return async (baseUrl, timeoutSeconds, env = {}) => {
    const command = [join(folder, "send.cjs"), baseUrl, String(timeoutSeconds)];
    const options = { env, timeout: 30_000, killSignal: "SIGKILL" } as const;
    const { stdout } = await promisify(execFile)(process.execPath, command, options);
    return JSON.parse(stdout);
  };
}

/** Starts servers that answer so; they end with the tests of the file. */
export function useServers(): (answer: Serve) => Promise<number> {
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  return async (answer) => {
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    });
    servers.push(server);
    await new Promise<void>((started) => server.listen(0, "127.0.0.1", started));
    return Number(Object(server.address()).port);
  };
}

/** What a server does with a connection once it was sent something. */
export type Serve = (socket: Socket) => void;

export const write =
  (data: string | Buffer): Serve =>
  (socket) =>
    socket.write(data);

export const end =
  (data = ""): Serve =>
  (socket) =>
    socket.end(data);

/** Writes a head, and then this again and again, as long as the other side reads. */
export const writeEndlessly =
  (head: string, chunk: string): Serve =>
  (socket) => {
    const more = () => {
      while (socket.writable && socket.write(chunk));
    };
    socket.on("drain", more);
    socket.write(head);
    more();
  };
