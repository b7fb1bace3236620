/**
 * What the engine gives a provider, during preview, in place of a value that isn't known yet. It
 * looks like a UUID and stands also where a list is expected, or inside one.
 */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Whether a property is unknown, wholly or in part. */
export function isUnknown(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isUnknown) : value === unknownValue;
}
