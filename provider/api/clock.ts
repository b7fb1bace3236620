import { setTimeout as sleep } from "node:timers/promises";

/** Time in seconds, and waiting. Tests use their own clock. */
export interface Clock {
  /** Seconds since some fixed moment. */
  now(): number;
  /** The moment, as `now` counts, until which the current operation may wait and retry. */
  endsAt(): number;
  /** Waits this long, or until the operation has to end. */
  wait(seconds: number): Promise<unknown>;
  /** A signal that aborts after this many seconds. */
  timeout(seconds: number): AbortSignal;
  /**
   * Waits for what other operations do too, such as a list that they share, or their requests.
   *
   * @throws ApiError `interrupted` if the operation has to end before that.
   */
  untilEnd<T>(result: Promise<T>): Promise<T>;
  /** Runs a task that doesn't end with the operation: several share it, or it must be finished. */
  withoutEnd<T>(task: () => Promise<T>): Promise<T>;
}

export const systemClock: Clock = {
  now: () => performance.now() / 1000,
  endsAt: () => Number.POSITIVE_INFINITY,
  wait: (seconds) => sleep(seconds * 1000),
  timeout: (seconds) => AbortSignal.timeout(seconds * 1000),
  untilEnd: (result) => result,
  withoutEnd: (task) => task(),
};
