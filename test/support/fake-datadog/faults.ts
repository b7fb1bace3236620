import type { ServerResponse } from "node:http";

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
  | { readonly kind: "emptyBody" };

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

/** Whether a request that meets this fault isn't applied. */
export const preventsApplying = ({ kind }: FaultEffect): boolean =>
  ["status", "redirect", "resetBefore", "hangBefore"].includes(kind);

/** Applies a fault to an answer. Returns undefined if the rest of the answer is sent here, or never. */
export async function injectFault(
  fault: FaultEffect,
  answer: Response,
  outgoing: ServerResponse,
): Promise<Response | undefined> {
  switch (fault.kind) {
    case "status": {
      const type = fault.body?.startsWith("{") ? "application/json" : "text/html";
      const headers = { "content-type": type, ...fault.headers };
      return new Response(fault.body ?? null, { status: fault.status, headers });
    }
    case "redirect":
      return new Response(null, { status: 302, headers: { location: fault.location } });
    case "unexpectedResponse":
      return Response.json(fault.json);
    case "emptyBody":
      return new Response(null, { status: answer.status });
    case "resetBefore":
    case "resetAfter":
      outgoing.socket?.resetAndDestroy();
      return undefined;
    case "hangBefore":
    case "hangAfter":
      return undefined;
    case "truncatedJson": {
      const body = Buffer.from(await answer.arrayBuffer());
      const headers = { ...Object.fromEntries(answer.headers), "content-length": body.length };
      outgoing.writeHead(answer.status, headers);
      outgoing.write(body.subarray(0, Math.ceil(body.length / 2)), () => outgoing.destroy());
      return undefined;
    }
  }
}
