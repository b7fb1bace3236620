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
  /** Not applied; 101, and the connection becomes a WebSocket. */
  | { readonly kind: "upgrade" }
  /** Applied; the connection is reset. */
  | { readonly kind: "resetAfter" }
  /** Applied; no answer ever comes. */
  | { readonly kind: "hangAfter" }
  /** Applied; the connection ends in the middle of the body. */
  | { readonly kind: "truncatedJson" }
  /** Applied; 200 with this JSON. */
  | { readonly kind: "wrongShape"; readonly json: unknown }
  /** Applied or refused as usual, with the usual status, but no body. */
  | { readonly kind: "emptyBody" }
  /** Applied; the headers come at once, the body after this delay. */
  | { readonly kind: "slowBody"; readonly delayMs: number }
  /** Applied; 200, and blanks without end, as fast as the client reads. */
  | { readonly kind: "endless" }
  /** Applied if the status is below 400 (default: 200); a compressed body of this many blanks. */
  | {
      readonly kind: "compressed";
      readonly encoding: "gzip" | "br" | "deflate";
      readonly bytes: number;
      readonly status?: number;
    };

export type FaultKind = FaultEffect["kind"];

/**
 * A scripted fault, and which requests meet it. What is left out matches every request.
 *
 * @example { kind: "resetAfter", method: "POST" }
 * @example { kind: "status", status: 502, body: "<html>Bad Gateway</html>", times: 2 }
 * @example { kind: "status", status: 429, headers: { "x-ratelimit-reset": "1" }, org: "Payments" }
 */
export type Fault = FaultEffect & {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** A part of the path and query. */
  readonly path?: string;
  /** The name or the id of the org that sends the request. */
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

/** What a fault is matched against. */
export interface IncomingRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly org: { readonly id: string; readonly name: string } | undefined;
}

/** The faults that requests will meet. */
export class Faults {
  #scripted: { readonly fault: Fault; left: number }[] = [];
  #drawRandom: () => FaultEffect | undefined = () => undefined;

  add(fault: Fault): void {
    this.#scripted.push({ fault, left: fault.times ?? 1 });
  }

  /** Takes the first scripted fault that matches the request, or else a random one. */
  take(request: IncomingRequest): FaultEffect | undefined {
    const found = this.#scripted.find(({ fault }) => matches(fault, request));
    if (!found) return this.#drawRandom();
    found.left -= 1;
    if (found.left === 0) this.#scripted.splice(this.#scripted.indexOf(found), 1);
    return found.fault;
  }

  get pending(): number {
    return this.#scripted.reduce((sum, { left }) => sum + left, 0);
  }

  clear(): void {
    this.#scripted = [];
  }

  setRate(rate: FaultRate | undefined): void {
    const { probability, seed, kinds } = rate ?? { probability: 0, seed: 0, kinds: [] };
    const random = randomNumbers(seed);
    this.#drawRandom = () =>
      random() < probability ? kinds[Math.floor(random() * kinds.length)] : undefined;
  }
}

function matches(fault: Fault, { method, path, org }: IncomingRequest): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path !== undefined && !path.includes(fault.path)) return false;
  return fault.org === undefined || fault.org === org?.name || fault.org === org?.id;
}

/** Pseudorandom numbers from 0 to 1, the same for the same seed: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
