/**
 * What the engine passes to a provider, during preview, instead of a value that isn't known yet. It
 * looks like a UUID, and can also replace a list or an item of one.
 */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The key, and its value, by which the engine marks an object that wraps a secret (`resource.SigKey`). */
export const signatureKey = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Whether a property is unknown, completely or in part. */
export function isUnknown(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isUnknown) : value === unknownValue;
}
