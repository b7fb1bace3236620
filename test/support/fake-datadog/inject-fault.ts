import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Misbehaviour } from "./faults.ts";

/** What goes out: the response, and the status that the client gets to see, if any. */
export interface Outcome {
  readonly response: Response;
  readonly status: number | undefined;
}

/** Whether a request that meets this fault isn't applied. */
export const preventsApplying = ({ kind }: Misbehaviour): boolean =>
  ["status", "redirect", "resetBefore", "hangBefore"].includes(kind);

/** What becomes of a request whose `answer` is due. */
export async function strike(
  fault: Misbehaviour | undefined,
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
      return reset(outgoing);
    case "hangBefore":
    case "hangAfter":
      return unanswered;
    case "truncatedJson":
      return truncate(answer, outgoing);
    case "slowBody":
      return slow(answer, outgoing, fault.delayMs);
    case "wrongShape":
      return sent(Response.json(fault.json));
    case "emptyBody":
      return sent(new Response(null, { status: answer.status }));
    default:
      return sent(answer);
  }
}

const sent = (response: Response): Outcome => ({ response, status: response.status });

const unanswered: Outcome = { response: RESPONSE_ALREADY_SENT, status: undefined };

function reset(outgoing: ServerResponse): Outcome {
  outgoing.socket?.resetAndDestroy();
  return unanswered;
}

async function truncate(answer: Response, outgoing: ServerResponse): Promise<Outcome> {
  const body = await writeHead(answer, outgoing);
  outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => outgoing.destroy());
  return { response: RESPONSE_ALREADY_SENT, status: answer.status };
}

async function slow(answer: Response, outgoing: ServerResponse, delayMs: number): Promise<Outcome> {
  const body = await writeHead(answer, outgoing);
  outgoing.flushHeaders();
  const timer = setTimeout(() => outgoing.end(body), delayMs);
  outgoing.once("close", () => clearTimeout(timer));
  return { response: RESPONSE_ALREADY_SENT, status: answer.status };
}

/** Begins the answer by hand, with the length of the whole body; gives the body. */
async function writeHead(answer: Response, outgoing: ServerResponse): Promise<Buffer> {
  const body = Buffer.from(await answer.arrayBuffer());
  const headers = { ...Object.fromEntries(answer.headers), "content-length": body.length };
  outgoing.writeHead(answer.status, headers);
  return body;
}

const contentType = (body: string | undefined) =>
  body?.startsWith("{") ? "application/json" : "text/html";
