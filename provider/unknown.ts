/**
 * What the engine passes to a provider, during preview, instead of a value that isn't known yet. It
 * looks like a UUID, and can also replace a list or an item of one.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a property is unknown, completely or in part. */
export function isUnknown(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isUnknown) : value === unknownValue;
}
