import { setTimeout as sleep } from "node:timers/promises";

/** Time in seconds, and waiting. */
export interface Clock {
  /** Seconds since some fixed moment. */
  now(): number;
  /** Waits so many seconds. */
  wait(seconds: number): Promise<unknown>;
}

const realClock: Clock = {
  now: () => performance.now() / 1000,
  wait: (seconds) => sleep(seconds * 1000),
};

/** What all requests of one org pass: once one is told to wait, all wait. */
export class Gate {
  readonly #onWait: (seconds: number) => void;
  readonly #clock: Clock;
  #opensAt = 0;

  constructor(onWait: (seconds: number) => void = () => {}, clock: Clock = realClock) {
    this.#onWait = onWait;
    this.#clock = clock;
  }

  /** Lets no request pass for so many seconds from now. */
  close(seconds: number): void {
    this.#opensAt = Math.max(this.#opensAt, this.#clock.now() + seconds);
  }

  /** Resolves as soon as a request may be sent. */
  async pass(): Promise<void> {
    for (;;) {
      const seconds = this.#opensAt - this.#clock.now();
      if (seconds <= 0) return;
      this.#onWait(seconds);
      await this.#clock.wait(seconds); // it may be closed anew meanwhile
    }
  }
}
