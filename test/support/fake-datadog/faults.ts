import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";

/** What goes wrong instead of the plain answer. */
export type FaultEffect =
  /** Not applied; this status, these headers, and this body, which may be HTML or nothing. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Not applied; 302 to this location. */
  | { readonly kind: "redirect"; readonly location: string }
  /** Not applied; the connection is reset. */
  | { readonly kind: "resetBefore" }
  /** Not applied; no answer ever comes. */
  | { readonly kind: "hangBefore" }
  /** Applied; the connection is reset. */
  | { readonly kind: "resetAfter" }
  /** Applied; no answer ever comes. */
  | { readonly kind: "hangAfter" }
  /** Applied; the connection ends in the middle of the body. */
  | { readonly kind: "truncatedJson" }
  /** Applied; 200 with this JSON. */
  | { readonly kind: "unexpectedResponse"; readonly json: unknown }
  /** Applied or refused as usual, with the usual status, but no body. */
  | { readonly kind: "emptyBody" }
  /** Applied; the headers come at once, the body after this delay. */
  | { readonly kind: "slowBody"; readonly delayMs: number };

/**
 * A scripted fault, and which requests meet it. What is left out matches every request.
 *
 * @example { kind: "resetAfter", method: "POST" }
 * @example { kind: "status", status: 502, body: "<html>Bad Gateway</html>", times: 2 }
 * @example { kind: "status", status: 429, headers: { "x-ratelimit-reset": "1" } }
 */
export type Fault = FaultEffect & {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** A part of the path and query. */
  readonly path?: string;
  /** The name of the org that sends the request. */
  readonly org?: string;
  /** How many requests meet the fault; 1 by default. */
  readonly times?: number;
};

/** Random faults, for requests without a scripted one. */
export interface FaultRate {
  /** From 0 to 1. */
  readonly probability: number;
  /** The same seed gives the same faults to the same sequence of requests. */
  readonly seed: number;
  /** Each is as probable as the others. */
  readonly kinds: readonly FaultEffect[];
}

/** Temporary failures of networks and gateways: a client that retries gets its answer. */
export const passingFaults: readonly FaultEffect[] = [
  { kind: "status", status: 429 },
  { kind: "status", status: 429, headers: { "x-ratelimit-reset": "0" } },
  { kind: "status", status: 500, body: '{"errors":["Internal server error"]}' },
  { kind: "status", status: 502, body: "<html>Bad Gateway</html>" },
  { kind: "status", status: 503 },
  { kind: "resetBefore" },
  { kind: "resetAfter" },
  { kind: "truncatedJson" },
  { kind: "emptyBody" },
];

/** The faults that requests will meet. */
export class Faults {
  #scripted: { readonly fault: Fault; left: number }[] = [];
  #drawRandom: () => FaultEffect | undefined = () => undefined;

  add(fault: Fault): void {
    this.#scripted.push({ fault, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#scripted = [];
  }

  setRate({ probability, seed, kinds }: FaultRate): void {
    const random = randomNumbers(seed);
    this.#drawRandom = () =>
      random() < probability ? kinds[Math.floor(random() * kinds.length)] : undefined;
  }

  /** Takes the first scripted fault that matches a request, or else a random one. */
  take(method: string, path: string, org: string | undefined): FaultEffect | undefined {
    const found = this.#scripted.find(
      ({ fault, left }) =>
        left > 0 &&
        (fault.method ?? method) === method &&
        path.includes(fault.path ?? "") &&
        (fault.org ?? org) === org,
    );
    if (!found) return this.#drawRandom();
    found.left -= 1;
    return found.fault;
  }
}

/** Pseudorandom numbers from 0 to 1, the same for the same seed: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Whether a request that meets this fault isn't applied. */
export function preventsApplying({ kind }: FaultEffect): boolean {
  return ["status", "redirect", "resetBefore", "hangBefore"].includes(kind);
}

/** The response, and the status that the client sees, if any. */
interface Outcome {
  readonly response: Response;
  readonly status: number | undefined;
}

/** Applies a fault to the answer. What isn't a plain response is sent here. */
export async function injectFault(
  fault: FaultEffect,
  answer: Response,
  outgoing: ServerResponse,
): Promise<Outcome> {
  switch (fault.kind) {
    case "status": {
      const type = fault.body?.startsWith("{") ? "application/json" : "text/html";
      const headers = { "content-type": type, ...fault.headers };
      return plain(new Response(fault.body ?? null, { status: fault.status, headers }));
    }
    case "redirect":
      return plain(new Response(null, { status: 302, headers: { location: fault.location } }));
    case "unexpectedResponse":
      return plain(Response.json(fault.json));
    case "emptyBody":
      return plain(new Response(null, { status: answer.status }));
    case "resetBefore":
    case "resetAfter":
      outgoing.socket?.resetAndDestroy();
      return { response: RESPONSE_ALREADY_SENT, status: undefined };
    case "hangBefore":
    case "hangAfter":
      return { response: RESPONSE_ALREADY_SENT, status: undefined };
    case "slowBody": {
      const body = await sendHeaders(answer, outgoing);
      outgoing.flushHeaders();
      const timer = setTimeout(() => outgoing.end(body), fault.delayMs);
      outgoing.once("close", () => clearTimeout(timer));
      return { response: RESPONSE_ALREADY_SENT, status: answer.status };
    }
    case "truncatedJson": {
      const body = await sendHeaders(answer, outgoing);
      outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => outgoing.destroy());
      return { response: RESPONSE_ALREADY_SENT, status: answer.status };
    }
  }
}

/** Writes the status and the headers of an answer; returns its body, which is still to be sent. */
async function sendHeaders(answer: Response, outgoing: ServerResponse): Promise<Buffer> {
  const body = Buffer.from(await answer.arrayBuffer());
  const headers = { ...Object.fromEntries(answer.headers), "content-length": body.length };
  outgoing.writeHead(answer.status, headers);
  return body;
}

const plain = (response: Response): Outcome => ({ response, status: response.status });
