import type { Headers } from "./credentials.ts";
import type { FaultKind } from "./faults.ts";

/** One request that reached the service. */
export interface LoggedRequest {
  readonly method: string;
  /** The path and the query, as they were sent. */
  readonly path: string;
  /** The name of the org whose API key or token was sent, if there is one. */
  readonly org: string | undefined;
  /** All request headers, by their lower-case names. */
  readonly headers: Headers;
  /** The parsed JSON body, if there was one. */
  readonly body: unknown;
  /** The status that was sent; undefined while, or when, none is. */
  readonly status: number | undefined;
  /** The fault that the request met, if it met one. */
  readonly fault: FaultKind | undefined;
}

/** Notes how a request ended. */
export type Settle = (status: number | undefined) => void;

/** The requests that reached the service, in the order of arrival. */
export class RequestLog {
  readonly #requests: LoggedRequest[] = [];
  #begin = 0;

  add(request: Omit<LoggedRequest, "status">): Settle {
    const entry: { -readonly [K in keyof LoggedRequest]: LoggedRequest[K] } = {
      ...request,
      status: undefined,
    };
    this.#requests.push(entry);
    return (status) => {
      entry.status = status;
    };
  }

  /** The requests since the log was cleared. */
  all(): readonly LoggedRequest[] {
    return this.#requests.slice(this.#begin);
  }

  clear(): void {
    this.#begin = this.#requests.length;
  }

  /** Every request, also those that were cleared. */
  history(): readonly LoggedRequest[] {
    return [...this.#requests];
  }
}

/** `POST /api/v2/org_connections 200`; without a status, the fault or `…` stands in its place. */
export const requestLine = ({ method, path, status, fault }: LoggedRequest): string =>
  `${method} ${path} ${status ?? fault ?? "…"}`;
