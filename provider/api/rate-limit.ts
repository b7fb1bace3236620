import type { ClientOptions } from "./client";
import { systemClock } from "./clock";
import { ApiError, interrupted } from "./errors";

interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
}

/** Datadog may ask for more; the next 429 then asks again. */
const maxRetryAfterSeconds = 120;
const firstPauseSeconds = 0.5;
const maxPauseSeconds = 20;
/** How long requests wait for their turn while Datadog lets none through. */
const maxStandstillSeconds = 600;

/**
 * How long Datadog asks to wait before the next request, at most two minutes: `Retry-After`, and
 * `X-RateLimit-Reset` if the limit is reached (429, or no request remaining).
 */
export function retryAfterSeconds(answer: Answer): number | undefined {
  const isReached = answer.status === 429 || remainingRequests(answer) === 0;
  const names = ["retry-after", ...(isReached ? ["x-ratelimit-reset"] : [])];
  const asked = names.flatMap((name) => numberIn(answer, name) ?? []);
  return asked.length > 0 ? Math.min(Math.max(...asked), maxRetryAfterSeconds) : undefined;
}

/** How many requests may still be sent in this period; `undefined` if the answer doesn't say. */
export function remainingRequests(answer: Answer): number | undefined {
  return numberIn(answer, "x-ratelimit-remaining");
}

function numberIn({ headers }: Answer, name: string): number | undefined {
  const value = headers.get(name) ?? "";
  return /^\d{1,9}(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/**
 * Sends the requests of one client in their order, no faster than Datadog's rate limit allows.
 *
 * Requests start without a limit. Once an answer says how many requests remain, no more than that
 * are in flight. When none remain, or after a 429, all requests wait; then one is sent first, and
 * its answer says how many can follow.
 */
export class RateLimit {
  readonly #clock;
  readonly #onWait;
  /** Resolves when the last request of the queue has had its turn. */
  #queue = Promise.resolve();
  #inFlight = 0;
  #mostInFlight = Number.POSITIVE_INFINITY;
  #resumesAt = 0;
  /** When a request last got another answer than 429, or none. */
  #progressAt = Number.NEGATIVE_INFINITY;
  #pauseSeconds = firstPauseSeconds;
  #settled = Promise.withResolvers<void>();

  constructor({ clock = systemClock, onWait }: Pick<ClientOptions, "clock" | "onWait"> = {}) {
    this.#clock = clock;
    this.#onWait = onWait;
  }

  /** @throws ApiError if the operation has to end before the limit allows it, or after ten minutes. */
  async send<T extends Answer>(request: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.now();
    const previous = this.#queue;
    const turn = this.#clock.untilEnd(previous).then(() => this.#waitForTurn(startedAt));
    // This operation may have to end while the previous request still waits.
    this.#queue = turn.catch(() => previous);
    await turn;
    try {
      const answer = await request();
      this.#observe(answer);
      return answer;
    } catch (error) {
      this.#progressAt = this.#clock.now();
      throw error;
    } finally {
      this.#inFlight -= 1;
      this.#settled.resolve();
      this.#settled = Promise.withResolvers();
    }
  }

  /** Only the first request of the queue waits here. */
  async #waitForTurn(startedAt: number): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const seconds = this.#resumesAt - now;
      if (now + Math.max(seconds, 0) >= this.#clock.endsAt()) throw interrupted();
      if (now - Math.max(startedAt, this.#progressAt) >= maxStandstillSeconds) {
        throw new ApiError("rateLimited", "Datadog refused every request for ten minutes");
      }
      if (seconds > 0) {
        this.#onWait?.("Rate limited by Datadog", seconds);
        await this.#clock.wait(seconds);
      } else if (this.#inFlight >= this.#mostInFlight) {
        await this.#clock.untilEnd(this.#settled.promise);
      } else {
        this.#inFlight += 1;
        return;
      }
    }
  }

  #observe(answer: Answer): void {
    const now = this.#clock.now();
    const asked = retryAfterSeconds(answer);
    const isPaused = now < this.#resumesAt;
    if (answer.status === 429) {
      this.#pauseUntil(now + Math.max(asked ?? 0, isPaused ? 0 : this.#pauseSeconds));
      // Doubles if the first request after a pause is refused too, not for each request of a burst.
      if (!isPaused) this.#pauseSeconds = Math.min(2 * this.#pauseSeconds, maxPauseSeconds);
      return;
    }
    this.#progressAt = now;
    this.#pauseSeconds = firstPauseSeconds;
    if (asked !== undefined) this.#pauseUntil(now + asked);
    // An answer that arrives during a pause describes the period before it.
    else if (!isPaused) {
      this.#mostInFlight = Math.max(remainingRequests(answer) ?? this.#mostInFlight + 1, 1);
    }
  }

  #pauseUntil(moment: number): void {
    this.#resumesAt = Math.max(this.#resumesAt, moment);
    this.#mostInFlight = 1;
  }
}
