import pRetry from "p-retry";
import { systemClock, type WaitOptions } from "./clock";
import { ApiError, type ApiErrorCode } from "./errors";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** What is done again: a request of a verb, or more than one request. */
export type Task = Method | "whole list" | "POST and look";

const idempotent: readonly ApiErrorCode[] = [
  "rateLimited",
  "connectFailed",
  "serverError",
  "network",
  "timeout",
  "invalidJson",
];

/**
 * What is done again after which fault. A POST isn't idempotent: the request alone is only sent
 * again where it surely did nothing. After a fault that leaves its outcome open, a look at the
 * list comes first ("POST and look").
 */
const retried: Readonly<Record<Task, readonly ApiErrorCode[]>> = {
  GET: idempotent,
  PATCH: idempotent,
  DELETE: idempotent,
  POST: ["rateLimited", "connectFailed"],
  "POST and look": ["serverError", "network", "timeout", "invalidJson"],
  "whole list": ["incomplete"],
};

const firstBackoffSeconds = 0.5;
const longestBackoffSeconds = 20;
const longestTotalSeconds = 600;

/** How often a task is done again, and how it waits. */
export interface RetryOptions extends WaitOptions {
  readonly maxRetries: number;
}

/**
 * Calls `attempt`, again if the table allows it, at most `maxRetries` times more and within ten
 * minutes. A 429 isn't counted: it tells when to send, and the rate limit waits until then.
 */
export function withRetries<T>(
  task: Task,
  { maxRetries, clock = systemClock, onWait }: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  const endsAt = clock.now() + longestTotalSeconds;
  const isRateLimited = (error: Error) => error instanceof ApiError && error.code === "rateLimited";
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY, // counted and waited for below
    minTimeout: 0,
    shouldConsumeRetry: ({ error }) => !isRateLimited(error),
    shouldRetry: async ({ error, retriesConsumed }) => {
      if (!(error instanceof ApiError) || !retried[task].includes(error.code)) return false;
      if (isRateLimited(error)) return clock.now() < endsAt;
      const seconds = backoffSeconds(retriesConsumed);
      if (retriesConsumed >= maxRetries || clock.now() + seconds >= endsAt) return false;
      onWait?.(error.message, seconds);
      await clock.wait(seconds);
      return true;
    },
  });
}

/**
 * How long to wait, in seconds, after so many retries: exponential backoff with full jitter.
 */
export function backoffSeconds(retries: number, random: number = Math.random()): number {
  return random * Math.min(firstBackoffSeconds * 2 ** retries, longestBackoffSeconds);
}
