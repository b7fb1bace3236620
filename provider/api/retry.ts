import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { ApiFault, type FaultKind } from "./fault";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/**
 * Which verb is sent again after which fault. A POST is not idempotent: it is sent again only
 * where Datadog says that it did nothing.
 */
const retried: Readonly<Record<Method, readonly FaultKind[]>> = {
  GET: ["rateLimited", "serverError", "network", "timeout", "brokenBody"],
  PATCH: ["rateLimited", "serverError", "network", "timeout", "brokenBody"],
  DELETE: ["rateLimited", "serverError", "network", "timeout", "brokenBody"],
  POST: ["rateLimited"],
};

const firstBackoffSeconds = 0.5;
const longestBackoffSeconds = 20;
const longestWaitSeconds = 120;

/** Calls `attempt`, again where the table allows it, at most `maxRetries` times more. */
export function withRetries<T>(
  method: Method,
  maxRetries: number,
  attempt: () => Promise<T>,
): Promise<T> {
  return pRetry(attempt, {
    retries: maxRetries,
    minTimeout: 0, // the waiting is done below
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof ApiFault) || !retried[method].includes(error.kind)) return false;
      await sleep(1000 * waitSeconds(error, attemptNumber));
      return true;
    },
  });
}

/**
 * How long to wait, in seconds, after an attempt (the first is 1) met a fault: what Datadog asks
 * for, at most two minutes; else exponential backoff with full jitter.
 */
export function waitSeconds(
  fault: ApiFault,
  attemptNumber: number,
  random = Math.random(),
): number {
  if (fault.waitSeconds !== undefined) return Math.min(fault.waitSeconds, longestWaitSeconds);
  const backoff = firstBackoffSeconds * 2 ** (attemptNumber - 1);
  return random * Math.min(backoff, longestBackoffSeconds);
}
