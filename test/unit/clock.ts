import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../provider/api/clock.ts";

/** A clock on which no wait takes any time: the clock moves on by the seconds of each. */
export class InstantClock implements Clock {
  /** The waits so far, in seconds. */
  readonly waits: number[] = [];
  /** The times that were set so far, in seconds. */
  readonly timeouts: number[] = [];
  /** When the operation has to end. */
  end = Number.POSITIVE_INFINITY;
  protected seconds = 1_000_000;
  #running: { readonly seconds: number; readonly controller: AbortController }[] = [];

  now(): number {
    return this.seconds;
  }

  endsAt(): number {
    return this.end;
  }

  async wait(seconds: number): Promise<void> {
    this.waits.push(seconds);
    this.seconds += seconds;
  }

  async untilEnd<T>(result: Promise<T>): Promise<T> {
    return result;
  }

  async withoutEnd<T>(task: () => Promise<T>): Promise<T> {
    return task();
  }

  timeout(seconds: number): AbortSignal {
    const controller = new AbortController();
    this.timeouts.push(seconds);
    this.#running.push({ seconds, controller });
    return controller.signal;
  }

  /** Lets every time that was set so far run out, or only those of this many seconds. */
  expire(only?: number): void {
    for (const { seconds, controller } of this.#running) {
      if (only === undefined || seconds === only) controller.abort();
    }
  }
}

/** A clock that stands still until all calls of {@link run} wait for it, or for each other. */
export class SteppedClock extends InstantClock {
  #alarms: { readonly at: number; readonly ring: () => void }[] = [];
  /** How many calls wait for other calls. */
  #waiting = 0;

  override wait(seconds: number): Promise<void> {
    return new Promise((ring) => this.#alarms.push({ at: this.seconds + seconds, ring }));
  }

  override async untilEnd<T>(result: Promise<T>): Promise<T> {
    this.#waiting += 1;
    return result.finally(() => {
      this.#waiting -= 1;
    });
  }

  /** Starts the calls, and moves on to the next alarm whenever each of them waits for one. */
  async run<T>(calls: readonly (() => Promise<T>)[]): Promise<PromiseSettledResult<T>[]> {
    let left = calls.length;
    const results = Promise.allSettled(
      calls.map((call) =>
        call().finally(() => {
          left -= 1;
        }),
      ),
    );
    while (left > 0) {
      if (this.#alarms.length > 0 && this.#alarms.length + this.#waiting >= left) this.#ringNext();
      await setImmediate();
    }
    return results;
  }

  #ringNext(): void {
    this.seconds = Math.min(...this.#alarms.map(({ at }) => at));
    const due = this.#alarms.filter(({ at }) => at <= this.seconds);
    this.#alarms = this.#alarms.filter(({ at }) => at > this.seconds);
    for (const { ring } of due) ring();
  }
}
