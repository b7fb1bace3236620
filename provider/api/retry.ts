import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { ApiFault, type FaultKind } from "./fault";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** What is done again: a request of a verb, or more than one request. */
export type Task = Method | "whole list" | "POST and look";

const idempotent: readonly FaultKind[] = [
  "rateLimited",
  "notSent",
  "serverError",
  "network",
  "timeout",
  "brokenBody",
];

/**
 * What is done again after which fault. A POST isn't idempotent: the request alone is only sent
 * again where it surely did nothing. After a fault that leaves its outcome open, a look at the
 * list comes first ("POST and look").
 */
const retried: Readonly<Record<Task, readonly FaultKind[]>> = {
  GET: idempotent,
  PATCH: idempotent,
  DELETE: idempotent,
  POST: ["rateLimited", "notSent"],
  "POST and look": ["serverError", "network", "timeout", "brokenBody"],
  "whole list": ["incomplete"],
};

const firstBackoffSeconds = 0.5;
const longestBackoffSeconds = 20;
const longestTotalSeconds = 600;

/** How often and how patiently a task is done again. */
export interface RetryOptions {
  readonly maxRetries: number;
  /** The first backoff; each further one is twice as long, and each is a random part of that. */
  readonly firstBackoffSeconds?: number | undefined;
  /** Hears of each wait, in seconds, before it begins. */
  readonly onWait?: ((seconds: number) => void) | undefined;
}

/** Calls `attempt`, again where the table allows it, at most `maxRetries` times more. */
export function withRetries<T>(
  task: Task,
  options: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  return pRetry(attempt, {
    retries: options.maxRetries,
    maxRetryTime: longestTotalSeconds * 1000,
    minTimeout: 0, // the waiting is done below
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof ApiFault) || !retried[task].includes(error.kind)) return false;
      const seconds = waitSeconds(attemptNumber, options.firstBackoffSeconds);
      options.onWait?.(seconds);
      await sleep(1000 * seconds);
      return true;
    },
  });
}

/**
 * How long to wait, in seconds, after an attempt (the first is 1) met a fault: exponential backoff
 * with full jitter. Where Datadog asks to wait longer, the gate that all requests pass is closed.
 */
export function waitSeconds(
  attemptNumber: number,
  first: number = firstBackoffSeconds,
  random: number = Math.random(),
): number {
  return random * Math.min(first * 2 ** (attemptNumber - 1), longestBackoffSeconds);
}
