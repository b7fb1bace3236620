import { parseJson } from "../../provider/api/json";

/** What marks a value of an exported state as secret (Pulumi's `resource.SigKey`). */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A value of an exported state that is encrypted there. */
export const encrypted = Symbol("encrypted");

/** The plain value; `encrypted` where the state was exported without `--show-secrets`. */
export function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(signatureKey in value)) return value;
  if (value[signatureKey] !== secretSignature) return value;
  return "plaintext" in value ? parseJson(String(value.plaintext)) : encrypted;
}
