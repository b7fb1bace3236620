import { parseJson } from "../../provider/api/json";

/** Marks a secret value in an exported state (Pulumi's `resource.SigKey`). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Placeholder for an encrypted value. */
export const encrypted = Symbol("encrypted");

/** Returns the plain value, or `encrypted` if the state was exported without `--show-secrets`. */
export function plainValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(signatureKey in value)) return value;
  if (value[signatureKey] !== secretSignature) return value;
  return "plaintext" in value ? parseJson(String(value.plaintext)) : encrypted;
}
