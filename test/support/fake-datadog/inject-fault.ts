import type { ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import { createBrotliCompress, createDeflate, createGzip } from "node:zlib";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { FaultEffect } from "./faults.ts";

/** The response, and the status that the client sees, if any. */
export interface Outcome {
  readonly response: Response;
  readonly status: number | undefined;
}

/** Whether a request that meets this fault isn't applied. */
export function preventsApplying(fault: FaultEffect): boolean {
  if (fault.kind === "compressed") return (fault.status ?? 200) >= 400;
  return ["status", "redirect", "resetBefore", "hangBefore", "upgrade"].includes(fault.kind);
}

/** Sends `answer`, or what the fault makes of it. */
export async function injectFault(
  fault: FaultEffect | undefined,
  answer: Response,
  outgoing: ServerResponse,
): Promise<Outcome> {
  switch (fault?.kind) {
    case "status":
      return sent(
        new Response(fault.body ?? null, {
          status: fault.status,
          headers: { "content-type": contentType(fault.body), ...fault.headers },
        }),
      );
    case "redirect":
      return sent(new Response(null, { status: 302, headers: { location: fault.location } }));
    case "resetBefore":
    case "resetAfter":
      outgoing.socket?.resetAndDestroy();
      return alreadySent(undefined);
    case "hangBefore":
    case "hangAfter":
      return alreadySent(undefined);
    case "truncatedJson":
      return truncate(answer, outgoing);
    case "slowBody":
      return slow(answer, outgoing, fault.delayMs);
    case "wrongShape":
      return sent(Response.json(fault.json));
    case "emptyBody":
      return sent(new Response(null, { status: answer.status }));
    case "upgrade":
      return upgrade(outgoing);
    case "endless":
      return stream(200, {}, outgoing, [Readable.from(blanks(Number.POSITIVE_INFINITY))]);
    case "compressed":
      return stream(fault.status ?? 200, { "content-encoding": fault.encoding }, outgoing, [
        Readable.from(blanks(fault.bytes)),
        compressors[fault.encoding](),
      ]);
    default:
      return sent(answer);
  }
}

const sent = (response: Response): Outcome => ({ response, status: response.status });

const alreadySent = (status: number | undefined): Outcome => ({
  response: RESPONSE_ALREADY_SENT,
  status,
});

async function truncate(answer: Response, outgoing: ServerResponse): Promise<Outcome> {
  const body = await writeHead(answer, outgoing);
  outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => outgoing.destroy());
  return alreadySent(answer.status);
}

async function slow(answer: Response, outgoing: ServerResponse, delayMs: number): Promise<Outcome> {
  const body = await writeHead(answer, outgoing);
  outgoing.flushHeaders();
  const timer = setTimeout(() => outgoing.end(body), delayMs);
  outgoing.once("close", () => clearTimeout(timer));
  return alreadySent(answer.status);
}

/** Written to the socket, because a response can't be upgraded. */
function upgrade(outgoing: ServerResponse): Outcome {
  const head = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"];
  outgoing.socket?.write(`${head.join("\r\n")}\r\n\r\n`);
  return alreadySent(101);
}

const compressors = { gzip: createGzip, br: createBrotliCompress, deflate: createDeflate };

/** Sends a stream until it ends, or the client or the service closes the connection. */
function stream(
  status: number,
  headers: Readonly<Record<string, string>>,
  outgoing: ServerResponse,
  streams: readonly (NodeJS.ReadableStream | NodeJS.ReadWriteStream)[],
): Outcome {
  outgoing.writeHead(status, { "content-type": "application/json", ...headers });
  pipeline([...streams, outgoing], () => {}); // closing early isn't an error here
  return alreadySent(status);
}

/** This many blanks, which are JSON whitespace, in chunks. */
function* blanks(count: number): Generator<Buffer> {
  const chunk = Buffer.alloc(65_536, " ");
  for (let left = count; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

/** Sends the head of the answer, with the length of the whole body; returns the body. */
async function writeHead(answer: Response, outgoing: ServerResponse): Promise<Buffer> {
  const body = Buffer.from(await answer.arrayBuffer());
  const headers = { ...Object.fromEntries(answer.headers), "content-length": body.length };
  outgoing.writeHead(answer.status, headers);
  return body;
}

const contentType = (body: string | undefined) =>
  body?.startsWith("{") ? "application/json" : "text/html";
