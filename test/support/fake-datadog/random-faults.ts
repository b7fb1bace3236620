import type { Misbehaviour } from "./faults.ts";
import { randomNumbers } from "./random-numbers.ts";

/** How often requests go wrong that no scripted fault waits for. */
export interface FaultRate {
  /** From 0 to 1. */
  readonly probability: number;
  /** The same seed gives the same faults to the same sequence of requests. */
  readonly seed: number;
  /** Each is as probable as the others. */
  readonly kinds: readonly Misbehaviour[];
}

/** What networks and gateways do now and then; a client that asks again gets its answer. */
export const passingFaults: readonly Misbehaviour[] = [
  { kind: "status", status: 429 },
  { kind: "status", status: 429, headers: { "x-ratelimit-reset": "0" } },
  { kind: "status", status: 500, body: '{"errors":["Internal server error"]}' },
  { kind: "status", status: 502, body: "<html>Bad Gateway</html>" },
  { kind: "status", status: 503 },
  { kind: "resetBefore" },
  { kind: "resetAfter" },
  { kind: "truncatedJson" },
  { kind: "emptyBody" },
];

/** Draws the faults of a rate. */
export class RandomFaults {
  readonly #rate: FaultRate;
  readonly #random: () => number;

  constructor(rate: FaultRate) {
    this.#rate = rate;
    this.#random = randomNumbers(rate.seed);
  }

  draw(): Misbehaviour | undefined {
    const { probability, kinds } = this.#rate;
    if (this.#random() >= probability) return undefined;
    return kinds[Math.floor(this.#random() * kinds.length)];
  }
}
