import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../provider/api/clock";
import { interrupted } from "../provider/api/errors";

/** A call of the engine, while it runs. */
interface Operation {
  readonly urn?: string | undefined;
  /** When its custom timeout ends, as the clock counts. */
  readonly endsAt: number;
  /** Aborts if the engine cancels the update. */
  readonly canceled: AbortSignal;
}

const endless: Operation = {
  endsAt: Number.POSITIVE_INFINITY,
  canceled: new AbortController().signal,
};

/** The calls of the engine that run now, which is several at a time. */
export class Operations {
  readonly #running = new AsyncLocalStorage<Operation>();
  readonly #cancellation = new AbortController();

  /** @param timeout The custom timeout of the call's resource, in seconds. */
  run<T>(call: () => Promise<T>, urn?: string, timeout = Number.POSITIVE_INFINITY): Promise<T> {
    const endsAt = systemClock.now() + timeout;
    return this.#running.run({ urn, endsAt, canceled: this.#cancellation.signal }, call);
  }

  /** The resource of the current call. */
  get urn(): string | undefined {
    return this.#current.urn;
  }

  /** Ends every wait, so that the calls end. A request that was sent is finished. */
  cancel(): void {
    this.#cancellation.abort();
  }

  /** A clock on which a call waits no longer than the engine allows. */
  readonly clock: Clock = {
    ...systemClock,
    endsAt: () => {
      const { endsAt, canceled } = this.#current;
      return canceled.aborted ? Number.NEGATIVE_INFINITY : endsAt;
    },
    wait: (seconds) => {
      const { endsAt, canceled } = this.#current;
      return pause(Math.min(seconds, endsAt - systemClock.now()), canceled);
    },
    untilEnd: async (result) => {
      const { endsAt, canceled } = this.#current;
      const done = new AbortController();
      const signal = AbortSignal.any([canceled, done.signal]);
      const ended = pause(endsAt - systemClock.now(), signal).then(() => {
        throw interrupted();
      });
      return Promise.race([result, ended]).finally(() => done.abort());
    },
    withoutEnd: (task) => this.#running.run({ ...endless, urn: this.urn }, task),
  };

  get #current(): Operation {
    return this.#running.getStore() ?? endless;
  }
}

/** Waits this long, or until the signal aborts. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  const milliseconds = Math.min(Math.max(seconds * 1000, 0), 2 ** 31 - 1); // as a timer takes it
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
