/** Which requests a fault waits for. What is left out matches every request. */
interface FaultMatch {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** A part of the path and query. */
  readonly path?: string;
  /** The name or the id of the org that sends the request. */
  readonly org?: string;
  /** How many requests meet the fault; 1 unless told. */
  readonly times?: number;
}

/** What goes wrong instead of the plain answer. Only some kinds apply the request first. */
export type Misbehaviour =
  /** Not applied; this status, these headers, and this body, which may be HTML or nothing. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Not applied; the client is sent elsewhere with a 302. */
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
  | { readonly kind: "wrongShape"; readonly json: unknown }
  /** Applied or refused as it would be, with the status of that, but no body. */
  | { readonly kind: "emptyBody" }
  /** Applied; the headers come at once, the body after so many milliseconds. */
  | { readonly kind: "slowBody"; readonly delayMs: number }
  /** Not applied; 101, and the connection becomes a WebSocket. */
  | { readonly kind: "upgrade" }
  /** Applied; 200 with blanks that never end, as fast as the client reads. */
  | { readonly kind: "endless" }
  /** A body of so many blanks, compressed. 200 unless told; applied if the status is below 400. */
  | {
      readonly kind: "compressed";
      readonly encoding: "gzip" | "br" | "deflate";
      readonly bytes: number;
      readonly status?: number;
    };

export type FaultKind = Misbehaviour["kind"];

/**
 * A scripted fault.
 *
 * @example { kind: "resetAfter", method: "POST" }
 * @example { kind: "status", status: 502, body: "<html>Bad Gateway</html>", times: 2 }
 * @example { kind: "status", status: 429, headers: { "x-ratelimit-reset": "1" }, org: "Payments" }
 */
export type Fault = FaultMatch & Misbehaviour;

/** What a fault is matched against. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly org: { readonly id: string; readonly name: string } | undefined;
}

/** The faults that are still to come. The first that matches a request is used up by it. */
export class FaultQueue {
  #waiting: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#waiting.push({ fault, left: fault.times ?? 1 });
  }

  take(arrival: Arrival): Fault | undefined {
    const found = this.#waiting.find(({ fault }) => awaits(fault, arrival));
    if (!found) return undefined;
    found.left -= 1;
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    return found.fault;
  }

  /** How many requests are still to meet a fault. */
  get pending(): number {
    return this.#waiting.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#waiting = [];
  }
}

function awaits(fault: FaultMatch, { method, path, org }: Arrival): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path !== undefined && !path.includes(fault.path)) return false;
  return fault.org === undefined || fault.org === org?.name || fault.org === org?.id;
}
