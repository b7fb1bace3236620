/** How many requests an org may send in each period. */
export interface RateLimit {
  readonly requests: number;
  readonly periodSeconds: number;
}

/** What the limiter says of one request. */
interface Verdict {
  readonly isTooMany: boolean;
  /** The headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts the requests of each org in periods that begin with the first request. */
export class RateLimiter {
  /** Without one, nothing is counted. */
  limit: RateLimit | undefined;
  readonly #now: () => number;
  readonly #periods = new Map<string, { readonly endsAt: number; sent: number }>();

  /** @param now Seconds since some fixed moment. */
  constructor(limit: RateLimit | undefined, now = () => performance.now() / 1000) {
    this.limit = limit;
    this.#now = now;
  }

  count(orgId: string): Verdict {
    if (this.limit === undefined) return { isTooMany: false, headers: {} };
    const { requests, periodSeconds } = this.limit;
    const now = this.#now();
    let period = this.#periods.get(orgId);
    if (period === undefined || period.endsAt <= now) {
      period = { endsAt: now + periodSeconds, sent: 0 };
      this.#periods.set(orgId, period);
    }
    period.sent += 1;
    return {
      isTooMany: period.sent > requests,
      headers: {
        "x-ratelimit-limit": String(requests),
        "x-ratelimit-period": String(periodSeconds),
        "x-ratelimit-remaining": String(Math.max(requests - period.sent, 0)),
        "x-ratelimit-reset": String(Math.ceil(period.endsAt - now)),
        "x-ratelimit-name": "org_connections",
      },
    };
  }
}
