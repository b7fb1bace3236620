import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../provider/api/clock";

/** A call of the engine for one resource, while it runs. */
interface Operation {
  readonly urn: string;
  /** When its custom timeout ends, as the clock counts. */
  readonly endsAt: number;
}

const running = new AsyncLocalStorage<Operation>();
const cancellation = new AbortController();

/** The part of a request that concerns its resource. */
interface ResourceRequest {
  getUrn(): string;
  /** The resource's custom timeout in seconds; 0 if it has none. */
  getTimeout?(): number;
}

/** Runs the call of the engine for a resource. */
export function runOperation<T>(request: ResourceRequest, call: () => Promise<T>): Promise<T> {
  const timeout = request.getTimeout?.() || Number.POSITIVE_INFINITY;
  return running.run({ urn: request.getUrn(), endsAt: systemClock.now() + timeout }, call);
}

/** The resource of the call that runs now; `undefined` between calls. */
export function currentUrn(): string | undefined {
  return running.getStore()?.urn;
}

/** Ends every wait, so that the calls end. A request that was sent is finished. */
export function cancelOperations(): void {
  cancellation.abort();
}

/** A clock on which a call waits no longer than the engine allows. */
export const operationClock: Clock = {
  ...systemClock,
  endsAt() {
    if (cancellation.signal.aborted) return Number.NEGATIVE_INFINITY;
    return running.getStore()?.endsAt ?? Number.POSITIVE_INFINITY;
  },
  wait: (seconds) => {
    const left = Math.min(seconds, operationClock.endsAt() - systemClock.now());
    const options = { signal: cancellation.signal };
    return sleep(left * 1000, undefined, options).catch(() => {}); // canceled
  },
};
