import type { ClientOptions } from "./client";
import { systemClock } from "./clock";
import { ApiError, type ApiErrorCode, isOutcomeUnknown } from "./errors";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

const notApplied: readonly ApiErrorCode[] = ["rateLimited", "connectFailed"];
const maybeApplied: readonly ApiErrorCode[] = ["serverError", "network", "timeout", "invalidJson"];
const idempotent = [...notApplied, ...maybeApplied];

type Task = Method | "whole list" | "POST and check";

/**
 * Which errors are retried, of a request with this method, or of a task of several requests. A POST
 * isn't idempotent: the request alone is only sent again if it can't have been applied. If its
 * outcome is unknown, the list is checked first ("POST and check").
 */
const retried: Readonly<Record<Task, readonly ApiErrorCode[]>> = {
  GET: idempotent,
  PATCH: idempotent,
  DELETE: idempotent,
  POST: notApplied,
  "POST and check": maybeApplied,
  "whole list": ["incomplete"],
};

const firstBackoffSeconds = 0.5;
const longestBackoffSeconds = 20;
const longestTotalSeconds = 600;

/** An attempt throws this to fail without a retry: {@link withRetries} throws the cause. */
export class FinalError extends Error {
  constructor(cause: unknown) {
    super("This must not be retried", { cause });
  }
}

/**
 * Calls `attempt`, and retries it as the table allows, at most `maxRetries` times, within ten
 * minutes and within the time of the operation. A 429 doesn't count: the rate limit waits as long as
 * Datadog asks, before the next attempt.
 *
 * @param attempt Gets the error of an earlier attempt that may have been applied. If the later ones only
 *   failed to be, that error is thrown.
 */
export async function withRetries<T>(
  task: Task,
  { maxRetries, clock = systemClock, onWait }: ClientOptions,
  attempt: (doubtful?: ApiError) => Promise<T>,
): Promise<T> {
  const latest = clock.now() + longestTotalSeconds;
  const canStillRun = (seconds = 0) => clock.now() + seconds < Math.min(latest, clock.endsAt());
  let doubtful: ApiError | undefined;
  for (let retries = 0; ; ) {
    try {
      return await attempt(doubtful);
    } catch (error) {
      if (error instanceof FinalError) throw error.cause;
      if (!(error instanceof ApiError)) throw error;
      if (isOutcomeUnknown(error)) doubtful = error;
      const failure = error.code === "refused" ? error : (doubtful ?? error);
      if (!retried[task].includes(error.code)) throw failure;
      if (error.code !== "rateLimited") {
        const seconds = backoffSeconds(retries);
        if (retries >= maxRetries || !canStillRun(seconds)) throw failure;
        retries += 1;
        onWait?.(error.message, seconds);
        await clock.wait(seconds);
      }
      if (!canStillRun()) throw failure;
    }
  }
}

/** Exponential backoff with full jitter: how long to wait, in seconds, after this many retries. */
export function backoffSeconds(retries: number, random: number = Math.random()): number {
  return random * Math.min(firstBackoffSeconds * 2 ** retries, longestBackoffSeconds);
}
