import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../provider/api/clock";

/** The part of a request that concerns its resource. */
export interface ResourceRequest {
  getUrn(): string;
  /** The resource's custom timeout in seconds; 0 if it has none. */
  getTimeout?(): number;
}

/** A call of the engine for one resource, while it runs. */
interface Operation {
  readonly urn: string;
  /** When its custom timeout ends, as the clock counts. */
  readonly endsAt: number;
}

/** The calls of the engine that run now, which is several at a time. */
export class Operations {
  readonly #running = new AsyncLocalStorage<Operation>();
  readonly #cancellation = new AbortController();

  /** Runs the engine's call for a resource. */
  run<T>(request: ResourceRequest, call: () => Promise<T>): Promise<T> {
    const timeout = request.getTimeout?.() || Number.POSITIVE_INFINITY;
    const operation = { urn: request.getUrn(), endsAt: systemClock.now() + timeout };
    return this.#running.run(operation, call);
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
      if (this.#cancellation.signal.aborted) return Number.NEGATIVE_INFINITY;
      return this.#running.getStore()?.endsAt ?? Number.POSITIVE_INFINITY;
    },
    wait: (seconds) => {
      const left = Math.min(seconds, this.clock.endsAt() - systemClock.now());
      const options = { signal: this.#cancellation.signal };
      return sleep(left * 1000, undefined, options).catch(() => {}); // canceled
    },
  };
}
