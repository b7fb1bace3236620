/** The middle of the sorted values; of two middle ones their mean. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((some, other) => some - other);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}
