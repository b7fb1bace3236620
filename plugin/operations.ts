import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../provider/api/clock";
import { interrupted } from "../provider/api/errors";

/** The part of a request that concerns its resource. */
export interface ResourceRequest {
  getUrn(): string;
  /** The resource's custom timeout in seconds; 0 if it has none. */
  getTimeout?(): number;
}

/** A call of the engine for one resource, while it runs. */
interface Operation {
  readonly urn: string | undefined;
  /** When its custom timeout ends, as the clock counts. */
  readonly endsAt: number;
  /** Aborts if the engine cancels the update. */
  readonly canceled: AbortSignal;
}

/** As a timer of Node.js takes it. */
function milliseconds(seconds: number): number {
  return Math.min(Math.max(seconds * 1000, 0), 2 ** 31 - 1);
}

/** The calls of the engine that run now, which is several at a time. */
export class Operations {
  readonly #running = new AsyncLocalStorage<Operation>();
  readonly #cancellation = new AbortController();

  /** Runs the engine's call for a resource. */
  run<T>(request: ResourceRequest, call: () => Promise<T>): Promise<T> {
    const timeout = request.getTimeout?.() || Number.POSITIVE_INFINITY;
    const endsAt = systemClock.now() + timeout;
    const canceled = this.#cancellation.signal;
    return this.#running.run({ urn: request.getUrn(), endsAt, canceled }, call);
  }

  /** The resource of the call in which this is asked. */
  get urn(): string | undefined {
    return this.#running.getStore()?.urn;
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
    wait: async (seconds) => {
      const { endsAt, canceled } = this.#current;
      const ms = milliseconds(Math.min(seconds, endsAt - systemClock.now()));
      await sleep(ms, undefined, { signal: canceled }).catch(() => {}); // canceled
    },
    untilEnd: async (result) => {
      const done = new AbortController();
      const { endsAt, canceled } = this.#current;
      const signal = AbortSignal.any([canceled, done.signal]);
      const end = sleep(milliseconds(endsAt - systemClock.now()), undefined, { signal }).catch(
        () => {},
      );
      const ended = end.then(() => {
        throw interrupted();
      });
      return Promise.race([result, ended]).finally(() => done.abort());
    },
    withoutEnd: (task) => this.#running.run({ ...this.#endless, urn: this.urn }, task),
  };

  readonly #endless: Operation = {
    urn: undefined,
    endsAt: Number.POSITIVE_INFINITY,
    canceled: new AbortController().signal,
  };

  get #current(): Operation {
    return this.#running.getStore() ?? { ...this.#endless, canceled: this.#cancellation.signal };
  }
}
