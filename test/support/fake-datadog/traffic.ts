import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Headers } from "./credentials.ts";
import type { FaultKind } from "./faults.ts";

/** One request that reached the service. */
export interface LoggedRequest {
  readonly method: string;
  /** The path and the query, as they were sent. */
  readonly path: string;
  /** The name of the org whose API key or token was sent, if it is known. */
  readonly org: string | undefined;
  readonly headers: Headers;
  /** The parsed JSON body, if there was one. */
  readonly body: unknown;
  /** The status that was sent, if one was. */
  readonly status: number | undefined;
  /** The fault that the request met, if it met one. */
  readonly fault: FaultKind | undefined;
}

/** The requests that reached the service, in the order of arrival. */
export class RequestLog {
  readonly #requests: LoggedRequest[] = [];
  #begin = 0;

  /** Adds a request; returns a function that sets its status. */
  add(request: Omit<LoggedRequest, "status">): (status: number | undefined) => void {
    const index = this.#requests.push({ ...request, status: undefined }) - 1;
    return (status) => {
      this.#requests[index] = { ...request, status };
    };
  }

  /** The requests since the log was cleared. */
  get requests(): readonly LoggedRequest[] {
    return this.#requests.slice(this.#begin);
  }

  /** Every request, also those that were cleared. */
  get history(): readonly LoggedRequest[] {
    return [...this.#requests];
  }

  clear(): void {
    this.#begin = this.#requests.length;
  }
}

/** `POST /api/v2/org_connections 200`; without a status, the fault or `…` is in its place. */
export const requestLine = ({ method, path, status, fault }: LoggedRequest): string =>
  `${method} ${path} ${status ?? fault ?? "…"}`;

/** Counts the bytes that clients sent and got, headers included. */
export class ByteCounter {
  readonly #open = new Set<Socket>();
  #closed = 0;

  /** Counts the bytes of the connections that a server accepts from now on. */
  watch(server: Server): void {
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.once("close", () => {
        this.#open.delete(socket);
        this.#closed += bytesOf(socket);
      });
    });
  }

  get bytes(): number {
    return [...this.#open].reduce((sum, socket) => sum + bytesOf(socket), this.#closed);
  }
}

const bytesOf = ({ bytesRead, bytesWritten }: Socket): number => bytesRead + bytesWritten;

/** How many requests an org may send in each period. */
export interface RateLimit {
  readonly requests: number;
  readonly periodSeconds: number;
}

/** Counts the requests of each org, in periods that begin with a request. */
export class RateLimiter {
  limit: RateLimit | undefined;
  readonly #periods = new Map<string, { readonly endsAt: number; sent: number }>();

  /** Counts a request; returns whether it exceeds the limit, and the headers of its answer. */
  count(orgId: string, nowMs: number): { isExceeded: boolean; headers: Headers } {
    if (this.limit === undefined) return { isExceeded: false, headers: {} };
    const { requests, periodSeconds } = this.limit;
    let period = this.#periods.get(orgId);
    if (period === undefined || period.endsAt <= nowMs) {
      period = { endsAt: nowMs + periodSeconds * 1000, sent: 0 };
      this.#periods.set(orgId, period);
    }
    period.sent += 1;
    return {
      isExceeded: period.sent > requests,
      headers: {
        "x-ratelimit-limit": String(requests),
        "x-ratelimit-period": String(periodSeconds),
        "x-ratelimit-remaining": String(Math.max(requests - period.sent, 0)),
        "x-ratelimit-reset": String(Math.ceil((period.endsAt - nowMs) / 1000)),
        "x-ratelimit-name": "org_connections",
      },
    };
  }
}
