import { Agent, createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type ExchangeError, exchange } from "../../../provider/api/exchange.ts";

let server: Server;
const controller = new AbortController();

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends one request to a server that answers it so. */
async function answerOf(answer: RequestListener, signal = controller.signal) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port }: Partial<AddressInfo> = Object(server.address());
  return exchange(`http://127.0.0.1:${port}/`, {
    method: "GET",
    headers: { "x-test": "1" },
    body: undefined,
    agent: new Agent(),
    signal,
  });
}

const failureOf = (call: Promise<unknown>): Promise<Partial<ExchangeError>> =>
  call.then(() => ({}), Object);

describe("an answer", () => {
  it("has a status, headers and a body", async () => {
    const answer = await answerOf((request, response) => {
      response.writeHead(418, "Teapot", { "X-Seen": request.headers["x-test"] });
      response.end("tea ☕");
    });
    expect(answer).toMatchObject({ status: 418, statusText: "Teapot", headers: { "x-seen": "1" } });
    expect(await answer.body(1000)).toBe("tea ☕");
  });

  it("may be compressed", async () => {
    const answer = await answerOf((_, response) => {
      response.setHeader("Content-Encoding", "gzip");
      response.end(gzipSync("tea ☕".repeat(99)));
    });
    expect(await answer.body(1000)).toBe("tea ☕".repeat(99));
  });

  it.each([
    [27, "tea"],
    [26, undefined],
  ])("is read up to %d bytes after it was decompressed", async (maxBytes, expected) => {
    const answer = await answerOf((_, response) => {
      response.setHeader("Content-Encoding", "gzip");
      response.end(gzipSync("tea".repeat(9)));
    });
    expect(await answer.body(maxBytes)).toBe(expected?.repeat(9));
  });
});

it("nothing is sent once the time has run out", async () => {
  let requests = 0;
  const call = answerOf(() => {
    requests += 1;
  }, AbortSignal.abort());
  expect(await failureOf(call)).toMatchObject({ isAborted: true });
  expect(requests).toBe(0);
});
