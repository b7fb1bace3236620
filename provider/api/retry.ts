import pRetry from "p-retry";

export { AbortError as FinalError } from "p-retry";

import { systemClock, type WaitOptions } from "./clock";
import { ApiError, type ApiErrorCode } from "./errors";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** What is retried: a request with this method, or a task of several requests. */
export type Task = Method | "whole list" | "POST and check";

const idempotent: readonly ApiErrorCode[] = [
  "rateLimited",
  "connectFailed",
  "serverError",
  "network",
  "timeout",
  "invalidJson",
];

/**
 * Which errors are retried. A POST isn't idempotent: the request alone is only sent again if it
 * can't have been applied. If its outcome is unknown, the list is checked first ("POST and check").
 */
const retried: Readonly<Record<Task, readonly ApiErrorCode[]>> = {
  GET: idempotent,
  PATCH: idempotent,
  DELETE: idempotent,
  POST: ["rateLimited", "connectFailed"],
  "POST and check": ["serverError", "network", "timeout", "invalidJson"],
  "whole list": ["incomplete"],
};

const firstBackoffSeconds = 0.5;
const longestBackoffSeconds = 20;
const longestTotalSeconds = 600;

/** How often a task is retried, and how it waits. */
export interface RetryOptions extends WaitOptions {
  readonly maxRetries: number;
}

/**
 * Calls `attempt`, and retries it as the table allows, at most `maxRetries` times, within ten
 * minutes and within the time of the operation. A 429 doesn't count: the rate limit waits as long as
 * Datadog asks.
 */
export function withRetries<T>(
  task: Task,
  { maxRetries, clock = systemClock, onWait }: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  const latest = clock.now() + longestTotalSeconds;
  const canStillRun = (seconds = 0) => clock.now() + seconds < Math.min(latest, clock.endsAt());
  const isRateLimited = (error: Error) => error instanceof ApiError && error.code === "rateLimited";
  return pRetry(attempt, {
    retries: Number.POSITIVE_INFINITY, // counted and waited for below
    minTimeout: 0,
    shouldConsumeRetry: ({ error }) => !isRateLimited(error),
    shouldRetry: async ({ error, retriesConsumed }) => {
      if (!(error instanceof ApiError) || !retried[task].includes(error.code)) return false;
      if (isRateLimited(error)) return canStillRun();
      const seconds = backoffSeconds(retriesConsumed);
      if (retriesConsumed >= maxRetries || !canStillRun(seconds)) return false;
      onWait?.(error.message, seconds);
      await clock.wait(seconds);
      return canStillRun();
    },
  });
}

/**
 * How long to wait, in seconds, after this many retries: exponential backoff with full jitter.
 */
export function backoffSeconds(retries: number, random: number = Math.random()): number {
  return random * Math.min(firstBackoffSeconds * 2 ** retries, longestBackoffSeconds);
}
