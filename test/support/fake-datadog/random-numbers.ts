/** Numbers from 0 to 1 that only look random, the same for the same seed: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number of a range; a single number is the only one of its range. */
export function drawFrom(
  range: number | readonly [from: number, to: number],
  random: () => number,
): number {
  if (typeof range === "number") return range;
  const [from, to] = range;
  return from + random() * (to - from);
}
