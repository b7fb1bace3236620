const longestWaitSeconds = 120;

interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/**
 * How long Datadog asks to wait before the next request, in seconds: `Retry-After`, and where the
 * limit is reached (429, or no request remaining) `X-RateLimit-Reset`; at most two minutes.
 * `undefined` where it doesn't ask, or not for a count of seconds.
 */
export function requestedWait({ status, headers }: Answer): number | undefined {
  const isReached = status === 429 || headers.get("x-ratelimit-remaining") === "0";
  const names = ["retry-after", ...(isReached ? ["x-ratelimit-reset"] : [])];
  const asked = names.flatMap((name) => {
    const value = headers.get(name);
    return value !== null && /^\d{1,9}(\.\d+)?$/.test(value) ? [Number(value)] : [];
  });
  return asked.length > 0 ? Math.min(Math.max(...asked), longestWaitSeconds) : undefined;
}
